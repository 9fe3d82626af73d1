//! A product. Its other members (supplier, shelf life) are the organisation's own and let be.

use serde_json::Value as Json;

use super::reader::Reader;
use super::{MINOR_MAX, QUANTITY_MAX};
use crate::limits::INT_MAX;
use crate::rule::Violation;

/// The tax class of a product that names none.
pub const STANDARD: &str = "standard";

/// The fields that prices ask for.
pub(super) const FIELDS: [&str; 9] = [
    "name",
    "category",
    "quantity_per_unit",
    "unit_price_minor",
    "currency",
    "tax_class",
    "units_in_stock",
    "stock_as_of",
    "discontinued",
];

/// A product, as far as prices need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// What it is called.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Its sales unit, such as a box of 12.
    pub unit: Option<String>,
    /// Its own price of one sales unit with its currency, for where no list has one.
    pub own_price: Option<(i64, String)>,
    /// Its tax class.
    pub tax_class: String,
    /// How many there were in stock, in sales units.
    pub in_stock: Option<i64>,
    /// When: a day or a moment, as the system behind says.
    pub stock_as_of: Option<String>,
    /// Whether it is sold no more.
    pub is_discontinued: bool,
}

impl Product {
    /// Reads a product.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::open(key, value);
        if key.contains('/') {
            reader.fault(
                "bad_key",
                "",
                "A SKU holds no slash: it parts the list from the SKU in a price's key.",
            );
        }
        let price = reader.int("unit_price_minor", 0..=MINOR_MAX);
        let product = Self {
            name: reader.required_word("name", 200),
            category: reader.word("category", 100),
            unit: reader.word("quantity_per_unit", 60),
            own_price: price.map(|minor| (minor, reader.currency("currency"))),
            tax_class: reader.word("tax_class", 60).unwrap_or_else(|| STANDARD.to_owned()),
            in_stock: reader.int("units_in_stock", -QUANTITY_MAX..=INT_MAX),
            stock_as_of: reader.word("stock_as_of", 40),
            is_discontinued: reader.flag("discontinued"),
        };
        reader.finish(|| product)
    }
}
