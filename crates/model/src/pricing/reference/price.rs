//! One product's price in one list, with its quantity breaks.

use serde_json::Value as Json;

use super::reader::Reader;
use super::{MINOR_MAX, QUANTITY_MAX};
use crate::rule::Violation;

pub(super) const FIELDS: [&str; 2] = ["unit_price_minor", "breaks"];
const BREAK_FIELDS: [&str; 2] = ["from", "unit_price_minor"];

/// A price of one sales unit. Its list says in which currency, when, and whether with tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Minor units for one sales unit.
    pub unit_minor: i64,
    /// Lower prices for more, the smallest quantity first.
    pub breaks: Vec<Break>,
}

/// A price from a quantity on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// From how many sales units of the product in one order.
    pub from: i64,
    /// Minor units for one.
    pub unit_minor: i64,
}

impl Price {
    /// Reads a price.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &FIELDS);
        if key
            .split_once('/')
            .is_none_or(|(list, sku)| list.is_empty() || sku.is_empty() || sku.contains('/'))
        {
            reader.fault("bad_key", "", "The key of a price is LIST/SKU.");
        }
        let unit_minor = reader.required_int("unit_price_minor", 0..=MINOR_MAX);
        let breaks = reader.objects("breaks", &BREAK_FIELDS, |item| Break {
            from: item.required_int("from", 2..=QUANTITY_MAX),
            unit_minor: item.required_int("unit_price_minor", 0..=MINOR_MAX),
        });
        let mut last = Break { from: 1, unit_minor };
        for (n, next) in breaks.iter().enumerate() {
            let field = format!("breaks.{n}");
            if next.from <= last.from {
                reader.fault(
                    "break_order",
                    &field,
                    "Each break begins at a larger quantity than the one before.",
                );
            }
            if next.unit_minor > last.unit_minor {
                reader.fault(
                    "break_rises",
                    &field,
                    "More never costs more apiece: this is above the price before.",
                );
            }
            last = *next;
        }
        reader.finish(|| Self { unit_minor, breaks })
    }

    /// The price of one at so many, with the break that counts, if one does.
    pub fn at(&self, quantity: i64) -> (i64, Option<Break>) {
        let reached = self.breaks.iter().rev().find(|step| step.from <= quantity);
        (reached.map_or(self.unit_minor, |step| step.unit_minor), reached.copied())
    }
}
