//! The first step: which list, which price, which quantity break; or the person's own price.
//!
//! The list that the office gave the account comes first, then lists by account, by segment or tier, by territory (the
//! nearest first), for everybody; of equals the one of higher priority, then of later begin, then of lower key. The first
//! of them that has a price of the product counts; if none has, the product's own price. Quantity breaks count all units
//! of a product in the order, so that splitting a line changes nothing.

use std::cmp::Reverse;

use super::catalogue::Catalogue;
use super::order::Order;
use super::reference::{PriceList, fold};
use super::trace::RuleKind;
use super::work::{Taken, Work};

/// The price lists that may hold for an order, the nearest first.
pub(super) fn candidates<'a>(order: &Order, lists: &'a [PriceList]) -> Vec<&'a PriceList> {
    let own = order.customer.price_list.as_deref().map(fold);
    let mut found: Vec<_> = lists
        .iter()
        .filter(|list| list.currency == order.currency && list.dates.hold(order.date))
        .filter_map(|list| {
            let is_own = own.as_deref() == Some(fold(&list.key).as_str());
            let nearness = if is_own { Some((0, 0)) } else { list.audience.nearness(&order.customer) };
            nearness
                .map(|nearness| (nearness, Reverse(list.priority), Reverse(list.dates.from), &list.key, list))
        })
        .collect();
    found.sort_by(|a, b| (a.0, a.1, a.2, a.3).cmp(&(b.0, b.1, b.2, b.3)));
    found.into_iter().map(|(.., list)| list).collect()
}

/// A price found.
struct Found {
    unit: i64,
    is_gross: bool,
    rule: String,
    why: String,
}

pub(super) fn run(work: &mut Work<'_>, catalogue: &impl Catalogue) {
    let order = work.order;
    let lists = candidates(order, catalogue.price_lists());
    check_own_list(work, &lists);
    let quantities = work.quantities();
    for n in 0..work.lines.len() {
        let sku = work.lines[n].line.sku.as_str();
        let together = quantities.get(sku).copied().unwrap_or(0);
        let found = find(work, catalogue, &lists, n, together);
        let it = &mut work.lines[n];
        let quantity = i128::from(it.quantity);
        let own = it.own_price();
        if let Some(found) = found {
            it.list_unit = Some(found.unit);
            it.is_gross = found.is_gross;
            it.step(RuleKind::List, &found.rule, found.why, i128::from(found.unit) * quantity);
            it.ruled = Some(it.amount);
        }
        match own {
            Some(unit) => {
                let why = format!("{} x {unit}", it.quantity);
                it.step(RuleKind::OwnPrice, "", why, i128::from(unit) * quantity);
                it.taken = Taken::Alone("the person's own price stands".to_owned());
            }
            None if it.list_unit.is_none() => {
                let key = it.line.key.clone();
                let text = format!("{sku} has no price here, and none was written: it counts nothing.");
                work.problem("no_price", Some(&key), text);
            }
            None => {}
        }
    }
}

/// A list that the office gave the account, but that does not hold, is not passed over in silence.
fn check_own_list(work: &mut Work<'_>, lists: &[&PriceList]) {
    let Some(own) = work.order.customer.price_list.as_deref() else { return };
    if !lists.iter().any(|list| fold(&list.key) == fold(own)) {
        let text = format!("The account's price list {own} does not hold on this day in this currency.");
        work.problem("price_list_not_valid", None, text);
    }
}

fn find(
    work: &mut Work<'_>,
    catalogue: &impl Catalogue,
    lists: &[&PriceList],
    n: usize,
    together: i64,
) -> Option<Found> {
    let it = &work.lines[n];
    let (sku, quantity, product) = (it.line.sku.as_str(), it.quantity, it.product);
    for list in lists {
        work.examined += 1;
        let Some(price) = catalogue.price(&list.key, sku) else { continue };
        let (unit, step) = price.at(together);
        let from = step.map(|step| format!(", from {} on", step.from)).unwrap_or_default();
        let why = format!("{}: {quantity} x {unit}{from}", list.name);
        return Some(Found { unit, is_gross: list.is_gross, rule: list.key.clone(), why });
    }
    work.examined += 1;
    let (unit, currency) = product?.own_price.as_ref()?;
    if *currency != work.order.currency {
        let key = it.line.key.clone();
        let text = format!("{sku} has a price in {currency} only; the order is in {}.", work.order.currency);
        work.problem("currency_mix", Some(&key), text);
        return None;
    }
    let why = format!("Product: {quantity} x {unit}");
    Some(Found { unit: *unit, is_gross: false, rule: String::new(), why })
}
