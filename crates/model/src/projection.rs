//! Content as JSON: as a row of the central record ([`project`]) and as what forms, the command line and the API speak
//! ([`to_json`], [`from_json`]).

mod parse;

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value as Json};

use crate::envelope::Envelope;
use crate::kind::{FieldSpec, FieldType};
use crate::rule::check_scalar;
use crate::value::{Fields, Value};

pub use parse::from_json;

/// A row of the central record.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The table it goes to.
    pub table: &'static str,
    /// Its columns, as for PostgreSQL's `jsonb_populate_record`.
    pub doc: Json,
}

/// The row of the central record that this record makes.
pub fn row(envelope: &Envelope, fields: &Fields) -> Row {
    Row { table: envelope.kind.spec().table, doc: project(envelope, fields) }
}

/// The columns of a record's row: `id`, `account_id`, `creator_id`, each field of the kind under its name, and what the
/// kind derives from them. Timestamps are RFC 3339 in UTC, texts strings, collections arrays of items with their `id`,
/// by `position` if they have one. A field that is absent, or holds what the rules do not allow, is null: no content
/// of a document can make the row unfit for its table.
pub fn project(envelope: &Envelope, fields: &Fields) -> Json {
    let spec = envelope.kind.spec();
    let mut columns = Map::new();
    columns.insert("id".into(), Json::from(envelope.id.to_string()));
    columns.insert("account_id".into(), Json::from(envelope.account.to_string()));
    columns.insert("creator_id".into(), Json::from(envelope.creator.to_string()));
    for field in spec.fields {
        columns.insert(field.name.into(), column(field, fields.get(field.name)));
    }
    if let Some(derive) = spec.derive {
        derive(fields, &mut columns);
    }
    Json::Object(columns)
}

/// Content as JSON, collections as objects by item key. The inverse of [`from_json`] for what this version knows.
pub fn to_json(fields: &Fields) -> Json {
    Json::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
}

/// A moment as RFC 3339 in UTC with milliseconds, if a calendar has it.
pub fn rfc3339(unix_ms: i64) -> Option<String> {
    let moment = DateTime::from_timestamp_millis(unix_ms)?;
    Some(moment.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(yes) => Json::from(*yes),
        Value::Int(number) => Json::from(*number),
        Value::Str(text) | Value::Text(text) | Value::Unknown(text) => Json::from(text.as_str()),
        Value::Timestamp(ms) => rfc3339(*ms).map_or_else(|| Json::from(*ms), Json::from),
        Value::Map(fields) => {
            // A collection or an item, so at most two levels deep by construction of `Fields`.
            to_json(fields)
        }
    }
}

fn column(field: &FieldSpec, value: Option<&Value>) -> Json {
    match (&field.ty, value) {
        (FieldType::Items(inner), Some(Value::Map(items))) => Json::Array(rows(inner, items)),
        (FieldType::Items(_), _) => Json::Array(Vec::new()),
        (FieldType::Text { .. }, Some(Value::Text(text))) => Json::from(text.replace('\0', "\u{FFFD}")),
        (FieldType::Text { .. }, _) => Json::Null,
        (_, Some(scalar)) if check_scalar(field, scalar, &[]).is_ok() => plain(scalar),
        _ => Json::Null,
    }
}

fn rows(inner: &[FieldSpec], items: &Fields) -> Vec<Json> {
    let mut items: Vec<(&String, &Fields)> = items
        .iter()
        .filter_map(|(key, item)| match item {
            Value::Map(item) if crate::rule::is_id(key) => Some((key, item)),
            _ => None,
        })
        .collect();
    items.sort_by_key(|(key, item)| (position(item), *key));
    items.into_iter().map(|(key, item)| item_row(inner, key, item)).collect()
}

fn item_row(inner: &[FieldSpec], key: &str, item: &Fields) -> Json {
    let mut columns = Map::new();
    columns.insert("id".into(), Json::from(key));
    for field in inner {
        columns.insert(field.name.into(), column(field, item.get(field.name)));
    }
    Json::Object(columns)
}

fn position(item: &Fields) -> i64 {
    match item.get("position") {
        Some(Value::Int(place)) => *place,
        _ => i64::MAX,
    }
}
