//! What is to be priced: an order as its person wrote it, and the facts of the account that matter to a price.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// An order or a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// ISO 4217 code of all its amounts.
    pub currency: String,
    /// The day whose prices hold.
    pub date: NaiveDate,
    /// Who buys.
    #[serde(default)]
    pub customer: Customer,
    /// What is bought. Their order means nothing.
    pub lines: Vec<Line>,
    /// The person's own discount on all of it, in basis points.
    #[serde(default)]
    pub header_discount_bp: i64,
    /// What the person takes off for goodwill, in minor units.
    #[serde(default)]
    pub goodwill_minor: i64,
    /// Freight, in minor units, before tax.
    #[serde(default)]
    pub freight_minor: i64,
}

/// What of an account decides on prices. Words are compared without regard to case, ids exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Customer {
    /// The account's id.
    pub account: String,
    /// Its class.
    pub segment: Option<String>,
    /// Ids of its territory and of those above, the nearest first.
    pub territories: Vec<String>,
    /// Key of the price list that the office gave it.
    pub price_list: Option<String>,
    /// Key of its loyalty tier.
    pub tier: Option<String>,
    /// Country of delivery, by name or ISO code.
    pub country: Option<String>,
    /// State, county or canton of delivery.
    pub region: Option<String>,
}

/// A line as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The item's key in the order.
    pub key: String,
    /// Key of the product.
    pub sku: String,
    /// How many sales units.
    pub quantity: i64,
    /// The person's own price of one sales unit, in minor units. It stands: no tier and no promotion touches it.
    #[serde(default)]
    pub own_price_minor: Option<i64>,
    /// The person's own discount, in basis points, taken off what the rules leave.
    #[serde(default)]
    pub discount_bp: i64,
}
