//! How far a role may go of its own accord, with customers of a segment or all.

use serde_json::Value as Json;

use super::MINOR_MAX;
use super::reader::{Reader, fold};
use crate::permission::Role;
use crate::rule::Violation;

pub(super) const FIELDS: [&str; 7] = [
    "role",
    "segment",
    "line_discount_bp_max",
    "header_discount_bp_max",
    "total_discount_bp_max",
    "goodwill_minor_max",
    "currency",
];

/// Limits of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discretion {
    /// Its key.
    pub key: String,
    /// Whose.
    pub role: Role,
    /// Only with customers of this segment, folded for comparison.
    pub segment: Option<String>,
    /// Most off one line, in basis points of what the rules come to.
    pub line_discount_bp_max: i64,
    /// Most off the order, in basis points.
    pub header_discount_bp_max: i64,
    /// Most of all of it together, in basis points of what the rules come to.
    pub total_discount_bp_max: i64,
    /// Most off for goodwill, in minor units of the currency.
    pub goodwill_minor_max: i64,
    /// ISO 4217 code of that amount. In another currency there is no goodwill without approval.
    pub currency: String,
}

impl Discretion {
    /// Reads limits.
    ///
    /// # Errors
    /// Everything wrong with them.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &FIELDS);
        let word = reader.required_word("role", 20);
        let role = word.parse::<Role>();
        if role.is_err() && !word.is_empty() {
            reader.fault("not_a_choice", "role", "This is one of rep, manager, office, admin.");
        }
        let line = reader.required_int("line_discount_bp_max", 0..=10_000);
        let header = reader.required_int("header_discount_bp_max", 0..=10_000);
        let limits = Self {
            key: key.to_owned(),
            role: role.unwrap_or(Role::Rep),
            segment: reader.word("segment", 60).map(|word| fold(&word)),
            line_discount_bp_max: line,
            header_discount_bp_max: header,
            total_discount_bp_max: reader
                .int("total_discount_bp_max", 0..=10_000)
                .unwrap_or_else(|| (line + header).min(10_000)),
            goodwill_minor_max: reader.required_int("goodwill_minor_max", 0..=MINOR_MAX),
            currency: reader.currency("currency"),
        };
        reader.finish(|| limits)
    }
}
