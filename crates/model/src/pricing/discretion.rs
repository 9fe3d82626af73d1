//! What a person may grant of their own accord, and whose word is asked for beyond it. Decided where the person is, offline;
//! never a dead end: an order beyond discretion is handed in and waits for an approval.

use serde::Serialize;

use super::amount::{percent, without};
use super::credit::Credit;
use super::order::Order;
use super::reference::{Discretion, fold};
use super::trace::{Priced, PricedLine, RuleKind};
use crate::permission::Role;

/// What was granted on an order, and whether it needs a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Whether it does.
    pub consent: Consent,
    /// The lowest role that may approve all of it, if an approval is needed.
    pub approver: Option<Role>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The largest share granted on one line, in basis points of what rules come to, rounded up.
    pub line_discount_bp: i64,
    /// Granted on the order, in basis points.
    pub header_discount_bp: i64,
    /// All of it together but goodwill, in basis points of what rules come to, rounded up.
    pub total_discount_bp: i64,
    /// Granted for goodwill, in minor units.
    pub goodwill_minor: i64,
    /// What the account may owe after this order; below zero is above its limit.
    pub credit_left_minor: Option<i64>,
}

/// The outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Within what the person may grant.
    Within,
    /// Beyond it: somebody's word is asked for.
    NeedsApproval,
}

/// One reason for an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable word for programs.
    pub code: &'static str,
    /// The line it is about, if one.
    pub line: Option<String>,
    /// For people.
    pub text: String,
}

/// The limits of one role.
#[derive(Clone, Copy)]
struct Limits {
    line_bp: i64,
    header_bp: i64,
    total_bp: i64,
    goodwill_minor: i64,
}

const NOTHING: Limits = Limits { line_bp: 0, header_bp: 0, total_bp: 0, goodwill_minor: 0 };
const EVERYTHING: Limits =
    Limits { line_bp: 10_000, header_bp: 10_000, total_bp: 10_000, goodwill_minor: i64::MAX };

/// Judges a priced order that a person of this role wrote.
pub fn judge(
    role: Role,
    order: &Order,
    priced: &Priced,
    limits: &[Discretion],
    credit: Option<&Credit>,
) -> Judgement {
    let granted = Granted::of(order, priced);
    let mut reasons = granted.beyond(limits_of(role, order, limits));
    let may = |other: &Role| granted.beyond(limits_of(*other, order, limits)).is_empty();
    let above = [Role::Manager, Role::Office].into_iter().filter(|other| *other > role);
    let mut approver = above.into_iter().find(may).unwrap_or(Role::Admin);
    if !role.is_office() {
        let mut held = credit.map(|credit| credit_reasons(credit, order, priced)).unwrap_or_default();
        held.extend(order.customer.closed.then(closed));
        if !held.is_empty() {
            // Credit, and whether we trade at all, are the office's matter, whatever a manager may grant.
            approver = approver.max(Role::Office);
        }
        reasons.extend(dated(order));
        reasons.extend(unpriced(order, priced));
        reasons.extend(sold_no_more(priced));
        reasons.extend(held);
    }
    let is_within = reasons.is_empty();
    Judgement {
        consent: if is_within { Consent::Within } else { Consent::NeedsApproval },
        approver: (!is_within).then_some(approver),
        reasons,
        line_discount_bp: granted.lines.iter().map(Share::bp).max().unwrap_or(0),
        header_discount_bp: granted.header_bp,
        total_discount_bp: granted.total().bp(),
        goodwill_minor: granted.goodwill_minor,
        credit_left_minor: credit.and_then(|it| it.left_minor(priced.gross_minor, &order.currency)),
    }
}

/// The limits that count: those of the customer's segment, else the role's for all. Who has none may grant nothing in
/// the field, and everything in the office.
fn limits_of(role: Role, order: &Order, limits: &[Discretion]) -> Limits {
    let segment = order.customer.segment.as_deref().map(fold);
    let own = limits.iter().filter(|it| it.role == role);
    let found = own
        .clone()
        .find(|it| it.segment.is_some() && it.segment == segment)
        .or_else(|| own.clone().find(|it| it.segment.is_none()));
    match found {
        Some(it) => Limits {
            line_bp: it.line_discount_bp_max,
            header_bp: it.header_discount_bp_max,
            total_bp: it.total_discount_bp_max,
            goodwill_minor: if it.currency == order.currency { it.goodwill_minor_max } else { 0 },
        },
        None if role.is_office() => EVERYTHING,
        None => NOTHING,
    }
}

/// What a person granted.
struct Granted {
    /// Each line that rules price.
    lines: Vec<Share>,
    /// What all of it is left at, with the discount on the order.
    left: i128,
    header_bp: i64,
    goodwill_minor: i64,
}

/// An amount, and what a person left of it.
struct Share {
    /// The line; empty for all of them.
    key: String,
    ruled: i128,
    left: i128,
}

impl Share {
    /// What is missing, in basis points, rounded up; nothing if there is more than before.
    fn bp(&self) -> i64 {
        let Self { ruled, left, .. } = *self;
        if ruled <= 0 || left >= ruled {
            return 0;
        }
        let bp = ((ruled - left) * 10_000 + ruled - 1) / ruled;
        i64::try_from(bp).unwrap_or(10_000)
    }
}

impl Granted {
    fn of(order: &Order, priced: &Priced) -> Self {
        let (mut lines, mut left) = (Vec::new(), 0_i128);
        for it in &priced.lines {
            let Some(ruled) = it.ruled_minor.map(i128::from) else { continue };
            left += i128::from(after(it, &[RuleKind::Goodwill, RuleKind::TaxIncluded]));
            let own = after(it, &[RuleKind::HeaderDiscount, RuleKind::Goodwill, RuleKind::TaxIncluded]);
            lines.push(Share { key: it.key.clone(), ruled, left: i128::from(own) });
        }
        let in_range = |number: i64, max: i64| if (0..=max).contains(&number) { number } else { 0 };
        Self {
            lines,
            left,
            header_bp: in_range(order.header_discount_bp, 10_000),
            goodwill_minor: in_range(order.goodwill_minor, super::reference::MINOR_MAX),
        }
    }

    fn total(&self) -> Share {
        let ruled = self.lines.iter().map(|line| line.ruled).sum();
        Share { key: String::new(), ruled, left: self.left }
    }

    /// The line from which most was taken, of those that are left at less than their limit comes to. Amounts are compared, not
    /// shares: what rounding took off beside an allowed discount is nobody's grant.
    fn line_beyond(&self, limit_bp: i64) -> Option<&Share> {
        let beyond = self.lines.iter().filter(|line| line.left < without(line.ruled, limit_bp));
        beyond.rev().max_by_key(|line| line.bp())
    }

    /// Whether all of it is left at less than its limit comes to, line by line or in one sum, whichever is lower.
    fn is_total_beyond(&self, limit_bp: i64) -> bool {
        let by_line: i128 = self.lines.iter().map(|line| without(line.ruled, limit_bp)).sum();
        self.left < by_line.min(without(self.total().ruled, limit_bp))
    }

    fn beyond(&self, limits: Limits) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(line) = self.line_beyond(limits.line_bp) {
            let text = beyond_bp("on a line", line.bp(), limits.line_bp);
            reasons.push(Reason { code: "line_discount", line: Some(line.key.clone()), text });
        }
        if self.header_bp > limits.header_bp {
            let text = beyond_bp("on the order", self.header_bp, limits.header_bp);
            reasons.push(Reason { code: "header_discount", line: None, text });
        }
        if self.is_total_beyond(limits.total_bp) {
            let text = beyond_bp("in all", self.total().bp(), limits.total_bp);
            reasons.push(Reason { code: "total_discount", line: None, text });
        }
        if self.goodwill_minor > limits.goodwill_minor {
            let text = format!("{} for goodwill; {} are free.", self.goodwill_minor, limits.goodwill_minor);
            reasons.push(Reason { code: "goodwill", line: None, text });
        }
        reasons
    }
}

fn beyond_bp(of: &str, granted: i64, limit: i64) -> String {
    format!("{} granted {of}; {} are free.", percent(granted), percent(limit))
}

/// A line's amount before its first step of these kinds.
fn after(it: &PricedLine, kinds: &[RuleKind]) -> i64 {
    let first = it.steps.iter().find(|step| kinds.contains(&step.kind));
    first.map_or_else(|| it.steps.last().map_or(0, |step| step.after_minor), |step| step.before_minor)
}

/// A day of its own that is too far away for its prices to hold.
fn dated(order: &Order) -> Option<Reason> {
    let written = order.written_date?;
    let text = format!("It is of {written}, whose prices do not hold on {}.", order.date);
    Some(Reason { code: "dated", line: None, text })
}

/// Lines that no list prices: what they should cost, nobody in the field can know.
fn unpriced(order: &Order, priced: &Priced) -> Vec<Reason> {
    let lines = priced.lines.iter().filter(|it| it.list_unit_minor.is_none());
    lines
        .map(|it| {
            let text = format!("{} has no list price in {}.", it.sku, order.currency);
            Reason { code: "no_list_price", line: Some(it.key.clone()), text }
        })
        .collect()
}

/// What the catalogue says is sold no more: there may be some left of it, and somebody has to know.
fn sold_no_more(priced: &Priced) -> impl Iterator<Item = Reason> {
    let known = priced.problems.iter().filter(|problem| problem.code == "discontinued");
    known.map(|problem| Reason { code: problem.code, line: problem.line.clone(), text: problem.text.clone() })
}

fn closed() -> Reason {
    Reason { code: "account_closed", line: None, text: "The account is closed.".to_owned() }
}

fn credit_reasons(credit: &Credit, order: &Order, priced: &Priced) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if credit.hold {
        let text = "The office holds this account's orders.".to_owned();
        reasons.push(Reason { code: "credit_hold", line: None, text });
    }
    if credit.is_other(&order.currency) {
        let text = format!("What the account may owe is not said in {}.", order.currency);
        reasons.push(Reason { code: "credit_currency", line: None, text });
    }
    if let Some(left) = credit.left_minor(priced.gross_minor, &order.currency).filter(|left| *left < 0) {
        let text = format!("This order goes {} above what the account may owe.", left.saturating_neg());
        reasons.push(Reason { code: "credit_limit", line: None, text });
    }
    reasons
}
