//! Words in which the tests speak.

use std::error::Error;

use automerge::{Automerge, Change};
use roadbook_model::document::{create, edit};
use roadbook_model::{Edit, Fields, Kind, KindSpec, Path, Value};

/// What a test returns: every failure that it does not expect ends it.
pub(crate) type Done = Result<(), Box<dyn Error>>;

/// Three devices.
pub(crate) const ANNA: [u8; 16] = [1; 16];
pub(crate) const BERT: [u8; 16] = [2; 16];
pub(crate) const OFFICE: [u8; 16] = [3; 16];

/// Two item keys.
pub(crate) const ITEM: &str = "01234567-89ab-7def-8123-456789abcdef";
pub(crate) const OTHER: &str = "01234567-89ab-7def-8123-456789abcd00";

pub(crate) fn path(dotted: &str) -> Path {
    dotted.split('.').map(String::from).collect()
}

pub(crate) fn str(text: &str) -> Value {
    Value::Str(text.into())
}

pub(crate) fn text(content: &str) -> Value {
    Value::Text(content.into())
}

pub(crate) fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

pub(crate) fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(fields(pairs))
}

pub(crate) fn put(dotted: &str, value: Value) -> Edit {
    Edit::Put { path: path(dotted), value }
}

pub(crate) fn delete(dotted: &str) -> Edit {
    Edit::Delete { path: path(dotted) }
}

pub(crate) fn splice(dotted: &str, at: usize, delete: usize, insert: &str) -> Edit {
    Edit::Splice { path: path(dotted), at, delete, insert: insert.into() }
}

pub(crate) fn line(sku: &str, quantity: i64) -> Value {
    map([("sku", str(sku)), ("quantity", Value::Int(quantity)), ("unit_price_minor", Value::Int(250))])
}

pub(crate) fn visit() -> Fields {
    fields([
        ("state", str("checked_in")),
        ("subject", str("Autumn range")),
        ("checked_in_at", Value::Timestamp(1_700_000_000_000)),
        ("planned_minutes", Value::Int(30)),
        ("notes", text("Shelf half empty.")),
    ])
}

pub(crate) fn order() -> Fields {
    fields([
        ("state", str("draft")),
        ("currency", str("EUR")),
        ("freight_minor", Value::Int(499)),
        ("lines", map([(ITEM, line("CHAI", 2))])),
        ("notes", text("")),
    ])
}

pub(crate) fn made(kind: Kind, fields: &Fields) -> Result<Automerge, roadbook_model::Violation> {
    create(kind.spec(), ANNA, 1_700_000_000, fields)
}

/// Edits a document and says what the change holds.
pub(crate) fn change(
    spec: &KindSpec,
    doc: &mut Automerge,
    actor: [u8; 16],
    edits: &[Edit],
) -> Result<Change, Box<dyn Error>> {
    let bytes = edit(spec, doc, actor, 1_700_000_001, edits)?.ok_or("the edits change nothing")?;
    Ok(Change::from_bytes(bytes)?)
}
