//! Reading a document as plain values, and the places where two people wrote at once.

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, ScalarValueRef, ValueRef};

use crate::kind::KindSpec;
use crate::limits::DEPTH;
use crate::value::{Fields, Path, Value};

/// A field that was written by several people who did not know of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The field.
    pub path: Path,
    /// What stands there, the winner last. At least two of them differ.
    pub values: Vec<ConflictValue>,
}

/// One of the values in a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictValue {
    /// What was written.
    pub value: Value,
    /// The actor that wrote it.
    pub actor: Vec<u8>,
    /// The change that wrote it.
    pub hash: [u8; 32],
    /// Whether it is the one that everyone sees meanwhile.
    pub winner: bool,
}

/// The content of a document (or of a transaction on one). Unknown fields are kept as far as plain values go; nothing
/// below [`DEPTH`] is read, whatever the document holds there.
pub fn hydrate<D: ReadDoc>(spec: &KindSpec, doc: &D) -> Fields {
    let mut fields = map(doc, &ROOT, DEPTH);
    for field in spec.fields.iter().filter(|field| field.items().is_some()) {
        if let [_, _, ..] = collections(doc, field.name).as_slice() {
            fields.insert(field.name.to_owned(), Value::Map(united(doc, field.name)));
        }
    }
    fields
}

/// Every field that several people wrote at once, differently. Putting any value there resolves it.
pub fn conflicts(spec: &KindSpec, doc: &Automerge) -> Vec<Conflict> {
    let mut found = Vec::new();
    conflicts_in(spec, doc, &ROOT, &[], &mut found);
    for field in spec.fields.iter().filter(|field| field.items().is_some()) {
        for collection in collections(doc, field.name) {
            for item in doc.map_range(&collection, ..) {
                if is_map(&item.value) {
                    let path = [field.name.to_owned(), item.key.to_string()];
                    conflicts_in(spec, doc, &item.id(), &path, &mut found);
                }
            }
        }
    }
    found
}

/// The maps that stand for a collection, the winner last: several only if it was made apart, after the record.
pub(super) fn collections<D: ReadDoc>(doc: &D, name: &str) -> Vec<ObjId> {
    let all = doc.get_all(ROOT, name).unwrap_or_default();
    all.into_iter().filter(|(value, _)| value.as_objtype() == Some(ObjType::Map)).map(|(_, id)| id).collect()
}

fn united<D: ReadDoc>(doc: &D, name: &str) -> Fields {
    collections(doc, name).iter().flat_map(|collection| map(doc, collection, DEPTH - 1)).collect()
}

/// Reads a map. Calls itself once a level and `levels` is a constant at the top, so the depth of the document is not
/// the depth of the stack.
fn map<D: ReadDoc>(doc: &D, object: &ObjId, levels: usize) -> Fields {
    doc.map_range(object, ..)
        .map(|item| {
            let value = match &item.value {
                ValueRef::Scalar(scalar) => plain(scalar),
                ValueRef::Object(ObjType::Text) => text(doc, &item.id()),
                ValueRef::Object(ObjType::Map) if levels > 1 => Value::Map(map(doc, &item.id(), levels - 1)),
                ValueRef::Object(other) => Value::Unknown(format!("a {other}")),
            };
            (item.key.into_owned(), value)
        })
        .collect()
}

fn text<D: ReadDoc>(doc: &D, object: &ObjId) -> Value {
    doc.text(object).map_or_else(|_| Value::Unknown("a text".into()), Value::Text)
}

fn plain(scalar: &ScalarValueRef<'_>) -> Value {
    match scalar {
        ScalarValueRef::Null => Value::Null,
        ScalarValueRef::Boolean(yes) => Value::Bool(*yes),
        ScalarValueRef::Int(number) => Value::Int(*number),
        ScalarValueRef::Str(text) => Value::Str(text.to_string()),
        ScalarValueRef::Timestamp(ms) => Value::Timestamp(*ms),
        // Written out in full: two values that differ must not read the same.
        ScalarValueRef::F64(number) => Value::Unknown(number.to_string()),
        ScalarValueRef::Bytes(bytes) => Value::Unknown(format!("bytes {bytes:02x?}")),
        ScalarValueRef::Unknown { type_code, bytes } => {
            Value::Unknown(format!("type {type_code} {bytes:02x?}"))
        }
        other => Value::Unknown(other.to_string()),
    }
}

/// A scalar of a document, or of a decoded change, as a plain value: [`Value::Unknown`] if no field may hold its type.
pub fn scalar_value(scalar: &ScalarValue) -> Value {
    plain(&scalar.clone().into())
}

fn conflicts_in(
    spec: &KindSpec,
    doc: &Automerge,
    object: &ObjId,
    path: &[String],
    found: &mut Vec<Conflict>,
) {
    for item in doc.map_range(object, ..).filter(|item| item.conflict) {
        let is_collection =
            path.is_empty() && spec.field(&item.key).is_some_and(|field| field.items().is_some());
        let values = values(doc, object, &item.key);
        if !is_collection && values.windows(2).any(|pair| pair[0].value != pair[1].value) {
            found.push(Conflict { path: crate::rule::below(path, &item.key), values });
        }
    }
}

fn values(doc: &Automerge, object: &ObjId, key: &str) -> Vec<ConflictValue> {
    let all = doc.get_all(object, key).unwrap_or_default();
    let winner = doc.get(object, key).ok().flatten().map(|(_, id)| id);
    all.into_iter()
        .filter_map(|(value, id)| {
            let ObjId::Id(_, actor, _) = &id else { return None };
            Some(ConflictValue {
                value: conflicting(doc, &value, &id),
                actor: actor.to_bytes().to_vec(),
                hash: doc.hash_for_opid(&id)?.0,
                winner: winner.as_ref() == Some(&id),
            })
        })
        .collect()
}

fn conflicting(doc: &Automerge, value: &automerge::Value<'_>, id: &ObjId) -> Value {
    match value {
        automerge::Value::Object(ObjType::Text) => text(doc, id),
        automerge::Value::Object(ObjType::Map) => Value::Map(map(doc, id, 1)),
        automerge::Value::Object(other) => Value::Unknown(format!("a {other}")),
        automerge::Value::Scalar(scalar) => scalar_value(scalar),
    }
}

fn is_map(value: &ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Object(ObjType::Map))
}
