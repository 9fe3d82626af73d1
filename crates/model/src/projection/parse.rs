//! Reading content from JSON, as a form, the command line or the API gives it.

use chrono::DateTime;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::kind::{FieldSpec, FieldType, KindSpec, lookup};
use crate::rule::{Violation, below, label, wrong_type};
use crate::value::{Fields, Value};

/// Content from JSON. Timestamps are RFC 3339 or milliseconds since 1970, collections objects by item key or arrays of
/// items with their `id`, UUIDs in any spelling; null clears. What the values may be is not judged here but by
/// [`crate::rule::check_fields`].
///
/// # Errors
/// `unknown_field`, `wrong_type` or `not_an_item_key`.
pub fn from_json(spec: &KindSpec, json: &Json) -> Result<Fields, Violation> {
    let Json::Object(object) = json else {
        return Err(Violation::new("wrong_type", &[], "Give the record as a JSON object of its fields."));
    };
    parse_fields(spec.fields, object, &[])
}

fn parse_fields(
    known: &[FieldSpec],
    object: &Map<String, Json>,
    path: &[String],
) -> Result<Fields, Violation> {
    object
        .iter()
        .map(|(name, json)| {
            let path = below(path, name);
            let field = lookup(known, name).ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|field| field.name).collect();
                let text = format!("There is no field called {name}; the fields are {}.", names.join(", "));
                Violation::new("unknown_field", &path, text)
            })?;
            Ok((name.clone(), parse_value(field, json, &path)?))
        })
        .collect()
}

fn parse_value(field: &FieldSpec, json: &Json, path: &[String]) -> Result<Value, Violation> {
    match (&field.ty, json) {
        (FieldType::Items(inner), _) => parse_items(field, inner, json, path),
        (_, Json::Null) => Ok(Value::Null),
        (FieldType::Text { .. }, Json::String(text)) => Ok(Value::Text(text.clone())),
        (FieldType::Id, Json::String(text)) => Ok(Value::Str(id(text))),
        (FieldType::Timestamp, Json::String(text)) => moment(field, text, path),
        (FieldType::Timestamp, Json::Number(ms)) => {
            ms.as_i64().map(Value::Timestamp).ok_or_else(|| wrong_type(field, path))
        }
        (FieldType::Int { .. }, Json::Number(number)) => {
            number.as_i64().map(Value::Int).ok_or_else(|| wrong_type(field, path))
        }
        (FieldType::Bool, Json::Bool(yes)) => Ok(Value::Bool(*yes)),
        (
            FieldType::Str { .. } | FieldType::Enum(_) | FieldType::Code { .. } | FieldType::Date,
            Json::String(text),
        ) => Ok(Value::Str(text.clone())),
        _ => Err(wrong_type(field, path)),
    }
}

fn parse_items(
    field: &FieldSpec,
    inner: &[FieldSpec],
    json: &Json,
    path: &[String],
) -> Result<Value, Violation> {
    let mut items = Fields::new();
    match json {
        Json::Null => {}
        Json::Object(object) => {
            for (key, item) in object {
                add_item(field, inner, &mut items, key, item.as_object().cloned(), path)?;
            }
        }
        Json::Array(array) => {
            for item in array {
                let mut item = item.as_object().cloned();
                let key = item.as_mut().and_then(|item| item.remove("id"));
                let Some(Json::String(key)) = key else {
                    let text = format!("Each item of {} needs its id, a UUID.", label(field.name));
                    return Err(Violation::new("not_an_item_key", path, text));
                };
                add_item(field, inner, &mut items, &key, item, path)?;
            }
        }
        _ => return Err(wrong_type(field, path)),
    }
    Ok(Value::Map(items))
}

fn add_item(
    field: &FieldSpec,
    inner: &[FieldSpec],
    items: &mut Fields,
    key: &str,
    item: Option<Map<String, Json>>,
    path: &[String],
) -> Result<(), Violation> {
    let path = below(path, key);
    let item = parse_fields(inner, &item.ok_or_else(|| wrong_type(field, &path))?, &path)?;
    if items.insert(id(key), Value::Map(item)).is_some() {
        let text = format!("{} has two items with the id {key}; each needs its own.", label(field.name));
        return Err(Violation::new("not_an_item_key", &path, text));
    }
    Ok(())
}

fn id(text: &str) -> String {
    Uuid::try_parse(text).map_or_else(|_| text.to_owned(), |id| id.as_hyphenated().to_string())
}

fn moment(field: &FieldSpec, text: &str, path: &[String]) -> Result<Value, Violation> {
    DateTime::parse_from_rfc3339(text).map(|moment| Value::Timestamp(moment.timestamp_millis())).map_err(
        |_| {
            let text = format!("{} must be a moment such as 2026-11-22T09:30:00Z.", label(field.name));
            Violation::new("wrong_type", path, text)
        },
    )
}
