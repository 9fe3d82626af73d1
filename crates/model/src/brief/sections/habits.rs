//! How often the account is visited and orders, how much, and what is usually in the basket.
//!
//! The usual number of days between two is the lower median of the last twelve gaps; it takes two gaps to tell. The
//! usual basket is counted over the last twelve orders.

use std::collections::BTreeMap;

use super::orders::{sources, sums};
use crate::brief::dossier::{Part, View, one_line};
use crate::brief::fact::Habit;
use crate::brief::{Amount, Day, Fact, Section, Source, Statement, Topic};
use crate::value::{Fields, Value};

/// Orders and gaps that count for what is usual.
pub(super) const RECENT: usize = 12;
/// Fewest gaps from which anything usual is told.
const GAPS_MIN: usize = 2;
/// Most products of the usual basket.
const PRODUCTS_MAX: usize = 5;
/// Most statements: a rhythm for each habit, a turnover for each of a few currencies, the last order, the basket.
const MOST: usize = 12;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    let mut said = Vec::new();
    said.extend(rhythm(Habit::Visits, &view.made, Part::visit_day, &["checked_in_at", "state"]));
    said.extend(rhythm(Habit::Orders, &view.placed, Part::order_day, &["order_date"]));
    said.extend(turnover(&view.placed));
    said.extend(view.placed.first().map(|order| last_order(view, order)));
    said.extend(basket(&view.placed));
    Section::of(Topic::Habits, said, MOST)
}

/// The days on which something happened, the last first, each once.
pub(super) fn days(parts: &[&Part], day: fn(&Part) -> Option<Day>) -> Vec<Day> {
    let mut days: Vec<Day> = parts.iter().filter_map(|part| day(part)).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    days
}

/// The usual number of days between two of these days, the last of which comes first.
pub(super) fn usual_gap(days: &[Day]) -> Option<i64> {
    let pairs = days.windows(2).take(RECENT);
    let mut gaps: Vec<i64> = pairs.filter_map(|pair| Some(pair.get(1)?.until(*pair.first()?))).collect();
    if gaps.len() < GAPS_MIN {
        return None;
    }
    lower_median(&mut gaps)
}

fn lower_median(numbers: &mut [i64]) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len().checked_sub(1)? / 2).copied()
}

fn rhythm(habit: Habit, parts: &[&Part], day: fn(&Part) -> Option<Day>, names: &[&str]) -> Option<Statement> {
    if parts.is_empty() {
        return None;
    }
    let days = days(parts, day);
    let (first, last) = (days.last().copied(), days.first().copied());
    let fact = Fact::Rhythm { habit, count: parts.len(), usual_days: usual_gap(&days), first, last };
    Some(Statement::new(fact, sources(parts, names)))
}

fn turnover(placed: &[&Part]) -> Vec<Statement> {
    let sums = sums(placed).into_iter();
    sums.map(|(currency, (minor, orders))| {
        let count = orders.len();
        let average_minor = average(minor, count);
        let fact = Fact::Turnover { count, total: Amount { minor, currency }, average_minor };
        Statement::new(fact, sources(&orders, &["lines", "freight_minor"]))
    })
    .collect()
}

/// A sum divided by a count, rounded half away from zero.
fn average(sum: i64, count: usize) -> i64 {
    let (sum, count) = (i128::from(sum), i128::try_from(count).unwrap_or(i128::MAX).max(1));
    let half = if sum < 0 { -count } else { count };
    i64::try_from((2 * sum + half) / (2 * count)).unwrap_or(i64::MAX)
}

fn last_order(view: &View<'_>, order: &Part) -> Statement {
    let fact = Fact::LastOrder {
        number: order.number(),
        day: order.order_day(),
        total: order.total(),
        by: view.who_of(order, "rep_id"),
    };
    Statement::new(fact, vec![order.source(&["order_date", "rep_id", "lines", "freight_minor"])])
}

/// What is known of one product in the last orders.
#[derive(Default)]
struct Product {
    description: Option<String>,
    unit: Option<String>,
    /// The quantity in each order.
    quantities: Vec<i64>,
    sources: Vec<Source>,
}

/// The products that are in most of the last orders; of equals, those ordered in greater number, then by SKU.
fn basket(placed: &[&Part]) -> Vec<Statement> {
    let recent = placed.get(..RECENT).unwrap_or(placed);
    let mut products: BTreeMap<String, Product> = BTreeMap::new();
    for order in recent {
        for (sku, quantity, paths, item) in by_sku(order) {
            let product = products.entry(sku).or_default();
            // The last order comes first: what it says stands.
            product.description = product.description.take().or_else(|| line_word(item, "description"));
            product.unit = product.unit.take().or_else(|| line_word(item, "unit"));
            product.quantities.push(quantity);
            product.sources.push(order.source_at(paths));
        }
    }
    let mut ranked: Vec<(String, Product)> = products.into_iter().collect();
    let sum = |product: &Product| product.quantities.iter().fold(0_i64, |sum, one| sum.saturating_add(*one));
    ranked.sort_by_key(|(sku, product)| {
        (std::cmp::Reverse(product.quantities.len()), std::cmp::Reverse(sum(product)), sku.clone())
    });
    ranked.truncate(PRODUCTS_MAX);
    ranked.into_iter().map(|(sku, product)| usual(sku, product, recent.len())).collect()
}

fn usual(sku: String, mut product: Product, of_orders: usize) -> Statement {
    let fact = Fact::UsualProduct {
        sku,
        description: product.description,
        orders: product.quantities.len(),
        of_orders,
        usual_quantity: lower_median(&mut product.quantities).unwrap_or(0),
        unit: product.unit,
    };
    Statement::new(fact, product.sources)
}

/// An order's lines by SKU: the quantity in all, the lines, and one of them.
fn by_sku(order: &Part) -> Vec<(String, i64, Vec<Vec<String>>, &Fields)> {
    let mut found: BTreeMap<String, (i64, Vec<Vec<String>>, &Fields)> = BTreeMap::new();
    for (key, item, line) in order.lines() {
        let Some(sku) = line_word(item, "sku") else { continue };
        let (quantity, paths, _) = found.entry(sku).or_insert_with(|| (0, Vec::new(), item));
        *quantity = quantity.saturating_add(line.quantity);
        paths.push(vec!["lines".to_owned(), key.to_owned()]);
    }
    found.into_iter().map(|(sku, (quantity, paths, item))| (sku, quantity, paths, item)).collect()
}

/// A string of an order line.
pub(super) fn line_word(item: &Fields, name: &str) -> Option<String> {
    match item.get(name) {
        Some(Value::Str(text)) if !text.trim().is_empty() => Some(one_line(text)),
        _ => None,
    }
}
