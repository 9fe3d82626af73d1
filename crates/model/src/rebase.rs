//! Carrying work over: what someone wrote on an old base, field by field onto what is accepted now. One function for
//! re-applying held work, for a superseded generation and for a recovered store.
//!
//! What the work left alone stays as accepted. What only the work changed is put. What both changed, differently, stays
//! as accepted and is listed as a conflict, except that texts are merged in whole words where that is possible.

use std::collections::BTreeSet;

use crate::document::is_blank;
use crate::kind::{FieldSpec, FieldType, KindSpec, lookup};
use crate::rule::below;
use crate::text;
use crate::value::{Edit, Fields, Path, Value};

/// What is to be done on the accepted record, and what a person has to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebased {
    /// Edits for [`crate::document::edit`] on the accepted record.
    pub edits: Vec<Edit>,
    /// What stayed as accepted although the work said otherwise.
    pub conflicts: Vec<RebaseConflict>,
}

/// One field, or one item, that both changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebaseConflict {
    /// Where.
    pub path: Path,
    /// What stood there when the work began.
    pub base: Option<Value>,
    /// What the work made of it.
    pub held: Option<Value>,
    /// What stands there now, and stays.
    pub accepted: Option<Value>,
}

/// One value in its three states.
#[derive(Clone, Copy)]
struct Three<'a> {
    base: Option<&'a Value>,
    held: Option<&'a Value>,
    accepted: Option<&'a Value>,
}

/// What to do on `accepted` so that it also says what the work changed from `base` to `held`.
pub fn rebase(spec: &KindSpec, base: &Fields, held: &Fields, accepted: &Fields) -> Rebased {
    let mut rebased = Rebased::default();
    let names: BTreeSet<&String> = base.keys().chain(held.keys()).collect();
    for field in spec.fields {
        let three = Three::of(field.name, base, held, accepted);
        rebased.field(field, &[field.name.to_owned()], three);
    }
    for name in names.into_iter().filter(|name| spec.field(name).is_none()) {
        let three = Three::of(name, base, held, accepted);
        // A field that this version does not know cannot be written by it, but must not be lost from sight either.
        if !same(three.held, three.base) && !same(three.held, three.accepted) {
            rebased.conflict(std::slice::from_ref(name), three);
        }
    }
    rebased
}

impl<'a> Three<'a> {
    fn of(name: &str, base: &'a Fields, held: &'a Fields, accepted: &'a Fields) -> Self {
        Self { base: base.get(name), held: held.get(name), accepted: accepted.get(name) }
    }
}

impl Rebased {
    fn field(&mut self, field: &FieldSpec, path: &[String], three: Three<'_>) {
        match &field.ty {
            FieldType::Items(inner) => self.items(inner, path, three),
            FieldType::Text { chars_max } => self.text(*chars_max, path, three),
            _ => self.scalar(path, three),
        }
    }

    fn scalar(&mut self, path: &[String], three: Three<'_>) {
        if same(three.held, three.base) || same(three.held, three.accepted) {
            return;
        }
        let unwritable = matches!(three.held, Some(Value::Unknown(_) | Value::Map(_) | Value::Text(_)));
        if same(three.accepted, three.base) && !unwritable {
            let value = three.held.cloned().unwrap_or(Value::Null);
            self.edits.push(Edit::Put { path: path.to_vec(), value });
        } else {
            self.conflict(path, three);
        }
    }

    fn text(&mut self, chars_max: usize, path: &[String], three: Three<'_>) {
        if same(three.held, three.base) || same(three.held, three.accepted) {
            return;
        }
        let (Some(base), Some(held), Some(accepted)) =
            (content(three.base), content(three.held), content(three.accepted))
        else {
            return self.conflict(path, three);
        };
        if let Some(merged) = text::merge(base, held, accepted) {
            return match merged.chars().count() <= chars_max {
                true => self.put_text(path, merged),
                false => self.conflict(path, three),
            };
        }
        // Both rewrote the same words: what the work wrote is added below, for a person to sort out.
        let added = text::splice_between(base, held).map(|step| step.insert).unwrap_or_default();
        let both = format!("{accepted}\n{added}");
        if !added.trim().is_empty() && !accepted.contains(&added) && both.chars().count() <= chars_max {
            self.put_text(path, both);
        }
        self.conflict(path, three);
    }

    fn put_text(&mut self, path: &[String], text: String) {
        self.edits.push(Edit::Put { path: path.to_vec(), value: Value::Text(text) });
    }

    fn items(&mut self, inner: &[FieldSpec], path: &[String], three: Three<'_>) {
        let [base, held, accepted] = [three.base, three.held, three.accepted].map(Value::entries);
        let keys: BTreeSet<&String> = base.keys().chain(held.keys()).collect();
        for key in keys {
            self.item(inner, &below(path, key), Three::of(key, base, held, accepted));
        }
    }

    fn item(&mut self, inner: &[FieldSpec], path: &[String], three: Three<'_>) {
        if same(three.held, three.base) || same(three.held, three.accepted) {
            return;
        }
        match (three.base, three.held, three.accepted) {
            (None, Some(Value::Map(item)), None) => {
                let known = writable(inner, item);
                let is_whole = known.len() == item.len();
                self.edits.push(Edit::Put { path: path.to_vec(), value: Value::Map(known) });
                if !is_whole {
                    self.conflict(path, three);
                }
            }
            (Some(_), None, Some(_)) if same(three.base, three.accepted) => {
                self.edits.push(Edit::Delete { path: path.to_vec() });
            }
            (base, Some(Value::Map(held)), Some(Value::Map(accepted))) => {
                let base = Value::entries(base);
                for field in inner {
                    let three = Three::of(field.name, base, held, accepted);
                    self.field(field, &below(path, field.name), three);
                }
            }
            _ => self.conflict(path, three),
        }
    }

    fn conflict(&mut self, path: &[String], three: Three<'_>) {
        self.conflicts.push(RebaseConflict {
            path: path.to_vec(),
            base: three.base.cloned(),
            held: three.held.cloned(),
            accepted: three.accepted.cloned(),
        });
    }
}

/// Whether two values say the same; absent, null and empty do.
pub(crate) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    a == b || (is_blank(a) && is_blank(b))
}

/// What of an item this version can write.
pub(crate) fn writable(inner: &[FieldSpec], item: &Fields) -> Fields {
    let known = |name: &str, value: &Value| {
        lookup(inner, name).is_some() && !matches!(value, Value::Unknown(_) | Value::Map(_))
    };
    item.iter()
        .filter(|(name, value)| known(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn content(value: Option<&Value>) -> Option<&str> {
    match value {
        None | Some(Value::Null) => Some(""),
        Some(Value::Text(text)) => Some(text),
        Some(_) => None,
    }
}
