//! What a change's writer saw: the record as of the change's dependencies, asked for objects, values and characters.

use std::collections::{HashMap, HashSet};

use automerge::legacy::{ObjectId, OpId};
use automerge::{Automerge, ChangeHash, ObjId, ObjType, Prop, ROOT, ReadDoc, ScalarValue, Value};
use roadbook_model::Path;
use roadbook_model::limits::DEPTH;

use super::sorted_heads;

/// The record as a change's dependencies show it. Reads only.
pub(super) struct Seen<'a> {
    doc: &'a Automerge,
    deps: &'a [ChangeHash],
    /// What the record has that the writer had not: empty for a change that rests on the current heads.
    unseen: HashSet<ChangeHash>,
    /// The texts into which the operations of a change inserted a character, in order, by change.
    inserts: HashMap<ChangeHash, Inserts>,
}

struct Inserts {
    start_op: u64,
    texts: Vec<Option<ObjectId>>,
}

impl<'a> Seen<'a> {
    /// `deps` must all be in `doc`.
    pub(super) fn new(doc: &'a Automerge, deps: &'a [ChangeHash]) -> Self {
        let current = sorted_heads(doc) == deps;
        let unseen = if current {
            HashSet::new()
        } else {
            doc.get_changes_meta(deps).into_iter().map(|meta| meta.hash).collect()
        };
        Self { doc, deps, unseen, inserts: HashMap::new() }
    }

    /// The change that holds this operation, if the writer saw it.
    fn change_of(&self, id: &OpId) -> Option<ChangeHash> {
        let hash = self.doc.hash_for_opid(&object_of(id))?;
        (!self.unseen.contains(&hash)).then_some(hash)
    }

    /// Where an object stands and what it is, if the writer saw it made. A path of more than [`DEPTH`] names is cut
    /// off there: the caller refuses it for its length.
    pub(super) fn place(&self, id: &OpId) -> Option<(Path, ObjType)> {
        self.change_of(id)?;
        let object = object_of(id);
        let kind = self.doc.object_type(&object).ok()?;
        let mut path = Path::new();
        for parent in self.doc.parents(&object).ok()?.take(DEPTH + 1) {
            path.push(match parent.prop {
                Prop::Map(name) => name,
                Prop::Seq(index) => index.to_string(),
            });
        }
        path.reverse();
        Some((path, kind))
    }

    /// The operations whose values the writer saw at this name: more than one after a conflict.
    pub(super) fn values(&self, object: &ObjectId, name: &str) -> Vec<OpId> {
        let values = self.all(object, name).into_iter();
        values
            .filter_map(|(_, id)| match id {
                ObjId::Root => None,
                ObjId::Id(counter, actor, _) => Some(OpId(counter, actor)),
            })
            .collect()
    }

    /// The value that the writer saw win at this name, if it is a scalar.
    pub(super) fn winning_scalar(&self, object: &ObjectId, name: &str) -> Option<ScalarValue> {
        let (winner, _) = self.all(object, name).pop()?;
        winner.into_scalar().ok()
    }

    fn all(&self, object: &ObjectId, name: &str) -> Vec<(Value<'a>, ObjId)> {
        let object = match object {
            ObjectId::Root => ROOT,
            ObjectId::Id(id) => object_of(id),
        };
        self.doc.get_all_at(object, name, self.deps).unwrap_or_default()
    }

    /// Whether the writer saw this character inserted into this text (and perhaps removed since).
    pub(super) fn has_element(&mut self, text: &ObjectId, id: &OpId) -> bool {
        let Some(hash) = self.change_of(id) else { return false };
        if !self.inserts.contains_key(&hash) {
            let Some(inserts) = self.read_inserts(hash) else { return false };
            self.inserts.insert(hash, inserts);
        }
        self.inserts.get(&hash).is_some_and(|inserts| {
            let offset = id.0.checked_sub(inserts.start_op).and_then(|offset| usize::try_from(offset).ok());
            let held = offset.and_then(|offset| inserts.texts.get(offset));
            held.is_some_and(|held| held.as_ref() == Some(text))
        })
    }

    fn read_inserts(&self, hash: ChangeHash) -> Option<Inserts> {
        let change = self.doc.get_change_by_hash(&hash)?;
        let start_op = change.start_op().get();
        let operations = change.decode().operations.into_iter();
        let texts = operations.map(|op| op.insert.then_some(op.obj)).collect();
        Some(Inserts { start_op, texts })
    }
}

/// Automerge finds an object by counter and actor; the third part is only a hint of the actor's index.
fn object_of(id: &OpId) -> ObjId {
    ObjId::Id(id.0, id.1.clone(), 0)
}
