//! Account: a customer, prospect, partner, supplier or other stakeholder. Its territory is a decision, so it is not a field.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::{INT_MAX, STR_CHARS_MAX, TEXT_CHARS_MAX};
use crate::permission::FIELD;

static TAG: [FieldSpec; 1] =
    [FieldSpec::new("tag", FieldType::Str { chars_max: 60 }, "One word or phrase to find the account by.")
        .required()];

static RELATION: [FieldSpec; 3] = [
    FieldSpec::new("other_id", FieldType::Id, "The other account.").required(),
    FieldSpec::new(
        "relation",
        FieldType::Enum(&[
            "supplies",
            "is_supplied_by",
            "distributes_for",
            "is_distributed_by",
            "buys_with",
            "advises",
            "competes_with",
            "other",
        ]),
        "What this account is or does to the other.",
    )
    .required(),
    FieldSpec::new("note", FieldType::Str { chars_max: 200 }, "What one should know about it."),
];

static FIELDS: [FieldSpec; 31] = [
    FieldSpec::new("name", FieldType::Str { chars_max: 200 }, "What the account is called.").required(),
    FieldSpec::new("external_id", FieldType::Str { chars_max: 100 }, "Its number in the system behind.")
        .write(Write::Founder),
    FieldSpec::new(
        "account_type",
        FieldType::Enum(&["customer", "prospect", "partner", "supplier", "stakeholder"]),
        "What it is to us.",
    ),
    FieldSpec::new("status", FieldType::Enum(&["active", "closed"]), "Whether it still trades with us.")
        .write(Write::Founder),
    FieldSpec::new("parent_id", FieldType::Id, "The account it belongs to, such as a chain.")
        .write(Write::Founder),
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
    // What it pays, what it may owe and what one may grant it is the office's from the first day: whoever grants does not write it.
    FieldSpec::new("currency", FieldType::Code { letters: 3 }, "ISO 4217 code in which it buys.")
        .write(Write::Founder),
    FieldSpec::new("segment", FieldType::Str { chars_max: 60 }, "Its class, such as A, B, C or a trade.")
        .write(Write::Office),
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
    FieldSpec::new(
        "loyalty_tier",
        FieldType::Str { chars_max: 60 },
        "Key of the loyalty tier that it has reached.",
    )
    .write(Write::Office)
    .since(2),
    FieldSpec::new("referred_by_id", FieldType::Id, "The account that referred it to us.").since(2),
    FieldSpec::new("referred_by_contact_id", FieldType::Id, "The contact who referred it to us.").since(2),
    FieldSpec::new(
        "source",
        FieldType::Enum(&[
            "referral",
            "visit",
            "inquiry",
            "campaign",
            "trade_fair",
            "existing_business",
            "other",
        ]),
        "How we came to know it.",
    )
    .since(2),
    FieldSpec::new("relations", FieldType::Items(&RELATION), "How it stands to other accounts.").since(2),
    FieldSpec::new("credit_hold", FieldType::Bool, "Whether it gets nothing more on credit for now.")
        .write(Write::Office)
        .since(2),
    FieldSpec::new(
        "owed_minor",
        FieldType::Int { min: 0, max: INT_MAX },
        "What it owes, in minor units of its currency, as the system behind last said.",
    )
    .write(Write::Office)
    .since(2),
];

/// The kind `account`.
pub static SPEC: KindSpec = KindSpec {
    name: "account",
    table: "accounts",
    version: 2,
    fill_order: 0,
    doc: "A customer, prospect, partner or supplier.",
    fields: &FIELDS,
    search: &["name", "external_id", "city", "postal_code", "phone", "email"],
    listing: Listing { subtitle: &["city", "region", "country"], at: &[], order: ListOrder::Title },
    roles: FIELD,
    derive: None,
};
