//! Task: something to do for an account, by someone, by some day. Managers may write tasks too.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::EVERYONE;

static FIELDS: [FieldSpec; 11] = [
    FieldSpec::new("subject", FieldType::Str { chars_max: 200 }, "What is to be done.").required(),
    FieldSpec::new("state", FieldType::Enum(&["open", "done", "cancelled"]), "How it stands.").required(),
    FieldSpec::new("due", FieldType::Date, "The day by which it is to be done."),
    FieldSpec::new("priority", FieldType::Enum(&["low", "normal", "high"]), "How urgent it is."),
    FieldSpec::new("assignee_id", FieldType::Id, "The person who is to do it."),
    FieldSpec::new("done_at", FieldType::Timestamp, "When it was done or cancelled."),
    FieldSpec::new("notes", FieldType::Text { chars_max: TEXT_CHARS_MAX }, "What one should know to do it."),
    FieldSpec::new("department_id", FieldType::Id, "The department in whose queue it is.").since(2),
    FieldSpec::new("subject_id", FieldType::Id, "The record that it is about.").since(3),
    FieldSpec::new(
        "task_type",
        FieldType::Enum(&["to_do", "call_back", "coaching", "hand_off", "approval"]),
        "What sort of task it is; coaching is for a rep, from the manager.",
    )
    .since(3),
    FieldSpec::new(
        "due_at",
        FieldType::Timestamp,
        "The moment by which it is to be done, where a day is too coarse.",
    )
    .since(3),
];

/// The kind `task`.
pub static SPEC: KindSpec = KindSpec {
    name: "task",
    table: "tasks",
    version: 3,
    fill_order: 2,
    doc: "Something to do for an account.",
    fields: &FIELDS,
    search: &["subject"],
    listing: Listing { subtitle: &["due", "priority"], at: &["due"], order: ListOrder::Earliest },
    roles: EVERYONE,
    derive: None,
};
