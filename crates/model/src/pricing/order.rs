//! What is to be priced: an order as its person wrote it, and the facts of the account that matter to a price.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::value::{Fields, Value, int_of, str_of};

/// The reference set in which devices find of each territory that is a part of another, by id, an object with `parent`.
pub const TERRITORIES: &str = "territories";

/// How many days an order's own day may lie behind the one on which it is handed in, so that its prices hold.
const DAYS_BEHIND_MAX: i64 = 14;
/// The same of a quote: as long as one holds, and the day on which its last is not over everywhere.
const QUOTE_DAYS_BEHIND_MAX: i64 = 31;
/// How many days it may lie ahead: east of UTC a day begins earlier.
const DAYS_AHEAD_MAX: i64 = 1;

/// An order or a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// ISO 4217 code of all its amounts.
    pub currency: String,
    /// The day whose prices hold.
    pub date: NaiveDate,
    /// The day that it says itself, if that is another: see [`Self::handed_in`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_date: Option<NaiveDate>,
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
    /// Whether it trades with us no more. It says nothing of a price, and something of an order.
    pub closed: bool,
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

impl Order {
    /// What the document of an order says, for this customer. A line without a mark that its price is the person's own is
    /// priced by the rules. `day` counts if the order names none.
    pub fn of_document(fields: &Fields, customer: Customer, day: NaiveDate) -> Self {
        let lines = Value::entries(fields.get("lines")).iter().filter_map(|(key, item)| match item {
            Value::Map(item) => Some(Line::of_item(key, item)),
            _ => None,
        });
        let date = str_of(fields, "order_date").and_then(|text| text.parse().ok());
        Self {
            currency: str_of(fields, "currency").unwrap_or_default().to_owned(),
            date: date.unwrap_or(day),
            written_date: None,
            customer,
            lines: lines.collect(),
            header_discount_bp: int_of(fields, "header_discount_bp").unwrap_or(0),
            goodwill_minor: int_of(fields, "goodwill_minor").unwrap_or(0),
            freight_minor: int_of(fields, "freight_minor").unwrap_or(0),
        }
    }

    /// The same order, handed in on a day: the prices of its own day hold if that is near enough, else those of this one, and
    /// somebody is asked. Whoever writes an order writes its day, and could choose one at whose prices it costs less.
    #[must_use]
    pub fn handed_in(mut self, day: NaiveDate, is_quote: bool) -> Self {
        let behind_max = if is_quote { QUOTE_DAYS_BEHIND_MAX } else { DAYS_BEHIND_MAX };
        let behind = day.signed_duration_since(self.date).num_days();
        if !(-DAYS_AHEAD_MAX..=behind_max).contains(&behind) {
            self.written_date = Some(self.date);
            self.date = day;
        }
        self
    }
}

impl Customer {
    /// What the document of an account says. Delivery to another country than the account's is told by the order: see
    /// [`Self::delivered`].
    pub fn of_document(account: String, fields: &Fields, territories: Vec<String>) -> Self {
        let field = |name: &str| said(fields, name).map(str::to_owned);
        Self {
            account,
            segment: field("segment"),
            territories,
            price_list: field("price_list"),
            tier: field("loyalty_tier"),
            country: field("country"),
            region: field("region"),
            closed: str_of(fields, "status") == Some("closed"),
        }
    }

    /// The same customer, delivered to where the document of an order says that it goes, if it says so.
    #[must_use]
    pub fn delivered(mut self, order: &Fields) -> Self {
        if let Some(country) = said(order, "ship_country") {
            self.country = Some(country.to_owned());
            self.region = said(order, "ship_region").map(str::to_owned);
        }
        self
    }
}

impl Line {
    fn of_item(key: &str, item: &Fields) -> Self {
        let is_own = matches!(item.get("own_price"), Some(Value::Bool(true)));
        Self {
            key: key.to_owned(),
            sku: str_of(item, "sku").unwrap_or_default().to_owned(),
            quantity: int_of(item, "quantity").unwrap_or(0),
            own_price_minor: int_of(item, "unit_price_minor").filter(|_| is_own),
            discount_bp: int_of(item, "discount_bp").unwrap_or(0),
        }
    }
}

/// The words of a field that says something.
fn said<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    str_of(fields, name).filter(|text| !text.is_empty())
}
