//! Case: a complaint, a return or a request for service: its cause, what remedies it, whose it is and by when.

use super::MINOR_MAX;
use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::EVERYONE;

static LINE: [FieldSpec; 5] = [
    FieldSpec::new("order_id", FieldType::Id, "The order that it came with."),
    FieldSpec::new("line_id", FieldType::Id, "The line of that order."),
    FieldSpec::new("sku", FieldType::Str { chars_max: 100 }, "Key of the product.").required(),
    FieldSpec::new(
        "quantity",
        FieldType::Int { min: 1, max: 1_000_000 },
        "How many sales units it is about.",
    )
    .required(),
    FieldSpec::new("reason", FieldType::Str { chars_max: 200 }, "What is wrong with it."),
];

static FIELDS: [FieldSpec; 18] = [
    FieldSpec::new("subject", FieldType::Str { chars_max: 200 }, "What it is about, in a line.").required(),
    FieldSpec::new("case_type", FieldType::Enum(&["complaint", "return", "service_request"]), "What it is.")
        .required(),
    FieldSpec::new(
        "state",
        FieldType::Enum(&["open", "in_progress", "waiting", "resolved", "closed"]),
        "How it stands.",
    )
    .required(),
    FieldSpec::new("priority", FieldType::Enum(&["low", "normal", "high"]), "How urgent it is."),
    FieldSpec::new("opened_at", FieldType::Timestamp, "When the customer came with it."),
    FieldSpec::new("due", FieldType::Date, "The day by which it is to be resolved."),
    FieldSpec::new("resolved_at", FieldType::Timestamp, "When it was resolved."),
    FieldSpec::new(
        "cause",
        FieldType::Enum(&[
            "damaged",
            "defective",
            "wrong_item",
            "missing",
            "late",
            "price",
            "invoice",
            "conduct",
            "misuse",
            "other",
        ]),
        "What brought it about.",
    ),
    FieldSpec::new(
        "remedy",
        FieldType::Enum(&["replacement", "repair", "credit", "refund", "information", "apology", "none"]),
        "What puts it right.",
    ),
    FieldSpec::new(
        "goodwill_minor",
        FieldType::Int { min: 0, max: MINOR_MAX },
        "What was given as goodwill, in minor units of its currency.",
    ),
    FieldSpec::new("currency", FieldType::Code { letters: 3 }, "ISO 4217 code of its amounts."),
    FieldSpec::new("contact_id", FieldType::Id, "The contact who came with it."),
    FieldSpec::new("owner_id", FieldType::Id, "The person who sees it through."),
    FieldSpec::new("department_id", FieldType::Id, "The department that works on it."),
    FieldSpec::new("order_id", FieldType::Id, "The order that it is about."),
    FieldSpec::new("lines", FieldType::Items(&LINE), "The order lines that it is about."),
    FieldSpec::new("description", FieldType::Text { chars_max: TEXT_CHARS_MAX }, "What happened."),
    FieldSpec::new("resolution", FieldType::Text { chars_max: TEXT_CHARS_MAX }, "What was done about it."),
];

/// The kind `case`.
pub static SPEC: KindSpec = KindSpec {
    name: "case",
    table: "cases",
    version: 1,
    fill_order: 8,
    doc: "A complaint, a return or a request for service.",
    fields: &FIELDS,
    search: &["subject", "description", "resolution"],
    listing: Listing {
        subtitle: &["case_type", "cause", "due"],
        at: &["due", "opened_at"],
        order: ListOrder::Earliest,
    },
    roles: EVERYONE,
    derive: None,
};
