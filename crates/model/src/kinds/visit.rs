//! Visit: planned, then made: checked in and checked out at the account.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::FIELD;

static ATTENDEE: [FieldSpec; 2] = [
    FieldSpec::new("contact_id", FieldType::Id, "The contact, if the person is one."),
    FieldSpec::new("name", FieldType::Str { chars_max: 200 }, "Who it was.").required(),
];

static FIELDS: [FieldSpec; 15] = [
    FieldSpec::new("state", FieldType::Enum(&["planned", "checked_in", "checked_out"]), "How far it is.")
        .required(),
    FieldSpec::new("subject", FieldType::Str { chars_max: 200 }, "What it is about, in a line."),
    FieldSpec::new(
        "purpose",
        FieldType::Enum(&["introduction", "sales", "order", "service", "delivery", "payment", "other"]),
        "Why the rep goes there.",
    ),
    FieldSpec::new("planned_start", FieldType::Timestamp, "When it is planned to begin."),
    FieldSpec::new(
        "planned_minutes",
        FieldType::Int { min: 1, max: 1440 },
        "How long it is planned to take, in minutes.",
    ),
    FieldSpec::new("checked_in_at", FieldType::Timestamp, "When the rep arrived, by the device's clock."),
    FieldSpec::new("checked_out_at", FieldType::Timestamp, "When the rep left, by the device's clock."),
    FieldSpec::new(
        "outcome",
        FieldType::Enum(&["order", "quote", "follow_up", "no_decision", "no_interest", "not_met", "other"]),
        "What came of it.",
    ),
    FieldSpec::new("contact_id", FieldType::Id, "The contact who was met."),
    FieldSpec::new("rep_id", FieldType::Id, "The person who makes the visit."),
    FieldSpec::new("next_step", FieldType::Str { chars_max: 200 }, "What was agreed to happen next."),
    FieldSpec::new("next_step_due", FieldType::Date, "The day by which the next step is to happen."),
    FieldSpec::new("notes", FieldType::Text { chars_max: TEXT_CHARS_MAX }, "What was seen and said."),
    FieldSpec::new("place", FieldType::Enum(&["on_site", "elsewhere", "online"]), "Where one met.").since(2),
    FieldSpec::new("attendees", FieldType::Items(&ATTENDEE), "Who else took part.").since(2),
];

/// The kind `visit`.
pub static SPEC: KindSpec = KindSpec {
    name: "visit",
    table: "visits",
    version: 2,
    fill_order: 3,
    doc: "A planned or made visit at an account.",
    fields: &FIELDS,
    search: &["subject", "notes", "next_step"],
    listing: Listing {
        subtitle: &["purpose", "outcome", "next_step"],
        at: &["checked_in_at", "planned_start"],
        order: ListOrder::Latest,
    },
    roles: FIELD,
    derive: None,
};
