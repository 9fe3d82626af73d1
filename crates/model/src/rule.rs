//! The rules on content, checked on the device before "saved" and again by the gate.
//!
//! [`check_act`] judges one step on one path, as decoded from a change, before anything is applied. [`check_fields`]
//! judges a whole record that one writer made; [`check_merged`] judges it after a merge. Every rule is about one field
//! alone, so that merging two records that keep the rules makes one that keeps them: only lengths and counts can grow
//! by a merge, and those [`check_merged`] leaves out.

mod field;

use serde::Serialize;
use uuid::Uuid;

use crate::kind::{FieldSpec, FieldType, KindSpec, Write, lookup};
use crate::limits::DEPTH;
pub use crate::permission::Writer;
use crate::permission::{Role, may_write};
use crate::value::{Edit, Fields, Value};

pub(crate) use field::{Depth, TIMESTAMP_MS, YEARS, check_scalar, field_violations, wrong_type};

/// A rule that is not kept, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{text}")]
pub struct Violation {
    /// Stable word for programs: `too_long`.
    pub code: &'static str,
    /// Where, from the record's root.
    pub path: Vec<String>,
    /// For people: what is wrong and what to do.
    pub text: String,
}

impl Violation {
    /// A violation of the rule `code` at `path`.
    pub fn new(code: &'static str, path: &[String], text: impl Into<String>) -> Self {
        Self { code, path: path.to_vec(), text: text.into() }
    }
}

/// One step of a change at one path.
#[derive(Debug)]
pub enum Act<'a> {
    /// Sets a scalar. A scalar that no field may hold (unsigned, float, bytes, counter) comes as [`Value::Unknown`].
    PutScalar(&'a Value),
    /// Makes a collaborative text.
    MakeText,
    /// Makes a map: a collection, or an item of one.
    MakeMap,
    /// Inserts into or deletes from the text at the path.
    SpliceText,
    /// Removes what is at the path.
    Delete,
    /// Anything else that Automerge can do, by name: lists, tables, marks, increments.
    Other(&'a str),
}

/// What a path leads to.
enum Place<'a> {
    Field(&'a FieldSpec),
    Item(&'a FieldSpec),
    ItemField(&'a FieldSpec, &'a FieldSpec),
}

/// Whether this writer may take this step on a record of this kind.
///
/// A path into an item that the same change makes is judged like any other: its fields carry no [`crate::kind::Write::Once`].
///
/// # Errors
/// The first rule that is not kept: `unknown_field`, `too_deep`, `not_an_item_key`, `wrong_type`, `required`, a rule on
/// the value (`too_long`, `out_of_range`, `not_a_choice`, `bad_character`), `made_at_creation`, `not_an_item`,
/// `unsupported_act` or `not_permitted`.
pub fn check_act(spec: &KindSpec, writer: &Writer, path: &[String], act: &Act<'_>) -> Result<(), Violation> {
    let place = locate(spec, path)?;
    check_shape(&place, writer.creating, path, act)?;
    check_right(spec, writer, &place, path)
}

/// Whether a step leaves what a collection that only grows ([`Write::Added`]) holds as it is. `is_new` says that the item
/// which the path leads to, or into, is made by the same change and was not there before.
///
/// # Errors
/// `not_permitted`.
pub fn check_added(spec: &KindSpec, path: &[String], act: &Act<'_>, is_new: bool) -> Result<(), Violation> {
    let only_grows =
        path.first().and_then(|name| spec.field(name)).is_some_and(|field| field.write == Write::Added);
    if !only_grows || path.len() < 2 || (is_new && !matches!(act, Act::Delete)) {
        return Ok(());
    }
    let name = label(path.first().map_or("", String::as_str));
    let text = format!("{name} are added, never changed or removed; add one that says what holds now.");
    Err(Violation::new("not_permitted", path, text))
}

/// Whether this writer may make this edit of a record that says this: the device and the API ask before they edit.
///
/// # Errors
/// As [`check_act`] and [`check_added`].
pub fn check_edit(spec: &KindSpec, writer: &Writer, before: &Fields, edit: &Edit) -> Result<(), Violation> {
    let (Edit::Put { path, .. } | Edit::Delete { path } | Edit::Splice { path, .. }) = edit;
    let item = match path.as_slice() {
        [name, key, ..] => Value::entries(before.get(name)).get(key),
        _ => None,
    };
    let says_the_same = match (edit, item) {
        (Edit::Put { value: Value::Map(said), .. }, Some(item)) if path.len() == 2 => {
            let there = Value::entries(Some(item));
            said.iter().all(|(name, value)| there.get(name) == Some(value))
        }
        _ => false,
    };
    let act = if matches!(edit, Edit::Delete { .. }) { Act::Delete } else { Act::MakeMap };
    check_added(spec, path, &act, item.is_none() || says_the_same)?;
    match edit {
        Edit::Put { path, value: Value::Map(item) } => {
            check_act(spec, writer, path, &Act::MakeMap)?;
            item.iter().try_for_each(|(name, value)| check_put(spec, writer, &below(path, name), value))
        }
        Edit::Put { path, value } => check_put(spec, writer, path, value),
        Edit::Delete { path } => check_act(spec, writer, path, &Act::Delete),
        Edit::Splice { path, insert, .. } => {
            field::characters(insert, path)?;
            check_act(spec, writer, path, &Act::SpliceText)
        }
    }
}

fn check_put(spec: &KindSpec, writer: &Writer, path: &[String], value: &Value) -> Result<(), Violation> {
    let is_text = match locate(spec, path)? {
        Place::Field(field) | Place::ItemField(_, field) => field.is_text(),
        Place::Item(_) => false,
    };
    match value {
        Value::Text(_) => check_act(spec, writer, path, &Act::SpliceText),
        Value::Null if is_text => check_act(spec, writer, path, &Act::SpliceText),
        scalar => check_act(spec, writer, path, &Act::PutScalar(scalar)),
    }
}

/// Whether a record that one writer made keeps every rule. What no rule of this version knows is let be.
///
/// # Errors
/// The first rule that is not kept, in the order of the kind's fields.
pub fn check_fields(spec: &KindSpec, fields: &Fields) -> Result<(), Violation> {
    first(violations(spec, fields))
}

/// Every rule that a record does not keep, in the order of the kind's fields: for forms.
pub fn violations(spec: &KindSpec, fields: &Fields) -> Vec<Violation> {
    every(spec, fields, Depth::Full)
}

/// Whether a record keeps every rule after a merge: lengths and counts are let be, since two honest writers may exceed
/// them together; but each text and collection of the kind's first version must be there, since nobody may make it
/// later.
///
/// # Errors
/// The first rule that is not kept, in the order of the kind's fields; `made_at_creation` for a missing text or
/// collection.
pub fn check_merged(spec: &KindSpec, fields: &Fields) -> Result<(), Violation> {
    for field in spec.fields.iter().filter(|field| is_made_at_creation(field)) {
        if !matches!(fields.get(field.name), Some(Value::Text(_) | Value::Map(_))) {
            return Err(made_at_creation(field, &[field.name.to_owned()]));
        }
    }
    first(every(spec, fields, Depth::Merged))
}

fn every(spec: &KindSpec, fields: &Fields, depth: Depth) -> Vec<Violation> {
    spec.fields
        .iter()
        .flat_map(|field| field_violations(field, fields.get(field.name), &[field.name.to_owned()], depth))
        .collect()
}

fn first(violations: Vec<Violation>) -> Result<(), Violation> {
    violations.into_iter().next().map_or(Ok(()), Err)
}

fn locate<'a>(spec: &'a KindSpec, path: &[String]) -> Result<Place<'a>, Violation> {
    let unknown = |name: &str| unknown_field(spec.name, name, path);
    if path.len() > DEPTH {
        return Err(Violation::new("too_deep", path, "Nothing lies deeper than a field of an item."));
    }
    let Some((name, rest)) = path.split_first() else { return Err(unknown("")) };
    let field = spec.field(name).ok_or_else(|| unknown(name))?;
    let Some((key, rest)) = rest.split_first() else { return Ok(Place::Field(field)) };
    let Some(items) = field.items() else {
        let text = format!("{} holds one value, nothing below it.", label(field.name));
        return Err(Violation::new("too_deep", path, text));
    };
    if !is_id(key) {
        return Err(not_an_item_key(field.name, key, path));
    }
    let Some(name) = rest.first() else { return Ok(Place::Item(field)) };
    let inner = lookup(items, name).ok_or_else(|| unknown(name))?;
    Ok(Place::ItemField(field, inner))
}

fn check_shape(place: &Place<'_>, creating: bool, path: &[String], act: &Act<'_>) -> Result<(), Violation> {
    match (place, act) {
        (_, Act::Other(name)) => {
            let text = format!("No field is written by {name}; set the value or splice the text.");
            Err(Violation::new("unsupported_act", path, text))
        }
        (Place::Item(_), Act::MakeMap | Act::Delete) => Ok(()),
        (Place::Field(field) | Place::ItemField(_, field), Act::Delete) => {
            let text =
                format!("Only an item can be removed; to clear {}, set it to null.", label(field.name));
            Err(Violation::new("not_an_item", path, text))
        }
        (Place::Field(field) | Place::ItemField(_, field), Act::PutScalar(value)) => {
            field::check_scalar(field, value, path)
        }
        (Place::Field(field), Act::MakeText) if field.is_text() => check_making(field, creating, path),
        (Place::Field(field), Act::MakeMap) if field.items().is_some() => check_making(field, creating, path),
        (Place::ItemField(_, field), Act::MakeText) if field.is_text() => Ok(()),
        (Place::Field(field) | Place::ItemField(_, field), Act::SpliceText) if field.is_text() => Ok(()),
        (Place::Field(field) | Place::ItemField(_, field) | Place::Item(field), _) => {
            Err(field::wrong_type(field, path))
        }
    }
}

/// Two texts or collections made apart under one name would hide each other, so they are made with the record.
fn check_making(field: &FieldSpec, creating: bool, path: &[String]) -> Result<(), Violation> {
    if creating || !is_made_at_creation(field) { Ok(()) } else { Err(made_at_creation(field, path)) }
}

pub(crate) fn is_made_at_creation(field: &FieldSpec) -> bool {
    field.since == 1 && matches!(field.ty, FieldType::Text { .. } | FieldType::Items(_))
}

fn made_at_creation(field: &FieldSpec, path: &[String]) -> Violation {
    let text = format!(
        "{} is made in the record's first change, and only there; edit what is in it.",
        label(field.name)
    );
    Violation::new("made_at_creation", path, text)
}

fn check_right(
    spec: &KindSpec,
    writer: &Writer,
    place: &Place<'_>,
    path: &[String],
) -> Result<(), Violation> {
    let (outer, inner) = match place {
        Place::Field(field) | Place::Item(field) => (*field, *field),
        Place::ItemField(outer, inner) => (*outer, *inner),
    };
    if may_write(writer, spec, outer) && may_write(writer, spec, inner) {
        return Ok(());
    }
    let text = if spec.roles.contains(&writer.role) {
        format!("{} may not be changed by you; ask the office.", label(inner.name))
    } else {
        format!("A {} may not write records of kind {}; leave a comment or a task.", writer.role, spec.name)
    };
    Err(Violation::new("not_permitted", path, text))
}

/// That a person of this role founds a record with these fields: what is the office's, nobody else says as it is made.
pub fn check_founding(spec: &KindSpec, role: Role, fields: &Fields) -> Result<(), Violation> {
    let writer = Writer { role, is_creator: true, creating: true };
    let said =
        spec.fields.iter().filter(|field| fields.get(field.name).is_some_and(|value| *value != Value::Null));
    for field in said {
        check_right(spec, &writer, &Place::Field(field), &[field.name.to_owned()])?;
    }
    Ok(())
}

/// The violation of naming a field that this version does not have; `owner` is the kind or the collection.
pub(crate) fn unknown_field(owner: &str, name: &str, path: &[String]) -> Violation {
    let text = format!("{} has no field called {name}; leave it out or update Roadbook.", label(owner));
    Violation::new("unknown_field", path, text)
}

/// The violation of keeping an item under anything but an id.
pub(crate) fn not_an_item_key(collection: &str, key: &str, path: &[String]) -> Violation {
    let key: String = key.chars().take(40).collect();
    let text = format!("An item of {} is kept under a lower-case UUID, not under {key}.", label(collection));
    Violation::new("not_an_item_key", path, text)
}

/// Whether this is a UUID in its one spelling here: hyphenated, lower case.
pub(crate) fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.as_hyphenated().to_string() == text)
}

/// A field's name for people: `next_step_due` becomes `Next step due`.
pub(crate) fn label(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut rest = spaced.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

pub(crate) fn below(path: &[String], name: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(name.to_owned());
    path
}
