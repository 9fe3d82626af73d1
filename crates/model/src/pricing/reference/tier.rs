//! A loyalty tier: a percentage off whatever its customers buy.

use serde_json::Value as Json;

use super::audience::Dates;
use super::reader::Reader;
use crate::rule::Violation;

pub(super) const FIELDS: [&str; 4] = ["name", "discount_bp", "valid_from", "valid_until"];

/// A loyalty tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Off each line, in basis points.
    pub discount_bp: i64,
    /// When it holds.
    pub dates: Dates,
}

impl Tier {
    /// Reads a tier.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &FIELDS);
        let tier = Self {
            key: key.to_owned(),
            name: reader.required_word("name", 100),
            discount_bp: reader.required_int("discount_bp", 0..=10_000),
            dates: Dates::read(&mut reader),
        };
        reader.finish(|| tier)
    }
}
