//! Money: whole minor units, exact. A line is rounded once, half away from zero; an order is the sum of its rounded
//! lines and its freight, so that what a customer adds up by hand agrees.
//!
//! A line that was priced by [`crate::pricing`] comes to what it was priced at, as long as it still says what it was
//! priced for. After a merge or an edit without pricing it counts by its own price and discount again.

use std::collections::BTreeMap;

use crate::value::{Fields, Value, int_of, str_of};

/// The priced part of an order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// How many sales units.
    pub quantity: i64,
    /// Price of one, in minor units.
    pub unit_price_minor: i64,
    /// Discount, in basis points.
    pub discount_bp: i64,
    /// What it was priced at, if that still holds.
    pub priced_minor: Option<i64>,
}

impl Line {
    /// What the line costs after discount, in minor units.
    pub fn total_minor(&self) -> i64 {
        let plain = || line_total_minor(self.quantity, self.unit_price_minor, self.discount_bp);
        self.priced_minor.unwrap_or_else(plain)
    }
}

/// What a line is priced for, in one word: its numbers and what the person took off the order.
pub fn priced_as(
    quantity: i64,
    unit_price_minor: i64,
    discount_bp: i64,
    header_discount_bp: i64,
    goodwill_minor: i64,
) -> String {
    format!("{quantity}x{unit_price_minor}-{discount_bp}/{header_discount_bp}/{goodwill_minor}")
}

/// What a line costs after discount, in minor units, rounded half away from zero: 2.5 becomes 3, -2.5 becomes -3.
/// Exact for every `i64`; what does not fit an `i64` becomes the nearest one that exists.
pub fn line_total_minor(quantity: i64, unit_price_minor: i64, discount_bp: i64) -> i64 {
    const WHOLE: i128 = 10_000;
    // 63 + 63 bits leave two of 128: the discount may not be multiplied in before the split.
    let gross = i128::from(quantity) * i128::from(unit_price_minor);
    let kept = WHOLE - i128::from(discount_bp);
    let (whole, rest) = (gross / WHOLE, gross % WHOLE);
    let part = rest.saturating_mul(kept);
    let half = if part < 0 { -WHOLE / 2 } else { WHOLE / 2 };
    clamp(whole.saturating_mul(kept).saturating_add((part + half) / WHOLE))
}

/// What an order costs, in minor units: its lines, each rounded, and its freight.
pub fn order_total_minor(lines: impl IntoIterator<Item = Line>, freight_minor: i64) -> i64 {
    let lines: i128 = lines.into_iter().map(|line| i128::from(line.total_minor())).sum();
    clamp(lines + i128::from(freight_minor))
}

/// What the document of an order comes to before tax, in minor units: [`order_total_minor`] of its lines and its freight.
pub fn total_of(fields: &Fields) -> i64 {
    order_total_minor(lines(fields).into_values(), number(fields, "freight_minor"))
}

/// How many decimal digits a currency's minor unit stands for (ISO 4217). The central record's `record.minor_digits`
/// says the same.
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// The priced parts of an order's lines, by item key. A line that lacks a number counts it as 0.
pub fn lines(fields: &Fields) -> BTreeMap<&str, Line> {
    let (header, goodwill) = (number(fields, "header_discount_bp"), number(fields, "goodwill_minor"));
    Value::entries(fields.get("lines"))
        .iter()
        .filter_map(|(key, item)| match item {
            Value::Map(item) => Some((key.as_str(), line(item, header, goodwill))),
            _ => None,
        })
        .collect()
}

fn number(fields: &Fields, name: &str) -> i64 {
    int_of(fields, name).unwrap_or(0)
}

fn line(item: &Fields, header: i64, goodwill: i64) -> Line {
    let (quantity, unit_price_minor) = (number(item, "quantity"), number(item, "unit_price_minor"));
    let discount_bp = number(item, "discount_bp");
    let now = priced_as(quantity, unit_price_minor, discount_bp, header, goodwill);
    let still_holds = str_of(item, "priced_as").is_some_and(|then| then == now);
    let priced_minor = int_of(item, "priced_net_minor").filter(|_| still_holds);
    Line { quantity, unit_price_minor, discount_bp, priced_minor }
}

fn clamp(minor: i128) -> i64 {
    let fits = minor.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(fits).unwrap_or(i64::MAX)
}
