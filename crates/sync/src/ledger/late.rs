//! Late work never silently overrides what others wrote since: where it would, the later value is put back in the same
//! append, and a conflict entry says so.

use automerge::{Automerge, ChangeHash, ReadDoc};
use roadbook_model::late::overridden;
use roadbook_model::projection::to_json;
use roadbook_model::{Edit, Envelope, Fields, Value, document};
use roadbook_protocol::entry::{Author, ChangesEntry, Conflict, ConflictField};
use roadbook_protocol::item::Changes;
use roadbook_protocol::{Blob, Entry};

use super::book::Book;
use crate::actor;
use crate::gate::Admitted;

impl Book {
    /// Compares the record before and after late changes and puts later values back. `base` is the document before.
    pub(super) fn guard_late(
        &mut self,
        author: Author,
        body: &Changes,
        envelope: &Envelope,
        base: &Automerge,
    ) {
        let spec = envelope.kind.spec();
        let Some(record) = self.records.get(&body.record) else { return };
        let known = seen_by_author(base, body);
        let Ok(origin) = base.fork_at(&known) else { return };
        let before = document::hydrate(spec, base);
        let after = document::hydrate(spec, &record.doc);
        let overridden = overridden(spec, &document::hydrate(spec, &origin), &before, &after);
        if overridden.is_empty() {
            return;
        }
        let fields = overridden
            .iter()
            .map(|field| ConflictField {
                path: field.path.clone(),
                kept: json_of(kept(&field.edit)),
                late: json_of(field.late.as_ref()),
            })
            .collect();
        let edits: Vec<_> = overridden.into_iter().map(|field| field.edit).collect();
        let mut doc = record.doc.clone();
        let actor = actor::server(self.epoch.0, body.record);
        // Where the record takes no further change, the late value stands; the office learns of it all the same.
        if let Ok(Some(bytes)) = document::edit(spec, &mut doc, actor, self.now_ms / 1000, &edits) {
            self.append_own(envelope, author, bytes, doc);
        }
        let conflict =
            Conflict { record: body.record, account: envelope.account, author, fields, source: None };
        self.append(Entry::Conflict(conflict));
    }

    /// Appends a change that the server itself made to a record.
    pub(super) fn append_own(
        &mut self,
        envelope: &Envelope,
        author: Author,
        bytes: Vec<u8>,
        doc: Automerge,
    ) -> u64 {
        let spec = envelope.kind.spec();
        let bytes = crate::gate::plain_chunk(&bytes).unwrap_or(bytes);
        let hashes = doc.get_last_local_change().map(|change| change.hash().0).into_iter().collect();
        let admitted = Admitted {
            fields: document::hydrate(spec, &doc),
            doc,
            hashes,
            before: roadbook_model::Fields::new(),
        };
        let entry = ChangesEntry {
            record: envelope.id,
            account: envelope.account,
            generation: envelope.generation,
            kind_version: spec.version,
            author: Author { device: None, store_generation: 0, number: 0, ..author },
            captured_ms: self.now_ms,
            late: false,
            changes: vec![Blob(bytes)],
            creates: None,
            opens: None,
        };
        self.accept(*envelope, entry, admitted)
    }
}

/// The heads that the late author had when capturing: what its first change builds on, as far as the record knows it.
fn seen_by_author(base: &Automerge, body: &Changes) -> Vec<ChangeHash> {
    body.changes
        .first()
        .and_then(|change| automerge::Change::from_bytes(change.0.clone()).ok())
        .map(|change| change.deps().to_vec())
        .unwrap_or_default()
        .into_iter()
        .filter(|hash| base.get_change_by_hash(hash).is_some())
        .collect()
}

/// The value that an edit puts back; `None` when it removes again what the late work wrote.
fn kept(edit: &Edit) -> Option<&Value> {
    match edit {
        Edit::Put { value, .. } => Some(value),
        Edit::Delete { .. } | Edit::Splice { .. } => None,
    }
}

pub(super) fn json_of(value: Option<&Value>) -> String {
    let Some(value) = value else { return "null".to_owned() };
    let fields = Fields::from([("value".to_owned(), value.clone())]);
    to_json(&fields)["value"].to_string()
}
