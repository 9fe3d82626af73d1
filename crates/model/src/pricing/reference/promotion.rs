//! A promotion: what it takes off, for whom, for what and when. It adds no line and names no other promotion, so that
//! there is nothing in it that could go round.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::audience::{Audience, Dates, Goods};
use super::reader::Reader;
use super::{MINOR_MAX, QUANTITY_MAX};
use crate::rule::Violation;

pub(super) const FIELDS: [&str; 20] = [
    "name",
    "kind",
    "exclusive",
    "priority",
    "valid_from",
    "valid_until",
    "accounts",
    "segments",
    "territories",
    "tiers",
    "skus",
    "categories",
    "discount_bp",
    "amount_minor",
    "currency",
    "buy",
    "get",
    "items",
    "price_minor",
    "threshold_minor",
];

/// The kinds of promotion, each with the fields that only it has.
pub(super) const KINDS: [(&str, &[&str]); 5] = [
    ("percent_off", &["discount_bp"]),
    ("amount_off", &["amount_minor", "currency"]),
    ("buy_get", &["buy", "get", "discount_bp"]),
    ("bundle", &["items", "price_minor", "currency"]),
    ("order_off", &["threshold_minor", "currency", "discount_bp", "amount_minor"]),
];

const OWN: usize = 12;
const ITEM_FIELDS: [&str; 2] = ["sku", "quantity"];
const BUNDLE_ITEMS_MAX: usize = 20;

/// A promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it takes off.
    pub offer: Offer,
    /// Whether it takes no other promotion beside it on a line.
    pub is_exclusive: bool,
    /// Which of two comes first: the higher, then the lower key.
    pub priority: i64,
    /// When it holds.
    pub dates: Dates,
    /// For whom.
    pub audience: Audience,
    /// For what; of a bundle, its own items.
    pub goods: Goods,
}

/// What a promotion takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A percentage off each line.
    PercentOff {
        /// In basis points.
        discount_bp: i64,
    },
    /// An amount off each sales unit, never below nothing.
    AmountOff {
        /// In minor units.
        amount_minor: i64,
        /// Of which currency.
        currency: String,
    },
    /// Of each `buy + get` units of a product in the order, `get` cost less.
    BuyGet {
        /// How many are paid.
        buy: i64,
        /// How many cost less.
        get: i64,
        /// How much less, in basis points; 10,000 is free.
        discount_bp: i64,
    },
    /// Products that cost a price together, as often as the order holds them all.
    Bundle {
        /// SKUs, with how many of each.
        items: Vec<(String, i64)>,
        /// The price of one bundle, in minor units.
        price_minor: i64,
        /// Of which currency.
        currency: String,
    },
    /// Off the lines together, once they come to so much.
    OrderOff {
        /// From how much on, in minor units, as the lines stand after promotions on lines.
        threshold_minor: i64,
        /// Of which currency.
        currency: String,
        /// What comes off.
        off: Off,
    },
}

/// What comes off an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// A percentage, in basis points.
    Percent(i64),
    /// An amount, in minor units.
    Amount(i64),
}

impl Promotion {
    /// Reads a promotion.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &FIELDS);
        let kind = reader.required_word("kind", 20);
        let name = reader.required_word("name", 100);
        match KINDS.iter().find(|(known, _)| *known == kind) {
            Some((_, own)) => foreign(&mut reader, value, own),
            None if kind.is_empty() => {}
            None => {
                let kinds = KINDS.map(|(kind, _)| kind).join(", ");
                reader.fault("not_a_choice", "kind", format!("This is one of {kinds}."));
            }
        }
        let offer = offer(&mut reader, &kind, value);
        let promotion = Self {
            key: key.to_owned(),
            name,
            goods: goods(&mut reader, &offer),
            offer,
            is_exclusive: reader.flag("exclusive"),
            priority: reader.int("priority", -1_000..=1_000).unwrap_or(0),
            dates: Dates::read(&mut reader),
            audience: Audience::read(&mut reader),
        };
        reader.finish(|| promotion)
    }
}

/// A field of another kind would be ignored in silence.
fn foreign(reader: &mut Reader<'_>, value: &Json, own: &[&str]) {
    for field in FIELDS[OWN..].iter().filter(|field| !own.contains(field)) {
        if value.get(field).is_some_and(|value| !value.is_null()) {
            reader.fault("foreign_field", field, "This kind of promotion does not have it.");
        }
    }
}

fn offer(reader: &mut Reader<'_>, kind: &str, value: &Json) -> Offer {
    match kind {
        "amount_off" => Offer::AmountOff {
            amount_minor: reader.required_int("amount_minor", 1..=MINOR_MAX),
            currency: reader.currency("currency"),
        },
        "buy_get" => Offer::BuyGet {
            buy: reader.required_int("buy", 1..=QUANTITY_MAX),
            get: reader.required_int("get", 1..=QUANTITY_MAX),
            discount_bp: reader.int("discount_bp", 1..=10_000).unwrap_or(10_000),
        },
        "bundle" => Offer::Bundle {
            items: bundle(reader),
            price_minor: reader.required_int("price_minor", 0..=MINOR_MAX),
            currency: reader.currency("currency"),
        },
        "order_off" => Offer::OrderOff {
            threshold_minor: reader.required_int("threshold_minor", 0..=crate::limits::INT_MAX),
            currency: reader.currency("currency"),
            off: order_off(reader, value),
        },
        _ => Offer::PercentOff { discount_bp: percent(reader, kind) },
    }
}

fn percent(reader: &mut Reader<'_>, kind: &str) -> i64 {
    if kind == "percent_off" { reader.required_int("discount_bp", 1..=10_000) } else { 0 }
}

fn order_off(reader: &mut Reader<'_>, value: &Json) -> Off {
    let has = |name: &str| value.get(name).is_some_and(|value| !value.is_null());
    if has("discount_bp") == has("amount_minor") {
        reader.fault(
            "one_of",
            "discount_bp",
            "Name what comes off: discount_bp or amount_minor, one of them.",
        );
    }
    match reader.int("amount_minor", 1..=MINOR_MAX) {
        Some(minor) => Off::Amount(minor),
        None => Off::Percent(reader.int("discount_bp", 1..=10_000).unwrap_or(0)),
    }
}

fn bundle(reader: &mut Reader<'_>) -> Vec<(String, i64)> {
    let items = reader.objects("items", &ITEM_FIELDS, |item| {
        (item.required_word("sku", 100), item.required_int("quantity", 1..=QUANTITY_MAX))
    });
    let skus: BTreeSet<&str> = items.iter().map(|(sku, _)| sku.as_str()).collect();
    if skus.len() < items.len() {
        reader.fault("duplicate", "items", "Each SKU stands once in a bundle, with how many of it.");
    }
    if items.is_empty() || items.len() > BUNDLE_ITEMS_MAX {
        reader.fault("out_of_range", "items", format!("A bundle has 1 to {BUNDLE_ITEMS_MAX} items."));
    }
    items
}

fn goods(reader: &mut Reader<'_>, offer: &Offer) -> Goods {
    let named = Goods::read(reader);
    match offer {
        Offer::Bundle { items, .. } => {
            if !named.is_all() {
                reader.fault(
                    "foreign_field",
                    "skus",
                    "A bundle is about its items; leave skus and categories out.",
                );
            }
            Goods { skus: items.iter().map(|(sku, _)| sku.clone()).collect(), categories: Vec::new() }
        }
        _ => named,
    }
}
