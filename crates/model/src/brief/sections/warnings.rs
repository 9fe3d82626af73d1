//! What one should not be caught out by.

use super::habits::{RECENT, days, line_word, usual_gap};
use super::orders::{open, sources};
use super::promises::promises;
use crate::brief::dossier::{Part, View};
use crate::brief::fact::Habit;
use crate::brief::{Amount, Day, Fact, Section, Statement, Topic};
use crate::kind::Kind;
use crate::pricing::Credit;

const MOST: usize = 12;
/// Fewest orders from which one can tell what discount is usual.
const ORDERS_MIN: usize = 3;
/// Visits among which one about payment is still worth a word.
const VISITS_RECENT: usize = 5;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    let mut said = Vec::new();
    if let Some(profile) = view.profile.filter(|profile| profile.word("status") == Some("closed")) {
        said.push(Statement::new(Fact::Closed, vec![profile.source(&["status"])]));
    }
    said.extend(cases(view));
    said.extend(overdue(view));
    said.extend(neglected(view, Habit::Visits));
    said.extend(neglected(view, Habit::Orders));
    said.extend(no_contact(view));
    said.extend(credit(view));
    said.extend(expired(view));
    said.extend(discounts(view));
    said.extend(payment_visits(view));
    said.extend(conflicts(view));
    Section::of(Topic::Warnings, said, MOST)
}

/// Cases that are not resolved, the urgent ones first.
fn cases(view: &View<'_>) -> Vec<Statement> {
    let mut open: Vec<&Part> = view.of_kind(Kind::CASE).filter(|case| case.is_open_case()).collect();
    open.sort_by_key(|case| case.word("priority") != Some("high"));
    let each = open.into_iter().map(|case| {
        let fact = Fact::OpenCase {
            case_type: case.line("case_type"),
            what: case.line("subject").unwrap_or_default(),
            since: case.day("opened_at"),
            priority: case.line("priority"),
        };
        Statement::new(fact, vec![case.source(&["subject", "case_type", "state", "opened_at", "priority"])])
    });
    each.collect()
}

fn overdue(view: &View<'_>) -> Option<Statement> {
    let mut sources = Vec::new();
    let mut oldest_days = 0;
    for promise in promises(view) {
        if let Fact::Promised { overdue_days: Some(days), .. } = promise.fact {
            oldest_days = oldest_days.max(days);
            sources.extend(promise.sources);
        }
    }
    if sources.is_empty() {
        return None;
    }
    Some(Statement::new(Fact::Overdue { count: sources.len(), oldest_days }, sources))
}

/// What is more than twice as long ago as usual, or never was. For visits the account itself may say what is usual.
fn neglected(view: &View<'_>, habit: Habit) -> Option<Statement> {
    let (parts, day, field): (_, fn(&Part) -> Option<Day>, _) = match habit {
        Habit::Visits => (&view.made, Part::visit_day, "checked_in_at"),
        Habit::Orders => (&view.placed, Part::order_day, "order_date"),
    };
    let Some(latest) = parts.first() else {
        let profile = view.profile?;
        return Some(Statement::new(Fact::Never { habit }, vec![profile.source(&[])]));
    };
    let days_on = days(parts, day);
    let asked = view.profile.filter(|_| matches!(habit, Habit::Visits));
    let asked = asked.and_then(|profile| Some((profile, profile.int("visit_every_days")?)));
    let usual_days = asked.map(|(_, days)| days).or_else(|| usual_gap(&days_on))?;
    let last = *days_on.first()?;
    let days = last.until(view.today);
    if days <= usual_days.saturating_mul(2) {
        return None;
    }
    let mut sources = vec![latest.source(&[field])];
    match asked {
        Some((profile, _)) => sources.push(profile.source(&["visit_every_days"])),
        None => sources.extend(parts.iter().skip(1).take(RECENT).map(|part| part.source(&[field]))),
    }
    Some(Statement::new(Fact::Neglected { habit, days, usual_days, last }, sources))
}

fn no_contact(view: &View<'_>) -> Vec<Statement> {
    let contacts = view.of_kind(Kind::CONTACT).filter(|contact| {
        contact.word("preferred_channel") == Some("none") && contact.word("status") != Some("left")
    });
    contacts
        .map(|contact| {
            let fact = Fact::NoContact { name: contact.line("name").unwrap_or_default() };
            Statement::new(fact, vec![contact.source(&["name", "preferred_channel"])])
        })
        .collect()
}

/// Whether its orders are held, and what it may owe and does, by the sums by which an order is judged.
fn credit(view: &View<'_>) -> Vec<Statement> {
    let Some(profile) = view.profile else { return Vec::new() };
    let currency = profile.line("currency").unwrap_or_default();
    let owed = |order: &Part| order.owed_minor(&profile.fields);
    let open: Vec<&Part> = view.of_kind(Kind::ORDER).filter(|order| owed(order) != 0).collect();
    let orders_minor = open.iter().fold(0, |sum: i64, order| sum.saturating_add(owed(order)));
    let credit = Credit::of(&profile.fields, orders_minor);
    let mut said = Vec::new();
    if credit.hold {
        said.push(Statement::new(Fact::CreditHold, vec![profile.source(&["credit_hold"])]));
    }
    let (Some(limit_minor), Some(left_minor)) = (credit.limit_minor, credit.left_minor(0, &currency)) else {
        return said;
    };
    if currency.is_empty() {
        return said;
    }
    let mut from = vec![profile.source(&["credit_limit_minor", "currency", "owed_minor"])];
    from.extend(sources(&open, &["lines", "freight_minor", "priced_tax_minor"]));
    let open_minor = credit.open_minor;
    let fact = if left_minor < 0 {
        Fact::OverCreditLimit { open: Amount { minor: open_minor, currency }, limit_minor }
    } else {
        Fact::CreditLimit { limit: Amount { minor: limit_minor, currency }, open_minor }
    };
    said.push(Statement::new(fact, from));
    said
}

fn expired(view: &View<'_>) -> Vec<Statement> {
    let quotes = open(view).into_iter().filter(|order| matches!(order.order_state(), "draft" | "quote"));
    quotes
        .filter_map(|quote| {
            let valid_until = quote.day("valid_until").filter(|day| *day < view.today)?;
            let fact = Fact::QuoteExpired { number: quote.number(), valid_until, total: quote.total() };
            Some(Statement::new(fact, vec![quote.source(&["valid_until", "state"])]))
        })
        .collect()
}

/// Lines of open orders with more discount than any line of the last orders that were placed before.
fn discounts(view: &View<'_>) -> Vec<Statement> {
    let open = open(view);
    let known: Vec<&Part> = view
        .placed
        .iter()
        .copied()
        .filter(|order| open.iter().all(|other| other.envelope.id != order.envelope.id))
        .take(RECENT)
        .collect();
    if known.len() < ORDERS_MIN {
        return Vec::new();
    }
    let highest = known.iter().flat_map(|order| order.lines()).map(|(_, _, line)| line.discount_bp).max();
    let highest_bp = highest.unwrap_or(0);
    let mut said = Vec::new();
    for order in open {
        for (key, item, line) in order.lines().filter(|(_, _, line)| line.discount_bp > highest_bp) {
            let fact = Fact::UnusualDiscount {
                number: order.number(),
                sku: line_word(item, "sku").unwrap_or_default(),
                discount_bp: line.discount_bp,
                highest_bp,
            };
            let path = ["lines", key, "discount_bp"].map(str::to_owned).to_vec();
            let mut from = vec![order.source_at(vec![path])];
            from.extend(sources(&known, &["lines"]));
            said.push(Statement::new(fact, from));
        }
    }
    said
}

fn payment_visits(view: &View<'_>) -> Vec<Statement> {
    let recent = view.made.iter().take(VISITS_RECENT);
    recent
        .filter(|visit| visit.word("purpose") == Some("payment"))
        .map(|visit| {
            let fact = Fact::PaymentVisit { day: visit.visit_day(), outcome: visit.line("outcome") };
            Statement::new(fact, vec![visit.source(&["purpose", "outcome", "checked_in_at"])])
        })
        .collect()
}

fn conflicts(view: &View<'_>) -> Vec<Statement> {
    let mut parts: Vec<&Part> = view.dossier.parts.iter().filter(|part| !part.conflicts.is_empty()).collect();
    parts.sort_by_key(|part| (part.envelope.kind.spec().fill_order, part.envelope.id));
    let each = parts.into_iter().flat_map(|part| part.conflicts.iter().map(move |path| (part, path)));
    each.map(|(part, path)| {
        let fact = Fact::Conflict { kind: part.envelope.kind.name(), path: path.clone() };
        Statement::new(fact, vec![part.source_at(vec![path.clone()])])
    })
    .collect()
}
