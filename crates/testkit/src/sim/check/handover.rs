//! What must hold where accounts change hands: late is what came behind a withdrawal, and it overrides nothing.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash, ReadDoc};
use roadbook_model::kind::KindSpec;
use roadbook_model::late::overridden;
use roadbook_model::{RecordId, document};
use roadbook_protocol::entry::ChangesEntry;
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Entry, Item, ItemBody, Outcome};
use roadbook_sync::device::content;

use crate::sim::world::World;

/// I9 and I10.
pub fn all(world: &World) -> Result<(), String> {
    lateness(world)?;
    put_back(world)
}

/// I9: an item in the record is late exactly if its lease had been withdrawn before.
fn lateness(world: &World) -> Result<(), String> {
    for saved in &world.saved {
        let Ok(item) = Item::read(&saved.bytes) else { continue };
        let key = (saved.device, saved.store_generation, saved.number);
        let stored = world.server.book.receipts.get(&key).filter(|it| it.item == item_hash(&saved.bytes));
        let Some(stored) = stored else { continue };
        let Outcome::InRecord { late } = stored.receipt.outcome else { continue };
        if matches!(item.body, ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped) {
            continue;
        }
        let withdrawn = world.server.book.leases.get(&item.lease).and_then(|lease| lease.withdrawn);
        if late != withdrawn.is_some_and(|withdrawn| withdrawn.position < stored.receipt.position) {
            let name = &world.phones[saved.phone].name;
            return Err(format!("I9: {name} {}/{}: late is {late}", saved.store_generation, saved.number));
        }
    }
    Ok(())
}

/// I10: late work has changed nothing that others had written since.
fn put_back(world: &World) -> Result<(), String> {
    let mut histories: BTreeMap<RecordId, Vec<(u64, &ChangesEntry)>> = BTreeMap::new();
    for row in &world.server.log {
        if let Entry::Changes(entry) = &row.entry.entry {
            histories.entry(entry.record).or_default().push((row.entry.position, entry));
        }
    }
    for (record, history) in histories {
        let spec = world.server.book.records[&record].envelope.kind.spec();
        if history.iter().any(|(_, entry)| entry.late) {
            replay(spec, &history).map_err(|position| {
                let name = spec.name;
                format!("I10: late work at {position} replaced what was written since in the {name} {record}")
            })?;
        }
    }
    Ok(())
}

/// Plays a record's history; fails at the position of late work that took something from others.
fn replay(spec: &KindSpec, history: &[(u64, &ChangesEntry)]) -> Result<(), u64> {
    let mut doc = Automerge::new();
    for (n, (position, entry)) in history.iter().enumerate() {
        let base = doc.clone();
        merge(&mut doc, entry).ok_or(*position)?;
        if !entry.late || entry.creates.is_some() {
            continue;
        }
        let mut after = doc.clone();
        let next =
            history.get(n + 1).filter(|(at, next)| *at == position + 1 && next.author.device.is_none());
        if let Some((_, next)) = next {
            merge(&mut after, next).ok_or(*position)?;
        }
        let origin = base.fork_at(&seen(&base, entry)).map_err(|_| *position)?;
        let [origin, before, after] = [&origin, &base, &after].map(|doc| document::hydrate(spec, doc));
        if !overridden(spec, &origin, &before, &after).is_empty() {
            return Err(*position);
        }
    }
    Ok(())
}

fn merge(doc: &mut Automerge, entry: &ChangesEntry) -> Option<()> {
    content::merge(doc, entry.changes.iter().map(|change| change.0.as_slice())).ok()
}

/// What the author had before them, as far as the record knows it.
fn seen(base: &Automerge, entry: &ChangesEntry) -> Vec<ChangeHash> {
    let first = entry.changes.first().and_then(|it| automerge::Change::from_bytes(it.0.clone()).ok());
    let deps = first.map(|change| change.deps().to_vec()).unwrap_or_default();
    deps.into_iter().filter(|hash| base.get_change_by_hash(hash).is_some()).collect()
}
