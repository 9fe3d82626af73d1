//! An order on its way through the steps.

use std::collections::BTreeMap;

use super::amount::{fit, percent, spread, without};
use super::catalogue::Catalogue;
use super::order::{Line, Order};
use super::reference::{MINOR_MAX, Product, QUANTITY_MAX};
use super::trace::{Priced, PricedLine, Problem, RuleKind, Step, Tax};
use crate::limits::INT_MAX;

/// An order at work, its lines sorted by content, so that who comes first never decides on a cent.
pub(super) struct Work<'a> {
    pub(super) order: &'a Order,
    pub(super) lines: Vec<WorkLine<'a>>,
    pub(super) freight_tax: i128,
    pub(super) taxes: Vec<Tax>,
    pub(super) problems: Vec<Problem>,
    pub(super) examined: u64,
}

/// A line at work.
pub(super) struct WorkLine<'a> {
    pub(super) line: &'a Line,
    /// What counts: 0 if what was written is out of range.
    pub(super) quantity: i64,
    pub(super) product: Option<&'a Product>,
    pub(super) list_unit: Option<i64>,
    pub(super) is_gross: bool,
    pub(super) amount: i128,
    pub(super) ruled: Option<i128>,
    pub(super) taken: Taken,
    pub(super) tax_rule: Option<String>,
    pub(super) tax: i128,
    pub(super) steps: Vec<Step>,
}

/// Whether promotions may still touch a line.
pub(super) enum Taken {
    /// None has.
    No,
    /// By some that allow others.
    Shared,
    /// Nothing may any more, and why.
    Alone(String),
}

impl<'a> Work<'a> {
    pub(super) fn new(order: &'a Order, catalogue: &'a impl Catalogue) -> Self {
        let mut lines: Vec<&Line> = order.lines.iter().collect();
        lines.sort_by(|a, b| content(a).cmp(&content(b)));
        let mut work = Self {
            order,
            lines: lines.into_iter().map(|line| WorkLine::new(line, catalogue)).collect(),
            freight_tax: 0,
            taxes: Vec::new(),
            problems: Vec::new(),
            examined: 0,
        };
        for (set, key) in catalogue.unreadable() {
            let text =
                format!("{key} of the {set} cannot be read by this version and does not count; update.");
            work.problem("unreadable_reference", None, text);
        }
        work.check_ranges();
        work
    }

    pub(super) fn problem(&mut self, code: &'static str, line: Option<&str>, text: impl Into<String>) {
        self.problems.push(Problem { code, line: line.map(str::to_owned), text: text.into() });
    }

    fn check_ranges(&mut self) {
        let order = self.order;
        for line in self.lines.iter().map(|it| it.line).collect::<Vec<_>>() {
            let key = Some(line.key.as_str());
            if !(1..=QUANTITY_MAX).contains(&line.quantity) {
                let text =
                    format!("A quantity lies from 1 to {QUANTITY_MAX}; {} counts nothing.", line.quantity);
                self.problem("quantity_out_of_range", key, text);
            }
            if line.own_price_minor.is_some_and(|minor| !(0..=MINOR_MAX).contains(&minor)) {
                self.problem(
                    "price_out_of_range",
                    key,
                    "This price of one's own is out of range; it does not count.",
                );
            }
            if !(0..=10_000).contains(&line.discount_bp) {
                self.problem(
                    "discount_out_of_range",
                    key,
                    "A discount lies from 0% to 100%; this one does not count.",
                );
            }
        }
        if !(0..=10_000).contains(&order.header_discount_bp) {
            let text = "The discount on the order lies from 0% to 100%; this one does not count.";
            self.problem("discount_out_of_range", None, text);
        }
        if !(0..=MINOR_MAX).contains(&order.goodwill_minor) {
            self.problem("goodwill_out_of_range", None, "This goodwill is out of range; it does not count.");
        }
        if !(0..=MINOR_MAX).contains(&order.freight_minor) {
            self.problem("freight_out_of_range", None, "This freight is out of range; it does not count.");
        }
    }

    pub(super) fn freight(&self) -> i128 {
        i128::from(in_range(self.order.freight_minor, MINOR_MAX))
    }

    /// The quantity of each SKU in the order, whatever its lines.
    pub(super) fn quantities(&self) -> BTreeMap<&'a str, i64> {
        let mut sums = BTreeMap::new();
        for it in &self.lines {
            *sums.entry(it.line.sku.as_str()).or_insert(0) += it.quantity;
        }
        sums
    }

    pub(super) fn tier(&mut self, catalogue: &impl Catalogue) {
        let Some(key) = self.order.customer.tier.as_deref() else { return };
        let Some(tier) = catalogue.tier(key) else {
            let text = format!("No loyalty tier is called {key}; it takes nothing off.");
            return self.problem("unknown_tier", None, text);
        };
        if !tier.dates.hold(self.order.date) {
            return;
        }
        for it in self.lines.iter_mut().filter(|it| it.own_price().is_none()) {
            let why = format!("{}: {} off", tier.name, percent(tier.discount_bp));
            it.become_less(RuleKind::Tier, &tier.key, why, without(it.amount, tier.discount_bp));
        }
    }

    /// What the person takes off: each line, then the order, then for goodwill. What rules alone came to is kept before.
    pub(super) fn own_discounts(&mut self) {
        for it in &mut self.lines {
            if it.own_price().is_none() {
                it.ruled = it.list_unit.map(|_| it.amount);
            }
            let discount = in_range(it.line.discount_bp, 10_000);
            let why = format!("{} off the line", percent(discount));
            it.become_less(RuleKind::LineDiscount, "", why, without(it.amount, discount));
        }
        let header = in_range(self.order.header_discount_bp, 10_000);
        let sum = self.sum();
        let why = format!("{} off the order", percent(header));
        self.share_off(RuleKind::HeaderDiscount, &why, sum - without(sum, header));
        let goodwill = i128::from(in_range(self.order.goodwill_minor, MINOR_MAX));
        let sum = self.sum();
        self.share_off(RuleKind::Goodwill, "Goodwill", goodwill.min(sum));
    }

    fn sum(&self) -> i128 {
        self.lines.iter().map(|it| it.amount).sum()
    }

    fn share_off(&mut self, kind: RuleKind, why: &str, off: i128) {
        let amounts: Vec<i128> = self.lines.iter().map(|it| it.amount).collect();
        for (it, share) in self.lines.iter_mut().zip(spread(off, &amounts)) {
            it.become_less(kind, "", why, it.amount - share);
        }
    }

    pub(super) fn finish(mut self) -> Priced {
        let net: i128 = self.sum();
        let freight = self.freight();
        let tax = self.lines.iter().map(|it| it.tax).sum::<i128>() + self.freight_tax;
        let gross = net + freight + tax;
        if gross > i128::from(INT_MAX) {
            self.problem("total_too_large", None, "The total is larger than any system behind could hold.");
        }
        Priced {
            lines: self.lines.into_iter().map(WorkLine::finish).collect(),
            lines_net_minor: fit(net),
            freight_minor: fit(freight),
            net_minor: fit(net + freight),
            tax_minor: fit(tax),
            gross_minor: fit(gross),
            taxes: self.taxes,
            problems: self.problems,
            examined: self.examined,
        }
    }
}

impl<'a> WorkLine<'a> {
    fn new(line: &'a Line, catalogue: &'a impl Catalogue) -> Self {
        let is_counted = (1..=QUANTITY_MAX).contains(&line.quantity);
        Self {
            line,
            quantity: if is_counted { line.quantity } else { 0 },
            product: catalogue.product(&line.sku),
            list_unit: None,
            is_gross: false,
            amount: 0,
            ruled: None,
            taken: Taken::No,
            tax_rule: None,
            tax: 0,
            steps: Vec::new(),
        }
    }

    /// The person's own price, if it is in range.
    pub(super) fn own_price(&self) -> Option<i64> {
        self.line.own_price_minor.filter(|minor| (0..=MINOR_MAX).contains(minor))
    }

    /// Takes a step, even if it changes nothing.
    pub(super) fn step(&mut self, kind: RuleKind, rule: &str, why: impl Into<String>, after: i128) {
        self.steps.push(Step::new(kind, rule, why, self.amount, after));
        self.amount = after;
    }

    /// Takes a step if it changes something; says whether it did.
    pub(super) fn become_less(
        &mut self,
        kind: RuleKind,
        rule: &str,
        why: impl Into<String>,
        after: i128,
    ) -> bool {
        let changes = after != self.amount;
        if changes {
            self.step(kind, rule, why, after);
        }
        changes
    }

    fn finish(self) -> PricedLine {
        PricedLine {
            key: self.line.key.clone(),
            sku: self.line.sku.clone(),
            quantity: self.quantity,
            list_unit_minor: self.list_unit,
            ruled_minor: self.ruled.map(fit),
            net_minor: fit(self.amount),
            tax_minor: fit(self.tax),
            gross_minor: fit(self.amount + self.tax),
            tax: self.tax_rule,
            steps: self.steps,
        }
    }
}

/// What a line says, its key last.
fn content(line: &Line) -> (&str, i64, i64, i64, &str) {
    (&line.sku, line.quantity, line.own_price_minor.unwrap_or(-1), line.discount_bp, &line.key)
}

fn in_range(number: i64, max: i64) -> i64 {
    if (0..=max).contains(&number) { number } else { 0 }
}
