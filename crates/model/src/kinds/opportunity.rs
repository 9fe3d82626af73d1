//! Opportunity: a sale that may come about: how far it is, what it may bring and by when, and why it was won or lost.

use super::MINOR_MAX;
use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::FIELD;

static FIELDS: [FieldSpec; 17] = [
    FieldSpec::new("subject", FieldType::Str { chars_max: 200 }, "What may be sold, in a line.").required(),
    FieldSpec::new(
        "stage",
        FieldType::Enum(&["identified", "qualified", "proposed", "negotiation", "won", "lost"]),
        "How far it is.",
    )
    .required(),
    FieldSpec::new(
        "amount_minor",
        FieldType::Int { min: 0, max: MINOR_MAX },
        "What it may bring, in minor units of its currency.",
    ),
    FieldSpec::new("currency", FieldType::Code { letters: 3 }, "ISO 4217 code of its amount."),
    FieldSpec::new(
        "probability_bp",
        FieldType::Int { min: 0, max: 10_000 },
        "How likely it is, in basis points.",
    ),
    FieldSpec::new("expected_close", FieldType::Date, "The day by which it is expected to be decided."),
    FieldSpec::new(
        "source",
        FieldType::Enum(&[
            "visit",
            "referral",
            "inquiry",
            "campaign",
            "tender",
            "existing_business",
            "other",
        ]),
        "How it came about.",
    ),
    FieldSpec::new("referred_by_id", FieldType::Id, "The account that brought it about by a referral."),
    FieldSpec::new("contact_id", FieldType::Id, "The contact who decides."),
    FieldSpec::new("owner_id", FieldType::Id, "The person who pursues it."),
    FieldSpec::new("order_id", FieldType::Id, "The quote or order that it led to."),
    FieldSpec::new("competitor", FieldType::Str { chars_max: 200 }, "Who else offers."),
    FieldSpec::new("closed_at", FieldType::Timestamp, "When it was won or lost."),
    FieldSpec::new(
        "close_reason",
        FieldType::Enum(&[
            "price",
            "product",
            "service",
            "delivery",
            "relationship",
            "no_budget",
            "no_decision",
            "competitor",
            "other",
        ]),
        "Why it was won or lost.",
    ),
    FieldSpec::new("next_step", FieldType::Str { chars_max: 200 }, "What was agreed to happen next."),
    FieldSpec::new("next_step_due", FieldType::Date, "The day by which the next step is to happen."),
    FieldSpec::new(
        "notes",
        FieldType::Text { chars_max: TEXT_CHARS_MAX },
        "What one should know to pursue it.",
    ),
];

/// The kind `opportunity`.
pub static SPEC: KindSpec = KindSpec {
    name: "opportunity",
    table: "opportunities",
    version: 1,
    fill_order: 6,
    doc: "A sale that may come about.",
    fields: &FIELDS,
    search: &["subject", "competitor", "next_step", "notes"],
    listing: Listing {
        subtitle: &["stage", "expected_close"],
        at: &["expected_close"],
        order: ListOrder::Earliest,
    },
    roles: FIELD,
    derive: None,
};
