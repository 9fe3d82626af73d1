//! Run: a process carried out once, about a record: what was answered to its steps, which responses helped, which paths
//! were taken when it went awry. It keeps the version of the process that it began with.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::{INT_MAX, STR_CHARS_MAX, TEXT_CHARS_MAX};
use crate::permission::EVERYONE;

static ANSWER: [FieldSpec; 6] = [
    FieldSpec::new("step", FieldType::Str { chars_max: 61 }, "The step's key; of an awry path, path/step.")
        .required(),
    FieldSpec::new("state", FieldType::Enum(&["done", "failed", "skipped"]), "How it went.").required(),
    FieldSpec::new(
        "word",
        FieldType::Str { chars_max: STR_CHARS_MAX },
        "The word that was chosen, or the text.",
    ),
    FieldSpec::new("number", FieldType::Int { min: -INT_MAX, max: INT_MAX }, "The number that was answered."),
    FieldSpec::new("at", FieldType::Timestamp, "When, by the device's clock.").required(),
    FieldSpec::new("person_id", FieldType::Id, "Who answered."),
];

static USED: [FieldSpec; 3] = [
    FieldSpec::new("response", FieldType::Str { chars_max: 30 }, "The preferred response's key.").required(),
    FieldSpec::new("worked", FieldType::Enum(&["yes", "no", "unknown"]), "Whether it helped.").required(),
    FieldSpec::new("at", FieldType::Timestamp, "When it was used, by the device's clock."),
];

static AWRY: [FieldSpec; 4] = [
    FieldSpec::new("path", FieldType::Str { chars_max: 30 }, "The path's key.").required(),
    FieldSpec::new("at", FieldType::Timestamp, "When it was taken, by the device's clock.").required(),
    FieldSpec::new("resolved_at", FieldType::Timestamp, "When it was put right."),
    FieldSpec::new("person_id", FieldType::Id, "Who took it."),
];

static FIELDS: [FieldSpec; 11] = [
    FieldSpec::new("process", FieldType::Str { chars_max: 30 }, "The process's key.")
        .required()
        .write(Write::Once),
    FieldSpec::new("version", FieldType::Int { min: 1, max: 1_000_000 }, "The version it began with.")
        .required()
        .write(Write::Once),
    FieldSpec::new("subject_id", FieldType::Id, "The record that it is about.").required().write(Write::Once),
    FieldSpec::new("state", FieldType::Enum(&["running", "done", "abandoned"]), "How far it is.").required(),
    FieldSpec::new("started_at", FieldType::Timestamp, "When it began, by the device's clock.")
        .required()
        .write(Write::Once),
    FieldSpec::new("finished_at", FieldType::Timestamp, "When it was done or abandoned."),
    FieldSpec::new("rep_id", FieldType::Id, "The person who carries it out."),
    FieldSpec::new("answers", FieldType::Items(&ANSWER), "What was answered to its steps."),
    FieldSpec::new("responses", FieldType::Items(&USED), "Which preferred responses were used."),
    FieldSpec::new("awry", FieldType::Items(&AWRY), "Which paths were taken when it went awry."),
    FieldSpec::new(
        "notes",
        FieldType::Text { chars_max: TEXT_CHARS_MAX },
        "What one should know to go on with it.",
    ),
];

/// The kind `run`.
pub static SPEC: KindSpec = KindSpec {
    name: "run",
    table: "runs",
    version: 1,
    fill_order: 9,
    doc: "A process carried out once, about a record.",
    fields: &FIELDS,
    search: &["process", "notes"],
    listing: Listing { subtitle: &["state"], at: &["started_at"], order: ListOrder::Latest },
    roles: EVERYONE,
    derive: None,
};
