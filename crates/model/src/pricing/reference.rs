//! Reference data that prices are made from: what the office publishes, as types, and every rule it must keep.
//!
//! Each set is keyed JSON objects. [`check`] judges one of them, [`check_set`] a whole set with those it refers to; both are
//! asked before anything is published. A device reads the same with the same code, and leaves out what it cannot read,
//! saying so.

pub mod audience;
mod discretion;
mod price;
mod price_list;
mod product;
mod promotion;
pub(crate) mod reader;
mod tax;
mod tier;
mod whole;

use serde_json::{Value as Json, json};

use crate::rule::Violation;

pub use audience::{Audience, Dates, Goods};
pub use discretion::Discretion;
pub use price::{Break, Price};
pub use price_list::PriceList;
pub use product::{Product, STANDARD};
pub use promotion::{Off, Offer, Promotion};
pub(crate) use reader::fold;
pub use tax::{FREIGHT, TaxRate};
pub use tier::Tier;
pub use whole::check_set;

/// Products by SKU.
pub const PRODUCTS: &str = "products";
/// Price lists by key.
pub const PRICE_LISTS: &str = "price_lists";
/// Prices by list and SKU: see [`price_key`].
pub const PRICES: &str = "prices";
/// Promotions by key.
pub const PROMOTIONS: &str = "promotions";
/// Tax rates by key.
pub const TAXES: &str = "taxes";
/// Loyalty tiers by key.
pub const TIERS: &str = "tiers";
/// Limits of discretion by role, and by role and segment.
pub const DISCRETION: &str = "discretion";

/// The sets that prices are made from, those that others refer to first.
pub const SETS: [&str; 7] = [PRODUCTS, PRICE_LISTS, PRICES, TIERS, PROMOTIONS, TAXES, DISCRETION];

/// Most keys in each of the sets that a device reads whole: all but products and prices.
pub const WHOLE_SET_MAX: usize = 1_000;
/// Most of anything priced, in minor units, as in an order's line.
pub const MINOR_MAX: i64 = 1_000_000_000;
/// Most of a quantity, as in an order's line.
pub const QUANTITY_MAX: i64 = 1_000_000;

/// The key of a price: the list's, a slash, the SKU.
pub fn price_key(list: &str, sku: &str) -> String {
    format!("{list}/{sku}")
}

/// Whether this is one of the sets that prices are made from.
pub fn is_priced(set: &str) -> bool {
    SETS.contains(&set)
}

/// The fields of a set, in the order of a form; none of a set that is not of [`SETS`].
pub fn fields(set: &str) -> &'static [&'static str] {
    match set {
        PRODUCTS => &product::FIELDS,
        PRICE_LISTS => &price_list::FIELDS,
        PRICES => &price::FIELDS,
        TIERS => &tier::FIELDS,
        PROMOTIONS => &promotion::FIELDS,
        TAXES => &tax::FIELDS,
        DISCRETION => &discretion::FIELDS,
        _ => &[],
    }
}

/// Everything wrong with one value of a set, each with the path of its field. A set that is not of [`SETS`] has no rules
/// here.
pub fn check(set: &str, key: &str, value: &Json) -> Vec<Violation> {
    let faults = match set {
        PRODUCTS => Product::read(key, value).err(),
        PRICE_LISTS => PriceList::read(key, value).err(),
        PRICES => Price::read(key, value).err(),
        PROMOTIONS => Promotion::read(key, value).err(),
        TAXES => TaxRate::read(key, value).err(),
        TIERS => Tier::read(key, value).err(),
        DISCRETION => Discretion::read(key, value).err(),
        _ => None,
    };
    faults.unwrap_or_default()
}

/// The sets and their fields as data, for other languages and for forms.
pub fn describe() -> Json {
    json!({
        "sets": SETS,
        "whole_set_max": WHOLE_SET_MAX,
        "minor_max": MINOR_MAX,
        "quantity_max": QUANTITY_MAX,
        "price_key": "LIST/SKU",
        "dates": "valid_from and valid_until are days, both included; absent means no bound",
        "audience": ["accounts", "segments", "territories", "tiers"],
        "goods": ["skus", "categories"],
        "fields": SETS.map(|set| (set, fields(set))).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "offers": promotion::KINDS,
    })
}
