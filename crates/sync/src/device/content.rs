//! A record's content on the device: the accepted document, and pending work on top of it, kept apart.

use automerge::{Automerge, Change};
use roadbook_model::state::{Verb, document_open};
use roadbook_model::{Kind, RecordId, document};
use roadbook_protocol::item::Changes;
use roadbook_protocol::{Item, ItemBody};

use super::merge;
use super::rows::{ItemRow, RecordRow, Rows, Stored, View};
use crate::digest;

/// A document that does not load: a damaged store, or a page that the gate never saw.
#[derive(Debug)]
pub struct Unreadable;

/// The accepted document; an empty one while nothing is accepted.
pub fn accepted(row: &RecordRow) -> Result<Automerge, Unreadable> {
    if row.accepted.is_empty() {
        Ok(Automerge::new())
    } else {
        Automerge::load(&row.accepted).map_err(|_| Unreadable)
    }
}

/// Lets go of what is damaged of a record: nothing of it counts in the digests any more, so that the next comparison brings all
/// of it (rule D2). What was captured on it stays in the outbox and the tray as it is. Changes nothing where it can be read.
pub fn let_go(rows: &mut dyn Rows, record: RecordId) -> Stored<()> {
    let Some(mut row) = rows.record(record)? else { return Ok(()) };
    if accepted(&row).is_ok() {
        return Ok(());
    }
    let mut device = rows.device()?;
    device.digest = digest::adjusted(device.digest, std::mem::take(&mut row.digest), 0);
    rows.put_device(&device)?;
    // The row stays: it says on which branch the next change is to be made.
    row.accepted.clear();
    rows.put_record(&row)?;
    rows.delete_view(record)
}

/// Merges change chunks that a gate has let through. Known ones are passed over.
pub fn merge<'a>(doc: &mut Automerge, changes: impl IntoIterator<Item = &'a [u8]>) -> Result<(), Unreadable> {
    let changes: Result<Vec<Change>, _> =
        changes.into_iter().map(|bytes| Change::from_bytes(bytes.to_vec())).collect();
    doc.apply_changes(changes.map_err(|_| Unreadable)?).map_err(|_| Unreadable)
}

/// What an item changes, if it changes anything.
pub(super) fn body_of(item: &ItemRow) -> Option<Changes> {
    match Item::read(&item.bytes) {
        Ok(Item { body: ItemBody::Changes(body), .. }) => Some(body),
        _ => None,
    }
}

/// The change chunks of an item.
pub fn changes_of(item: &ItemRow) -> Vec<Vec<u8>> {
    body_of(item).into_iter().flat_map(|body| body.changes).map(|blob| blob.0).collect()
}

/// The change chunks of a record's items up to this number, tray and all, and of what they were written on that no item
/// holds any more.
pub fn changes_upto(items: &[ItemRow], number: u64) -> Vec<Vec<u8>> {
    let upto = items.iter().filter(|item| item.number <= number);
    upto.flat_map(|item| item.beneath.iter().map(|blob| blob.0.clone()).chain(changes_of(item))).collect()
}

/// The record as its person sees it: accepted, with pending work on top. `None` while the record has neither.
pub fn current(rows: &mut dyn Rows, row: &RecordRow) -> Stored<Result<Option<Automerge>, Unreadable>> {
    let items = rows.items_of(row.envelope.id)?;
    let Ok(mut doc) = accepted(row) else { return Ok(Err(Unreadable)) };
    let pending: Vec<Vec<u8>> = items.iter().filter(|item| !item.tray).flat_map(changes_of).collect();
    if merge(&mut doc, pending.iter().map(Vec::as_slice)).is_err() {
        return Ok(Err(Unreadable));
    }
    Ok(Ok(if doc.get_heads().is_empty() { None } else { Some(doc) }))
}

/// Stores a record with another accepted document, keeps the digests, and renews what lists and search show.
pub fn put_accepted(
    rows: &mut dyn Rows,
    row: &mut RecordRow,
    doc: &Automerge,
    changed_ms: i64,
) -> Stored<()> {
    let mut device = rows.device()?;
    let before = row.digest;
    row.digest = digest::record_digest(&device.digest_key, row.envelope.id, row.envelope.generation, doc);
    row.accepted = doc.save();
    row.changed_ms = row.changed_ms.max(changed_ms);
    rows.put_record(row)?;
    device.digest = digest::adjusted(device.digest, before, row.digest);
    rows.put_device(&device)
}

/// Renews what lists and search show of a record: nothing, if this version does not know its kind (rule V4).
pub fn refresh(rows: &mut dyn Rows, record: RecordId) -> Stored<()> {
    let Some(row) = rows.record(record)? else { return Ok(()) };
    let Some(envelope) = row.envelope.known() else { return rows.delete_view(record) };
    match current(rows, &row)? {
        Ok(Some(doc)) => {
            let fields = document::hydrate(envelope.kind.spec(), &doc);
            let state = state_of(rows, &row)?;
            let account = merge::root_of(rows, envelope.account)?;
            rows.put_view(&View {
                envelope: &envelope,
                account,
                fields: &fields,
                state: state.as_deref(),
                changed_ms: row.changed_ms,
            })
        }
        Ok(None) | Err(Unreadable) => rows.delete_view(record),
    }
}

/// The decided state; while a request waits, what it asks for.
pub fn state_of(rows: &mut dyn Rows, row: &RecordRow) -> Stored<Option<String>> {
    let asked = asked(rows, row)?.map(|verb| format!("{verb} asked"));
    Ok(asked.or_else(|| row.decision.as_ref().map(|decision| decision.state.clone())))
}

/// The verb of the last request that waits, if one does.
pub fn asked(rows: &mut dyn Rows, row: &RecordRow) -> Stored<Option<String>> {
    let waiting = rows.items_of(row.envelope.id)?.into_iter().rev().filter(|item| !item.tray);
    let mut verbs = waiting.filter_map(|item| match Item::read(&item.bytes).ok()?.body {
        ItemBody::Request(request) => Some(request.verb),
        _ => None,
    });
    Ok(verbs.next())
}

/// Whether the record's document may still be written, decided and asked-for states considered.
pub fn open(rows: &mut dyn Rows, kind: Kind, row: &RecordRow) -> Stored<Result<(), String>> {
    let asked: Option<Verb> = asked(rows, row)?.and_then(|verb| verb.parse().ok());
    match asked {
        // Rule Q10.
        Some(Verb::Reopen) => return Ok(Ok(())),
        Some(Verb::Submit) => return Ok(Err("handed in".to_owned())),
        _ => {}
    }
    let decided = row.decision.as_ref().map(|decision| decision.state.as_str());
    Ok(if document_open(kind, decided) { Ok(()) } else { Err(decided.unwrap_or_default().to_owned()) })
}

/// Lets go of a record that is not in the scope: it goes, or is kept uncounted while work waits in it (rule D3).
pub fn release(rows: &mut dyn Rows, record: RecordId) -> Stored<()> {
    let Some(mut row) = rows.record(record)? else { return Ok(()) };
    if rows.items_of(record)?.is_empty() {
        return remove(rows, record);
    }
    let mut device = rows.device()?;
    device.digest = digest::adjusted(device.digest, std::mem::take(&mut row.digest), 0);
    rows.put_device(&device)?;
    rows.put_record(&row)
}

/// Removes a record and its share of the digests.
pub fn remove(rows: &mut dyn Rows, record: RecordId) -> Stored<()> {
    if let Some(row) = rows.record(record)? {
        let mut device = rows.device()?;
        device.digest = digest::adjusted(device.digest, row.digest, 0);
        rows.put_device(&device)?;
    }
    rows.delete_record(record)
}
