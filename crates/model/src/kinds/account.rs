//! Account: a customer, prospect, partner or supplier. Its territory is a decision, so it is not a field.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::{INT_MAX, STR_CHARS_MAX, TEXT_CHARS_MAX};
use crate::permission::FIELD;

static TAG: [FieldSpec; 1] =
    [FieldSpec::new("tag", FieldType::Str { chars_max: 60 }, "One word or phrase to find the account by.")
        .required()];

static FIELDS: [FieldSpec; 24] = [
    FieldSpec::new("name", FieldType::Str { chars_max: 200 }, "What the account is called.").required(),
    FieldSpec::new("external_id", FieldType::Str { chars_max: 100 }, "Its number in the system behind.")
        .write(Write::Office),
    FieldSpec::new(
        "account_type",
        FieldType::Enum(&["customer", "prospect", "partner", "supplier"]),
        "What it is to us.",
    ),
    FieldSpec::new("status", FieldType::Enum(&["active", "closed"]), "Whether it still trades with us.")
        .write(Write::Office),
    FieldSpec::new("parent_id", FieldType::Id, "The account it belongs to, such as a chain.")
        .write(Write::Office),
    FieldSpec::new("phone", FieldType::Str { chars_max: 60 }, "Main telephone number."),
    FieldSpec::new("email", FieldType::Str { chars_max: 254 }, "Main e-mail address."),
    FieldSpec::new("website", FieldType::Str { chars_max: STR_CHARS_MAX }, "Address of its web site."),
    FieldSpec::new("street", FieldType::Str { chars_max: 200 }, "Street and house number."),
    FieldSpec::new("city", FieldType::Str { chars_max: 100 }, "Town."),
    FieldSpec::new("region", FieldType::Str { chars_max: 100 }, "State, county or canton."),
    FieldSpec::new("postal_code", FieldType::Str { chars_max: 20 }, "Postal code."),
    FieldSpec::new("country", FieldType::Str { chars_max: 60 }, "Country, by name or ISO code."),
    FieldSpec::new(
        "latitude_microdeg",
        FieldType::Int { min: -90_000_000, max: 90_000_000 },
        "Where it is, in millionths of a degree, north positive.",
    ),
    FieldSpec::new(
        "longitude_microdeg",
        FieldType::Int { min: -180_000_000, max: 180_000_000 },
        "Where it is, in millionths of a degree, east positive.",
    ),
    FieldSpec::new("currency", FieldType::Code { letters: 3 }, "ISO 4217 code in which it buys."),
    FieldSpec::new("segment", FieldType::Str { chars_max: 60 }, "Its class, such as A, B, C or a trade."),
    FieldSpec::new(
        "visit_every_days",
        FieldType::Int { min: 1, max: 730 },
        "How often it is to be visited, in days between visits.",
    ),
    FieldSpec::new("price_list", FieldType::Str { chars_max: 60 }, "Key of the price list that applies.")
        .write(Write::Office),
    FieldSpec::new("payment_terms", FieldType::Str { chars_max: 100 }, "How and when it pays.")
        .write(Write::Office),
    FieldSpec::new(
        "credit_limit_minor",
        FieldType::Int { min: 0, max: INT_MAX },
        "Most it may owe, in minor units of its currency.",
    )
    .write(Write::Office),
    FieldSpec::new("tax_id", FieldType::Str { chars_max: 60 }, "VAT or tax number."),
    FieldSpec::new("tags", FieldType::Items(&TAG), "Words to find and group the account by."),
    FieldSpec::new(
        "description",
        FieldType::Text { chars_max: TEXT_CHARS_MAX },
        "What one should know about it.",
    ),
];

/// The kind `account`.
pub static SPEC: KindSpec = KindSpec {
    name: "account",
    table: "accounts",
    version: 1,
    fill_order: 0,
    doc: "A customer, prospect, partner or supplier.",
    fields: &FIELDS,
    search: &["name", "external_id", "city", "postal_code", "phone", "email"],
    listing: Listing { subtitle: &["city", "region", "country"], at: &[], order: ListOrder::Title },
    roles: FIELD,
    derive: None,
};
