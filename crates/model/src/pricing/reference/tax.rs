//! A tax rate: of a class of products, in some countries or one of their regions, at a time.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::audience::Dates;
use super::reader::{Reader, fold};
use crate::rule::Violation;

pub(super) const FIELDS: [&str; 7] =
    ["name", "class", "countries", "region", "rate_bp", "valid_from", "valid_until"];

/// The class of freight. Without a rate of this class, freight bears no tax.
pub const FREIGHT: &str = "freight";

/// Every country.
const ANYWHERE: &str = "*";

/// A tax rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRate {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Which products bear it, folded for comparison.
    pub class: String,
    /// Names and codes of the countries, folded for comparison; `*` is every country that no other rate names.
    pub countries: Vec<String>,
    /// Only in this region of them, folded for comparison.
    pub region: Option<String>,
    /// The rate, in basis points.
    pub rate_bp: i64,
    /// When it holds.
    pub dates: Dates,
}

impl TaxRate {
    /// Reads a tax rate.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &FIELDS);
        let rate = Self {
            key: key.to_owned(),
            name: reader.required_word("name", 100),
            class: fold(&reader.required_word("class", 60)),
            countries: reader.words("countries").iter().map(|word| fold(word)).collect(),
            region: reader.word("region", 100).map(|word| fold(&word)),
            rate_bp: reader.required_int("rate_bp", 0..=10_000),
            dates: Dates::read(&mut reader),
        };
        if value.is_object() && rate.countries.is_empty() {
            reader.fault("required", "countries", "A rate names at least one country.");
        }
        reader.finish(|| rate)
    }

    /// How near it is to a place, the lower the nearer: whether only by `*`, whether for a whole country. Nothing if it
    /// does not hold there and then. Words come folded.
    pub fn nearness(
        &self,
        class: &str,
        country: &str,
        region: Option<&str>,
        day: NaiveDate,
    ) -> Option<(bool, bool)> {
        let is_named = self.countries.iter().any(|known| known == country);
        let is_there = is_named || self.countries.iter().any(|known| known == ANYWHERE);
        let in_region = self.region.as_deref().is_none_or(|own| Some(own) == region);
        let holds = self.class == class && is_there && in_region && self.dates.hold(day);
        holds.then_some((!is_named, self.region.is_none()))
    }
}
