//! A price list: for whom and when its prices hold.

use serde_json::Value as Json;

use super::audience::{Audience, Dates};
use super::reader::Reader;
use crate::rule::Violation;

pub(super) const FIELDS: [&str; 10] = [
    "name",
    "currency",
    "gross",
    "priority",
    "valid_from",
    "valid_until",
    "accounts",
    "segments",
    "territories",
    "tiers",
];

/// A price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// Whether its prices hold tax.
    pub is_gross: bool,
    /// Which of two equally near lists counts: the higher.
    pub priority: i64,
    /// When it holds.
    pub dates: Dates,
    /// For whom.
    pub audience: Audience,
}

impl PriceList {
    /// Reads a price list.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &FIELDS);
        if key.contains('/') {
            reader.fault(
                "bad_key",
                "",
                "A list's key holds no slash: it parts the list from the SKU in a price's key.",
            );
        }
        let list = Self {
            key: key.to_owned(),
            name: reader.required_word("name", 100),
            currency: reader.currency("currency"),
            is_gross: reader.flag("gross"),
            priority: reader.int("priority", -1_000..=1_000).unwrap_or(0),
            dates: Dates::read(&mut reader),
            audience: Audience::read(&mut reader),
        };
        reader.finish(|| list)
    }
}
