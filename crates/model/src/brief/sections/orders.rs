//! Opportunities, quotes and orders that are not through: drafts, quotes, what waits for the office, what the office gave back, and
//! what was accepted and is still to be delivered.

use std::collections::BTreeMap;

use crate::brief::dossier::{Part, View};
use crate::brief::{Amount, Fact, Section, Source, Statement, Topic};
use crate::kind::Kind;
use crate::state::{HANDED_IN, OPEN};

const MOST: usize = 5;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    let open = open(view);
    let mut section =
        Section::of(Topic::Orders, open.iter().map(|order| statement(view, order)).collect(), MOST);
    if open.len() > 1 {
        section.statements.extend(totals(&open));
    }
    let opportunities = opportunities(view);
    section.left_out += opportunities.len().saturating_sub(MOST);
    section.statements.extend(opportunities.into_iter().take(MOST));
    section
}

/// Those that are neither won nor lost, the one that is decided first before the others.
fn opportunities(view: &View<'_>) -> Vec<Statement> {
    let mut open: Vec<&Part> =
        view.of_kind(Kind::OPPORTUNITY).filter(|one| one.is_open_opportunity()).collect();
    open.sort_by_key(|one| (one.day("expected_close").is_none(), one.day("expected_close"), one.envelope.id));
    let each = open.into_iter().map(|one| {
        let currency = one.line("currency").unwrap_or_default();
        let fact = Fact::OpenOpportunity {
            what: one.line("subject").unwrap_or_default(),
            stage: one.line("stage"),
            amount: one.int("amount_minor").map(|minor| Amount { minor, currency }),
            expected_close: one.day("expected_close"),
            by: view.who_of(one, "owner_id"),
        };
        let names = ["subject", "stage", "amount_minor", "currency", "expected_close", "owner_id"];
        Statement::new(fact, vec![one.source(&names)])
    });
    each.collect()
}

/// Open quotes and orders, the last first.
pub(super) fn open<'a>(view: &View<'a>) -> Vec<&'a Part> {
    let is_open = |order: &&Part| match order.order_state() {
        "accepted" => order.day("delivery_date").is_some_and(|day| day >= view.today),
        state => OPEN.contains(&Some(state)) || HANDED_IN.contains(&state),
    };
    let mut open: Vec<&Part> = view.of_kind(Kind::ORDER).filter(is_open).collect();
    open.sort_by_key(|order| std::cmp::Reverse((order.order_day(), order.envelope.id)));
    open
}

fn statement(view: &View<'_>, order: &Part) -> Statement {
    let fact = Fact::OpenOrder {
        number: order.number(),
        state: order.order_state().to_owned(),
        total: order.total(),
        lines: order.lines().count(),
        day: order.order_day(),
        by: view.who_of(order, "rep_id"),
        delivery: order.day("delivery_date"),
        valid_until: order.day("valid_until"),
    };
    let names = ["state", "order_date", "rep_id", "delivery_date", "valid_until", "lines", "freight_minor"];
    Statement::new(fact, vec![order.source(&names)])
}

/// What orders come to, by currency.
pub(super) fn sums<'a>(orders: &[&'a Part]) -> BTreeMap<String, (i64, Vec<&'a Part>)> {
    let mut sums: BTreeMap<String, (i64, Vec<&Part>)> = BTreeMap::new();
    for order in orders {
        let Amount { minor, currency } = order.total();
        let (sum, parts) = sums.entry(currency).or_default();
        *sum = sum.saturating_add(minor);
        parts.push(order);
    }
    sums
}

/// Orders as sources.
pub(super) fn sources(orders: &[&Part], names: &[&str]) -> Vec<Source> {
    orders.iter().map(|order| order.source(names)).collect()
}

fn totals(open: &[&Part]) -> Vec<Statement> {
    let sums = sums(open).into_iter();
    sums.map(|(currency, (minor, orders))| {
        let fact = Fact::OpenTotal { count: orders.len(), total: Amount { minor, currency } };
        Statement::new(fact, sources(&orders, &["lines", "freight_minor"]))
    })
    .collect()
}
