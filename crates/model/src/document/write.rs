//! Writing plain values into a transaction: scalars as they are, texts by splice, items whole.

use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use super::read::collections;
use crate::kind::{FieldSpec, FieldType, KindSpec, lookup};
use crate::rule::{
    Violation, below, is_id, is_made_at_creation, label, not_an_item_key, unknown_field, wrong_type,
};
use crate::text::splice_between;
use crate::value::{Edit, Fields, Path, Value};

/// Whether this version knows every field and can write every value.
pub(super) fn check_known(spec: &KindSpec, fields: &Fields) -> Result<(), Violation> {
    check_names(spec.name, spec.fields, fields, &[])?;
    for field in spec.fields {
        if let (Some(inner), Some(Value::Map(items))) = (field.items(), fields.get(field.name)) {
            for (key, item) in items {
                if let Value::Map(item) = item {
                    check_names(field.name, inner, item, &[field.name.to_owned(), key.clone()])?;
                }
            }
        }
    }
    Ok(())
}

fn check_names(owner: &str, known: &[FieldSpec], fields: &Fields, path: &[String]) -> Result<(), Violation> {
    for (name, value) in fields {
        if lookup(known, name).is_none() {
            return Err(unknown_field(owner, name, &below(path, name)));
        }
        if let Value::Unknown(_) = value {
            return Err(unwritable(&below(path, name)));
        }
    }
    Ok(())
}

/// Writes a new record: its fields, and each text and collection even if empty.
pub(super) fn fill(tx: &mut Transaction<'_>, spec: &KindSpec, fields: &Fields) -> Result<(), Violation> {
    for field in spec.fields {
        let value = fields.get(field.name);
        if let Some(inner) = field.items() {
            // Made when it is first needed if that may be later: an empty one would be sent with every record.
            if !is_made_at_creation(field) && Value::entries(value).is_empty() {
                continue;
            }
            let collection = tx.put_object(ROOT, field.name, ObjType::Map).map_err(failed)?;
            if let Some(Value::Map(items)) = value {
                for (key, item) in items {
                    make_item(tx, &collection, key, inner, item, &[field.name.to_owned(), key.clone()])?;
                }
            }
        } else {
            make_field(tx, &ROOT, field, value, &[field.name.to_owned()])?;
        }
    }
    Ok(())
}

/// Makes one edit.
pub(super) fn apply(tx: &mut Transaction<'_>, spec: &KindSpec, edit: &Edit) -> Result<(), Violation> {
    match edit {
        Edit::Put { path, value } => put(tx, spec, path, value),
        Edit::Delete { path } => delete(tx, spec, path),
        Edit::Splice { path, at, delete, insert } => splice(tx, spec, path, *at, *delete, insert),
    }
}

fn put(tx: &mut Transaction<'_>, spec: &KindSpec, path: &Path, value: &Value) -> Result<(), Violation> {
    let [name, key] = path.as_slice() else {
        let (object, field) = target(tx, spec, path)?;
        return put_field(tx, &object, field, value, path);
    };
    let (collection, inner) = collection_of(spec, name, key, path)?;
    let Value::Map(fields) = value else { return Err(wrong_type(collection, path)) };
    check_names(name, inner, fields, path)?;
    let Some(item) = find_item(tx, name, key) else {
        let object = collection_object(tx, collection)?;
        return make_item(tx, &object, key, inner, value, path);
    };
    for field in inner {
        if let Some(value) = fields.get(field.name) {
            put_field(tx, &item, field, value, &below(path, field.name))?;
        }
    }
    Ok(())
}

fn delete(tx: &mut Transaction<'_>, spec: &KindSpec, path: &Path) -> Result<(), Violation> {
    let [name, key] = path.as_slice() else {
        let text = "Only an item of a collection can be removed; to clear a field, set it to null.";
        return Err(Violation::new("not_an_item", path, text));
    };
    collection_of(spec, name, key, path)?;
    for collection in collections(tx, name) {
        if tx.get(&collection, key.as_str()).map_err(failed)?.is_some() {
            tx.delete(&collection, key.as_str()).map_err(failed)?;
        }
    }
    Ok(())
}

fn splice(
    tx: &mut Transaction<'_>,
    spec: &KindSpec,
    path: &Path,
    at: usize,
    delete: usize,
    insert: &str,
) -> Result<(), Violation> {
    let (object, field) = target(tx, spec, path)?;
    if !field.is_text() {
        return Err(wrong_type(field, path));
    }
    let text = text_object(tx, &object, field, path)?;
    let chars = tx.length(&text);
    if at.checked_add(delete).is_none_or(|end| end > chars) {
        let text = format!("{} has {chars} characters; the splice reaches beyond them.", label(field.name));
        return Err(Violation::new("out_of_range", path, text));
    }
    splice_text(tx, &text, at, delete, insert)
}

fn put_field(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    field: &FieldSpec,
    value: &Value,
    path: &[String],
) -> Result<(), Violation> {
    match (&field.ty, value) {
        (FieldType::Text { .. }, Value::Text(text)) => put_text(tx, object, field, text, path),
        (FieldType::Text { .. }, Value::Null) => put_text(tx, object, field, "", path),
        (FieldType::Text { .. } | FieldType::Items(_), _) => Err(wrong_type(field, path)),
        (_, Value::Null) if tx.get(object, field.name).map_err(failed)?.is_none() => Ok(()),
        // Automerge leaves out a put of the value that stands there alone, and writes one that settles a conflict.
        _ => tx.put(object, field.name, scalar(value, path)?).map_err(failed),
    }
}

/// Brings a text to new content with the least splice. A text is made anew only where one may be made after the record
/// was, and only if there is none or several.
fn put_text(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    field: &FieldSpec,
    new: &str,
    path: &[String],
) -> Result<(), Violation> {
    let count = tx.get_all(object, field.name).map_err(failed)?.len();
    if count == 0 && new.is_empty() {
        return Ok(());
    }
    let text = if count > 1 && !is_made_at_creation(field) {
        tx.put_object(object, field.name, ObjType::Text).map_err(failed)?
    } else {
        text_object(tx, object, field, path)?
    };
    let old = tx.text(&text).map_err(failed)?;
    match splice_between(&old, new) {
        Some(step) => splice_text(tx, &text, step.at, step.delete, &step.insert),
        None => Ok(()),
    }
}

fn text_object(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    field: &FieldSpec,
    path: &[String],
) -> Result<ObjId, Violation> {
    if let Some((value, id)) = tx.get(object, field.name).map_err(failed)?
        && value.as_objtype() == Some(ObjType::Text)
    {
        return Ok(id);
    }
    if path.len() == 1 && is_made_at_creation(field) {
        return Err(not_made(field));
    }
    tx.put_object(object, field.name, ObjType::Text).map_err(failed)
}

fn splice_text(
    tx: &mut Transaction<'_>,
    text: &ObjId,
    at: usize,
    delete: usize,
    insert: &str,
) -> Result<(), Violation> {
    let Ok(delete) = isize::try_from(delete) else {
        return Err(Violation::new("out_of_range", &[], "No text has that many characters."));
    };
    tx.splice_text(text, at, delete, insert).map_err(failed)
}

fn make_item(
    tx: &mut Transaction<'_>,
    collection: &ObjId,
    key: &str,
    inner: &[FieldSpec],
    item: &Value,
    path: &[String],
) -> Result<(), Violation> {
    let Value::Map(fields) = item else { return Err(unwritable(path)) };
    let object = tx.put_object(collection, key, ObjType::Map).map_err(failed)?;
    inner.iter().try_for_each(|field| {
        make_field(tx, &object, field, fields.get(field.name), &below(path, field.name))
    })
}

fn make_field(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    field: &FieldSpec,
    value: Option<&Value>,
    path: &[String],
) -> Result<(), Violation> {
    if field.is_text() {
        let text = tx.put_object(object, field.name, ObjType::Text).map_err(failed)?;
        return match value {
            Some(Value::Text(content)) => splice_text(tx, &text, 0, 0, content),
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(wrong_type(field, path)),
        };
    }
    match value {
        None | Some(Value::Null) => Ok(()),
        Some(value) => tx.put(object, field.name, scalar(value, path)?).map_err(failed),
    }
}

/// The object and the field that a path of one or three names leads to.
fn target<'a>(
    tx: &Transaction<'_>,
    spec: &'a KindSpec,
    path: &[String],
) -> Result<(ObjId, &'a FieldSpec), Violation> {
    let unknown = |name: &str| unknown_field(spec.name, name, path);
    match path {
        [name] => Ok((ROOT, spec.field(name).ok_or_else(|| unknown(name))?)),
        [name, key, inner_name] => {
            let (_, inner) = collection_of(spec, name, key, path)?;
            let field = lookup(inner, inner_name).ok_or_else(|| unknown(inner_name))?;
            let object = find_item(tx, name, key).ok_or_else(|| {
                let text = format!("{} has no item {key}; it may have been removed.", label(name));
                Violation::new("no_such_item", path, text)
            })?;
            Ok((object, field))
        }
        _ => Err(Violation::new("too_deep", path, "A value is set in a field, or in a field of an item.")),
    }
}

fn collection_of<'a>(
    spec: &'a KindSpec,
    name: &str,
    key: &str,
    path: &[String],
) -> Result<(&'a FieldSpec, &'static [FieldSpec]), Violation> {
    let found = spec.field(name).and_then(|field| Some((field, field.items()?)));
    let found = found.ok_or_else(|| unknown_field(spec.name, name, path))?;
    if !is_id(key) {
        return Err(not_an_item_key(name, key, path));
    }
    Ok(found)
}

fn find_item(tx: &Transaction<'_>, name: &str, key: &str) -> Option<ObjId> {
    collections(tx, name).into_iter().rev().find_map(|collection| {
        let (value, id) = tx.get(&collection, key).ok().flatten()?;
        (value.as_objtype() == Some(ObjType::Map)).then_some(id)
    })
}

fn collection_object(tx: &mut Transaction<'_>, collection: &FieldSpec) -> Result<ObjId, Violation> {
    if let Some(object) = collections(tx, collection.name).pop() {
        return Ok(object);
    }
    if is_made_at_creation(collection) {
        return Err(not_made(collection));
    }
    tx.put_object(ROOT, collection.name, ObjType::Map).map_err(failed)
}

fn scalar(value: &Value, path: &[String]) -> Result<ScalarValue, Violation> {
    match value {
        Value::Null => Ok(ScalarValue::Null),
        Value::Bool(yes) => Ok(ScalarValue::Boolean(*yes)),
        Value::Int(number) => Ok(ScalarValue::Int(*number)),
        Value::Str(text) => Ok(ScalarValue::Str(text.as_str().into())),
        Value::Timestamp(ms) => Ok(ScalarValue::Timestamp(*ms)),
        Value::Text(_) | Value::Map(_) | Value::Unknown(_) => Err(unwritable(path)),
    }
}

fn not_made(field: &FieldSpec) -> Violation {
    let text = format!("{} was not made with the record, so it cannot be written.", label(field.name));
    Violation::new("made_at_creation", &[field.name.to_owned()], text)
}

fn unwritable(path: &[String]) -> Violation {
    Violation::new("wrong_type", path, "This version cannot write such a value here; leave it as it is.")
}

fn failed(error: AutomergeError) -> Violation {
    Violation::new("document", &[], format!("The record's document cannot be written: {error}."))
}
