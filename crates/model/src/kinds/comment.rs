//! Comment: a remark about another record of the same account. Only its author (and the office) may change it.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::EVERYONE;

static FIELDS: [FieldSpec; 3] = [
    FieldSpec::new("subject_id", FieldType::Id, "The record that it is about.").required().write(Write::Once),
    FieldSpec::new("at", FieldType::Timestamp, "When it was written, by the device's clock.")
        .write(Write::Once),
    FieldSpec::new("body", FieldType::Text { chars_max: TEXT_CHARS_MAX }, "What is said.")
        .required()
        .write(Write::Creator),
];

/// The kind `comment`.
pub static SPEC: KindSpec = KindSpec {
    name: "comment",
    table: "comments",
    version: 1,
    fill_order: 5,
    doc: "A remark about another record.",
    fields: &FIELDS,
    search: &["body"],
    listing: Listing { subtitle: &[], at: &["at"], order: ListOrder::Latest },
    roles: EVERYONE,
    derive: None,
};
