//! The rules on one field's value.

use chrono::{Datelike, NaiveDate};

use super::{Violation, below, is_id, label, not_an_item_key};
use crate::kind::{FieldSpec, FieldType};
use crate::limits::ITEMS_MAX;
use crate::value::{Fields, Value};

/// The first and the last moment a timestamp may hold: the years 1970 to 9999, which every database and language reads.
pub(crate) const TIMESTAMP_MS: std::ops::RangeInclusive<i64> = 0..=253_402_300_799_999;
/// The years a date may lie in.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// How much of a value is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it.
    Full,
    /// All but what a merge of honest work may break: lengths of texts, counts of items.
    Merged,
}

/// Every rule that this value of this field (`None`: absent) does not keep.
pub(crate) fn field_violations(
    field: &FieldSpec,
    value: Option<&Value>,
    path: &[String],
    depth: Depth,
) -> Vec<Violation> {
    match (&field.ty, value) {
        (_, None) => missing(field, path).into_iter().collect(),
        // Rule of tolerance: what this version does not understand stays, and is nobody's fault here.
        (_, Some(Value::Unknown(_))) => Vec::new(),
        (FieldType::Items(inner), Some(Value::Map(items))) => {
            items_violations(field, inner, items, path, depth)
        }
        (FieldType::Text { chars_max }, Some(Value::Text(text))) => {
            check_text(field, text, *chars_max, path, depth).err().into_iter().collect()
        }
        (_, Some(scalar)) => check_scalar(field, scalar, path).err().into_iter().collect(),
    }
}

fn items_violations(
    field: &FieldSpec,
    inner: &[FieldSpec],
    items: &Fields,
    path: &[String],
    depth: Depth,
) -> Vec<Violation> {
    let mut found = Vec::new();
    if depth == Depth::Full && items.len() > ITEMS_MAX {
        let text = format!("{} can hold {ITEMS_MAX} items; {} are too many.", label(field.name), items.len());
        found.push(Violation::new("too_many_items", path, text));
    }
    for (key, item) in items {
        let path = below(path, key);
        match item {
            _ if !is_id(key) => found.push(not_an_item_key(field.name, key, &path)),
            Value::Map(item) => found.extend(inner.iter().flat_map(|field| {
                field_violations(field, item.get(field.name), &below(&path, field.name), depth)
            })),
            Value::Unknown(_) => {}
            _ => found.push(wrong_type(field, &path)),
        }
    }
    found
}

fn check_text(
    field: &FieldSpec,
    text: &str,
    chars_max: usize,
    path: &[String],
    depth: Depth,
) -> Result<(), Violation> {
    characters(text, path)?;
    if depth == Depth::Merged {
        return Ok(());
    }
    if field.required && text.trim().is_empty() {
        return missing(field, path).map_or(Ok(()), Err);
    }
    length(field, text, chars_max, path)
}

/// Whether this scalar may stand in this field.
pub(crate) fn check_scalar(field: &FieldSpec, value: &Value, path: &[String]) -> Result<(), Violation> {
    let choice = |text: String| Err(Violation::new("not_a_choice", path, text));
    match (&field.ty, value) {
        (FieldType::Text { .. } | FieldType::Items(_), _) => Err(wrong_type(field, path)),
        (_, Value::Null) => missing(field, path).map_or(Ok(()), Err),
        (FieldType::Str { chars_max }, Value::Str(text)) => {
            characters(text, path)?;
            if field.required && text.trim().is_empty() {
                return missing(field, path).map_or(Ok(()), Err);
            }
            length(field, text, *chars_max, path)
        }
        (FieldType::Enum(words), Value::Str(word)) if words.contains(&word.as_str()) => Ok(()),
        (FieldType::Enum(words), Value::Str(word)) => choice(format!(
            "{} cannot be “{}”; choose one of {}.",
            label(field.name),
            short(word),
            words.join(", ")
        )),
        (FieldType::Code { letters }, Value::Str(code)) if is_code(code, *letters) => Ok(()),
        (FieldType::Code { letters }, Value::Str(_)) => {
            choice(format!("{} must be {letters} capital letters, such as EUR.", label(field.name)))
        }
        (FieldType::Id, Value::Str(id)) if is_id(id) => Ok(()),
        (FieldType::Id, Value::Str(_)) => choice(format!("{} must be a lower-case UUID.", label(field.name))),
        (FieldType::Date, Value::Str(day)) => check_date(field, day, path),
        (FieldType::Int { min, max }, Value::Int(number)) => within(field, *number, *min, *max, path),
        (FieldType::Timestamp, Value::Timestamp(ms)) if TIMESTAMP_MS.contains(ms) => Ok(()),
        (FieldType::Timestamp, Value::Timestamp(_)) => {
            let text =
                format!("{} must lie between 1970 and 9999; check the device's clock.", label(field.name));
            Err(Violation::new("out_of_range", path, text))
        }
        (FieldType::Bool, Value::Bool(_)) => Ok(()),
        _ => Err(wrong_type(field, path)),
    }
}

/// Refuses the one character that PostgreSQL cannot hold.
pub(crate) fn characters(text: &str, path: &[String]) -> Result<(), Violation> {
    if text.contains('\0') {
        return Err(Violation::new(
            "bad_character",
            path,
            "A text cannot hold the character U+0000; remove it.",
        ));
    }
    Ok(())
}

/// The violation of a value of another type than the field's.
pub(crate) fn wrong_type(field: &FieldSpec, path: &[String]) -> Violation {
    Violation::new("wrong_type", path, format!("{} must be {}.", label(field.name), wanted(&field.ty)))
}

fn wanted(ty: &FieldType) -> &'static str {
    match ty {
        FieldType::Str { .. } => "a scalar string",
        FieldType::Text { .. } => "a collaborative text, edited by splices",
        FieldType::Enum(_) => "a scalar string, one of its words",
        FieldType::Code { .. } => "a scalar string of capital letters",
        FieldType::Id => "a scalar string holding a UUID",
        FieldType::Date => "a scalar string holding a date as YYYY-MM-DD",
        FieldType::Int { .. } => "a whole number stored as an integer",
        FieldType::Bool => "true or false",
        FieldType::Timestamp => "a timestamp",
        FieldType::Items(_) => "a collection of items under UUIDs",
    }
}

fn missing(field: &FieldSpec, path: &[String]) -> Option<Violation> {
    field
        .required
        .then(|| Violation::new("required", path, format!("{} is needed; fill it in.", label(field.name))))
}

fn length(field: &FieldSpec, text: &str, chars_max: usize, path: &[String]) -> Result<(), Violation> {
    let chars = text.chars().count();
    if chars <= chars_max {
        return Ok(());
    }
    let over = chars - chars_max;
    let text = format!("{} can hold {chars_max} characters; shorten it by {over}.", label(field.name));
    Err(Violation::new("too_long", path, text))
}

fn within(field: &FieldSpec, number: i64, min: i64, max: i64, path: &[String]) -> Result<(), Violation> {
    if (min..=max).contains(&number) {
        return Ok(());
    }
    let text = format!("{} must be between {min} and {max}, not {number}.", label(field.name));
    Err(Violation::new("out_of_range", path, text))
}

fn check_date(field: &FieldSpec, day: &str, path: &[String]) -> Result<(), Violation> {
    if is_date(day) {
        return Ok(());
    }
    let text = format!("{} must be a day from 1900 on as YYYY-MM-DD, such as 2026-11-22.", label(field.name));
    Err(Violation::new("not_a_choice", path, text))
}

fn is_date(day: &str) -> bool {
    // chrono also reads `2026-1-2` and `+2026-01-02`: only the one spelling counts.
    day.len() == 10
        && NaiveDate::parse_from_str(day, "%Y-%m-%d")
            .is_ok_and(|date| YEARS.contains(&date.year()) && date.format("%Y-%m-%d").to_string() == day)
}

fn is_code(code: &str, letters: usize) -> bool {
    code.len() == letters && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn short(word: &str) -> String {
    word.chars().take(40).collect()
}
