//! A document's content as plain values: what forms, JSON, SQL and tests speak, without Automerge's types.

use std::collections::BTreeMap;

/// Content of a map, by field name (or by item key, for a collection).
pub type Fields = BTreeMap<String, Value>;

/// Names from the root to a field: `["lines", "<uuid>", "quantity"]`. Never longer than [`crate::limits::DEPTH`].
pub type Path = Vec<String>;

/// One value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Cleared. A field that was never set is absent instead.
    Null,
    /// True or false.
    Bool(bool),
    /// Whole number: counts, basis points, money in minor units.
    Int(i64),
    /// Scalar string: ids, enum words, names, dates as `YYYY-MM-DD`.
    Str(String),
    /// Collaborative text, edited by splice.
    Text(String),
    /// Milliseconds since 1970, UTC.
    Timestamp(i64),
    /// A collection or one of its items.
    Map(Fields),
    /// A value that no rule of this version knows (kept, shown as text, never written by this version).
    Unknown(String),
}

/// One step of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Sets a scalar, creates a text, or creates an item with its fields.
    Put {
        /// Where.
        path: Path,
        /// What. `Value::Map` only for an item of a collection.
        value: Value,
    },
    /// Removes an item of a collection.
    Delete {
        /// The item.
        path: Path,
    },
    /// Replaces `delete` characters (Unicode code points) of a text from `at` by `insert`.
    Splice {
        /// The text.
        path: Path,
        /// First character, from 0.
        at: usize,
        /// How many characters go.
        delete: usize,
        /// What comes in their place.
        insert: String,
    },
}

impl Value {
    /// The items of a collection, or the fields of an item; nothing for any other value.
    pub fn entries(value: Option<&Self>) -> &Fields {
        static NONE: Fields = Fields::new();
        match value {
            Some(Self::Map(entries)) => entries,
            _ => &NONE,
        }
    }
}

/// The words of a field, if it holds a string.
pub fn str_of<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    match fields.get(name) {
        Some(Value::Str(text)) => Some(text),
        _ => None,
    }
}

/// The number of a field, if it holds one.
pub fn int_of(fields: &Fields, name: &str) -> Option<i64> {
    match fields.get(name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// The moment of a field in milliseconds since 1970, if it holds one.
pub fn moment_of(fields: &Fields, name: &str) -> Option<i64> {
    match fields.get(name) {
        Some(Value::Timestamp(ms)) => Some(*ms),
        _ => None,
    }
}
