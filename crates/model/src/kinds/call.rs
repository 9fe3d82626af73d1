//! Call: a conversation with an account that took no journey: by telephone or video.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::FIELD;

static FIELDS: [FieldSpec; 11] = [
    FieldSpec::new("subject", FieldType::Str { chars_max: 200 }, "What it was about, in a line."),
    FieldSpec::new(
        "direction",
        FieldType::Enum(&["outgoing", "incoming"]),
        "Who called whom; outgoing is from us.",
    )
    .required(),
    FieldSpec::new("channel", FieldType::Enum(&["phone", "video"]), "By what."),
    FieldSpec::new("started_at", FieldType::Timestamp, "When it began, by the device's clock."),
    FieldSpec::new("minutes", FieldType::Int { min: 0, max: 1440 }, "How long it took, in minutes."),
    FieldSpec::new(
        "outcome",
        FieldType::Enum(&[
            "reached",
            "order",
            "quote",
            "follow_up",
            "no_interest",
            "not_reached",
            "message_left",
            "other",
        ]),
        "What came of it.",
    ),
    FieldSpec::new("contact_id", FieldType::Id, "The contact who was spoken to."),
    FieldSpec::new("rep_id", FieldType::Id, "The person who called or was called."),
    FieldSpec::new("next_step", FieldType::Str { chars_max: 200 }, "What was agreed to happen next."),
    FieldSpec::new("next_step_due", FieldType::Date, "The day by which the next step is to happen."),
    FieldSpec::new("notes", FieldType::Text { chars_max: TEXT_CHARS_MAX }, "What was said."),
];

/// The kind `call`.
pub static SPEC: KindSpec = KindSpec {
    name: "call",
    table: "calls",
    version: 1,
    fill_order: 7,
    doc: "A conversation with an account by telephone or video.",
    fields: &FIELDS,
    search: &["subject", "notes", "next_step"],
    listing: Listing {
        subtitle: &["direction", "outcome", "next_step"],
        at: &["started_at"],
        order: ListOrder::Latest,
    },
    roles: FIELD,
    derive: None,
};
