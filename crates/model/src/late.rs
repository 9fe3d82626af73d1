//! Late work: a change made on a base that others have since written over. It is merged like any other, but where it
//! would take a field from what others wrote meanwhile, their value is put back and the late one shown as a conflict.

use std::collections::BTreeSet;

use crate::kind::{FieldSpec, FieldType, KindSpec};
use crate::rebase::{same, writable};
use crate::rule::below;
use crate::value::{Edit, Fields, Path, Value};

/// One place where late work won over what others wrote since its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// The field or the item.
    pub path: Path,
    /// What the late work made of it; `None` if it removed it.
    pub late: Option<Value>,
    /// Restores what stood there before the late work, for [`crate::document::edit`].
    pub edit: Edit,
}

/// What to put back after late work was merged. `before_base` is the record at the late author's base, `before` just
/// before the merge, `after` just after it. Texts are left merged; a value that no rule knows is left as it is.
pub fn overridden(spec: &KindSpec, before_base: &Fields, before: &Fields, after: &Fields) -> Vec<PutBack> {
    let mut found = Vec::new();
    for field in spec.fields {
        let path = [field.name.to_owned()];
        let three = [before_base, before, after].map(|fields| fields.get(field.name));
        match &field.ty {
            FieldType::Items(inner) => items(inner, &path, three.map(Value::entries), &mut found),
            _ => scalar(field, &path, three, &mut found),
        }
    }
    found
}

fn items(inner: &[FieldSpec], path: &[String], [base, old, new]: [&Fields; 3], found: &mut Vec<PutBack>) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let path = below(path, key);
        item(inner, path, [base, old, new].map(|items| items.get(key)), found);
    }
}

fn item(inner: &[FieldSpec], path: Path, [base, old, new]: [Option<&Value>; 3], found: &mut Vec<PutBack>) {
    if base == old || old == new {
        return;
    }
    match (old, new) {
        (Some(Value::Map(old)), Some(Value::Map(new))) => {
            let base = Value::entries(base);
            for field in inner {
                let three = [base, old, new].map(|item| item.get(field.name));
                scalar(field, &below(&path, field.name), three, found);
            }
        }
        // The late work removed what others had changed: it is made anew, under its key.
        (Some(Value::Map(item)), None) => {
            let edit = Edit::Put { path: path.clone(), value: Value::Map(writable(inner, item)) };
            found.push(PutBack { path, late: None, edit });
        }
        // Others had removed what the late work wrote again.
        (None, Some(late)) => {
            let edit = Edit::Delete { path: path.clone() };
            found.push(PutBack { path, late: Some(late.clone()), edit });
        }
        _ => {}
    }
}

fn scalar(
    field: &FieldSpec,
    path: &[String],
    [base, old, new]: [Option<&Value>; 3],
    found: &mut Vec<PutBack>,
) {
    if field.is_text() || same(base, old) || same(old, new) {
        return;
    }
    let value = old.cloned().unwrap_or(Value::Null);
    if matches!(value, Value::Unknown(_) | Value::Text(_) | Value::Map(_)) {
        return;
    }
    let edit = Edit::Put { path: path.to_vec(), value };
    found.push(PutBack { path: path.to_vec(), late: new.cloned(), edit });
}
