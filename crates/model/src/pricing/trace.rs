//! What comes out: amounts, the steps that led to them, and what is wrong.

use serde::Serialize;

use super::amount::fit;

/// A priced order. All amounts are minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Priced {
    /// Its lines, by content and key.
    pub lines: Vec<PricedLine>,
    /// The lines before tax.
    pub lines_net_minor: i64,
    /// Freight before tax, as given.
    pub freight_minor: i64,
    /// Lines and freight before tax.
    pub net_minor: i64,
    /// All tax.
    pub tax_minor: i64,
    /// What is to be paid.
    pub gross_minor: i64,
    /// Tax by rule, in the order of their keys.
    pub taxes: Vec<Tax>,
    /// What is wrong or should be known. Nothing among it keeps the order from being saved.
    pub problems: Vec<Problem>,
    /// How many prices, promotions and pairs of promotion and line were looked at.
    pub examined: u64,
}

/// A priced line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PricedLine {
    /// The line's key.
    pub key: String,
    /// Its product.
    pub sku: String,
    /// How many sales units count.
    pub quantity: i64,
    /// The list price of one, if there is one.
    pub list_unit_minor: Option<i64>,
    /// What rules alone come to, before anything the person granted: the base of discretion. Absent without list price.
    pub ruled_minor: Option<i64>,
    /// Before tax.
    pub net_minor: i64,
    /// The line's share of its tax.
    pub tax_minor: i64,
    /// With tax.
    pub gross_minor: i64,
    /// Key of the tax that counts.
    pub tax: Option<String>,
    /// How the amount came about; each step begins where the one before ended, the first at 0.
    pub steps: Vec<Step>,
}

/// One rule at work on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What sort of rule.
    pub kind: RuleKind,
    /// Its key; empty for what the person wrote.
    pub rule: String,
    /// For people.
    pub why: String,
    /// The line's amount before it.
    pub before_minor: i64,
    /// The line's amount after it.
    pub after_minor: i64,
}

/// Sorts of rules, in the order in which they work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A price of a list, or of the product.
    List,
    /// The person's own price.
    OwnPrice,
    /// The loyalty tier.
    Tier,
    /// A promotion.
    Promotion,
    /// A promotion about the line's product that may not touch it: another stands alone, or the price is the person's own.
    Skipped,
    /// The person's discount on the line.
    LineDiscount,
    /// The person's discount on the order.
    HeaderDiscount,
    /// An amount off for goodwill.
    Goodwill,
    /// Tax that the price held already.
    TaxIncluded,
}

/// The tax of one rule on an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tax {
    /// The rule's key.
    pub rule: String,
    /// Its rate, in basis points.
    pub rate_bp: i64,
    /// What it is on, before tax.
    pub base_minor: i64,
    /// The tax.
    pub tax_minor: i64,
}

/// Something wrong, or something to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable word for programs.
    pub code: &'static str,
    /// The line it is about, if one.
    pub line: Option<String>,
    /// For people.
    pub text: String,
}

impl Step {
    pub(super) fn new(kind: RuleKind, rule: &str, why: impl Into<String>, before: i128, after: i128) -> Self {
        Self {
            kind,
            rule: rule.to_owned(),
            why: why.into(),
            before_minor: fit(before),
            after_minor: fit(after),
        }
    }
}
