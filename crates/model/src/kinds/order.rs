//! Order: a draft or a quote with its lines. Everything after `submit` is a decision (see [`crate::state`]), so the
//! document knows only the two early states; its totals are derived, never written.

use serde_json::{Map, Value as Json};

use super::MINOR_MAX;
use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::TEXT_CHARS_MAX;
use crate::money::{Line, total_of};
use crate::permission::FIELD;
use crate::value::Fields;

/// Most that a line comes to: the most of a quantity at the most of a price.
const PRICED_MAX: i64 = 1_000_000 * MINOR_MAX;

static LINE: [FieldSpec; 10] = [
    FieldSpec::new(
        "position",
        FieldType::Int { min: 0, max: 1_000_000 },
        "Place among the lines, lowest first.",
    ),
    FieldSpec::new("sku", FieldType::Str { chars_max: 100 }, "Key of the product.").required(),
    FieldSpec::new("description", FieldType::Str { chars_max: 200 }, "Name of the product, as offered."),
    FieldSpec::new("quantity", FieldType::Int { min: 1, max: 1_000_000 }, "How many sales units.").required(),
    FieldSpec::new("unit", FieldType::Str { chars_max: 60 }, "The sales unit, such as a box of 12."),
    FieldSpec::new(
        "unit_price_minor",
        FieldType::Int { min: 0, max: MINOR_MAX },
        "Price of one sales unit before discount, in minor units of the order's currency.",
    )
    .required(),
    FieldSpec::new(
        "discount_bp",
        FieldType::Int { min: 0, max: 10_000 },
        "Discount on the line, in basis points.",
    ),
    FieldSpec::new("own_price", FieldType::Bool, "Whether the price is the person's own and stands.").since(2),
    FieldSpec::new(
        "priced_net_minor",
        FieldType::Int { min: 0, max: PRICED_MAX },
        "What the line came to before tax when it was priced, after every rule. It counts while priced_as fits.",
    )
    .since(2),
    FieldSpec::new(
        "priced_as",
        FieldType::Str { chars_max: 120 },
        "What it was priced for: quantity, price and discounts. Once one of them differs, the price is out of date.",
    )
    .since(2),
];

static FIELDS: [FieldSpec; 22] = [
    FieldSpec::new("state", FieldType::Enum(&["draft", "quote"]), "How it stands until it is submitted.")
        .required(),
    FieldSpec::new("order_date", FieldType::Date, "The day on which it was taken."),
    FieldSpec::new("currency", FieldType::Code { letters: 3 }, "ISO 4217 code of all its amounts.")
        .required(),
    FieldSpec::new("reference", FieldType::Str { chars_max: 100 }, "The customer's own order number."),
    FieldSpec::new("external_id", FieldType::Str { chars_max: 100 }, "Its number in the system behind.")
        .write(Write::Founder),
    FieldSpec::new("contact_id", FieldType::Id, "The contact who ordered."),
    FieldSpec::new("rep_id", FieldType::Id, "The person who took it."),
    FieldSpec::new("delivery_date", FieldType::Date, "The day by which the customer wants it."),
    FieldSpec::new("valid_until", FieldType::Date, "The last day on which a quote holds."),
    FieldSpec::new("ship_name", FieldType::Str { chars_max: 200 }, "To whom it goes, if not to the account."),
    FieldSpec::new("ship_street", FieldType::Str { chars_max: 200 }, "Street and house number it goes to."),
    FieldSpec::new("ship_city", FieldType::Str { chars_max: 100 }, "Town it goes to."),
    FieldSpec::new("ship_region", FieldType::Str { chars_max: 100 }, "State, county or canton it goes to."),
    FieldSpec::new("ship_postal_code", FieldType::Str { chars_max: 20 }, "Postal code it goes to."),
    FieldSpec::new(
        "ship_country",
        FieldType::Str { chars_max: 60 },
        "Country it goes to, by name or ISO code.",
    ),
    FieldSpec::new("payment_terms", FieldType::Str { chars_max: 100 }, "How and when it is to be paid."),
    FieldSpec::new("freight_minor", FieldType::Int { min: 0, max: MINOR_MAX }, "Freight, in minor units."),
    FieldSpec::new("lines", FieldType::Items(&LINE), "What is ordered."),
    FieldSpec::new(
        "notes",
        FieldType::Text { chars_max: TEXT_CHARS_MAX },
        "What one should know to handle it.",
    ),
    FieldSpec::new(
        "header_discount_bp",
        FieldType::Int { min: 0, max: 10_000 },
        "The person's discount on all of it, in basis points.",
    )
    .since(2),
    FieldSpec::new(
        "goodwill_minor",
        FieldType::Int { min: 0, max: MINOR_MAX },
        "What the person took off for goodwill, in minor units.",
    )
    .since(2),
    FieldSpec::new(
        "priced_tax_minor",
        FieldType::Int { min: 0, max: PRICED_MAX },
        "The tax on it when it was priced, in minor units; its total is before tax.",
    )
    .since(2),
];

/// The kind `order`.
pub static SPEC: KindSpec = KindSpec {
    name: "order",
    table: "orders",
    version: 2,
    fill_order: 4,
    doc: "A quote or an order of an account.",
    fields: &FIELDS,
    search: &["reference", "external_id", "notes"],
    listing: Listing { subtitle: &["order_date", "currency"], at: &["order_date"], order: ListOrder::Latest },
    roles: FIELD,
    derive: Some(derive),
};

/// Adds `total_minor` to the order and to each of its lines.
fn derive(fields: &Fields, row: &mut Map<String, Json>) {
    let lines = crate::money::lines(fields);
    if let Some(Json::Array(items)) = row.get_mut("lines") {
        for item in items {
            let total =
                item.get("id").and_then(Json::as_str).and_then(|id| lines.get(id)).map(Line::total_minor);
            if let Json::Object(item) = item {
                item.insert("total_minor".into(), Json::from(total.unwrap_or(0)));
            }
        }
    }
    row.insert("total_minor".into(), Json::from(total_of(fields)));
}
