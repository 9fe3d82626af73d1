//! Which fields an entry's changes wrote, by name: what people want to know before they look.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::{ActorId, Automerge, Change, ObjId, ROOT, ReadDoc};
use roadbook_model::RecordId;
use roadbook_protocol::entry::ChangesEntry;
use serde_json::Value as Json;
use uuid::Uuid;

use super::FeedEntry;
use crate::store::fetch::load;
use crate::store::{Store, Stored};

/// An object inside a document, as operations name it.
type Inner = (u64, ActorId);

/// What an entry's changes wrote to.
pub(super) struct Touched {
    record: RecordId,
    /// Fields of the root, by name.
    names: BTreeSet<String>,
    /// Texts, collections and items, whose field the document knows.
    inner: BTreeSet<Inner>,
}

impl Touched {
    /// Reads an entry's changes.
    pub(super) fn of(entry: ChangesEntry) -> Self {
        let mut touched = Self { record: entry.record, names: BTreeSet::new(), inner: BTreeSet::new() };
        let changes = entry.changes.into_iter().filter_map(|change| Change::from_bytes(change.0).ok());
        for op in changes.flat_map(|change| change.decode().operations) {
            match (op.obj, op.key, op.action) {
                // A container that is made is not yet a value that is written.
                (ObjectId::Root, _, OpType::Make(_)) => {}
                (ObjectId::Root, Key::Map(name), _) => drop(touched.names.insert(name.to_string())),
                (ObjectId::Id(id), ..) => drop(touched.inner.insert((id.counter(), id.actor().clone()))),
                (ObjectId::Root, Key::Seq(_), _) => {}
            }
        }
        touched
    }
}

impl Store {
    /// Adds `fields` to entries that hold changes.
    pub(super) async fn name_fields(
        &self,
        entries: &mut [FeedEntry],
        touched: Vec<(usize, Touched)>,
    ) -> Stored<()> {
        let ids: BTreeSet<Uuid> = touched
            .iter()
            .filter(|(_, touched)| !touched.inner.is_empty())
            .map(|(_, touched)| touched.record.uuid())
            .collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let query = sqlx::query!("select id, snapshot from sync.record where id = any($1)", &ids);
        let mut containers = BTreeMap::new();
        for row in query.fetch_all(&self.pool).await? {
            containers.insert(RecordId::from(row.id), names(&load(&row.snapshot)?));
        }
        for (index, touched) in touched {
            let known = containers.get(&touched.record);
            let inner = touched.inner.iter().filter_map(|id| known?.get(id).cloned());
            let fields: BTreeSet<String> = touched.names.iter().cloned().chain(inner).collect();
            if let Some(entry) = entries.get_mut(index) {
                entry.json["fields"] = fields.into_iter().map(Json::from).collect();
            }
        }
        Ok(())
    }
}

/// Every object of a document with the field that it is in: texts, collections, items.
fn names(doc: &Automerge) -> BTreeMap<Inner, String> {
    let mut names = BTreeMap::new();
    for name in doc.keys(ROOT) {
        let Some(container) = object(doc, &ROOT, &name) else { continue };
        for key in doc.keys(&container) {
            if let Some(ObjId::Id(counter, actor, _)) = object(doc, &container, &key) {
                names.insert((counter, actor), name.clone());
            }
        }
        if let ObjId::Id(counter, actor, _) = container {
            names.insert((counter, actor), name);
        }
    }
    names
}

fn object(doc: &Automerge, parent: &ObjId, key: &str) -> Option<ObjId> {
    let (value, id) = doc.get(parent, key).ok()??;
    value.is_object().then_some(id)
}
