//! What the office writes itself, through the API: edits and new records, by the server's own actor in a person's name,
//! through the same gate as a device's.

use automerge::Automerge;
use roadbook_model::permission::Role;
use roadbook_model::pricing::credit::{owed_at, owed_since};
use roadbook_model::rule::Violation;
use roadbook_model::state::document_open;
use roadbook_model::{Edit, Envelope, Fields, PersonId, RecordId, document};
use roadbook_protocol::entry::{Author, ChangesEntry};
use roadbook_protocol::{Blob, Reason, code};

use super::book::Book;
use crate::actor;
use crate::gate::{Candidate, admit};

impl Book {
    /// Makes these edits on a record as it stands, as one change. The record is among those fetched. Of what an account owes, it is
    /// kept since when.
    ///
    /// # Errors
    /// `unknown_record`; `record_closed`; `nothing_changed`; the first rule or right that does not allow it.
    pub fn edit(
        &mut self,
        role: Role,
        by: PersonId,
        record: RecordId,
        edits: &[Edit],
    ) -> Result<u64, Reason> {
        let stored = self.records.get(&record);
        let stored =
            stored.ok_or_else(|| Reason::new(code::UNKNOWN_RECORD, "E1", "there is no such record"))?;
        let envelope = stored.envelope;
        let spec = envelope.kind.spec();
        let state = stored.decision.as_ref().map(|decision| decision.state.as_str());
        if !document_open(envelope.kind, state) {
            let text = format!(
                "this {} is {} and can no longer be edited",
                envelope.kind,
                state.unwrap_or("closed")
            );
            return Err(Reason::new(code::RECORD_CLOSED, "Q5", text));
        }
        let own = actor::server(self.epoch.0, record);
        let mut doc = stored.doc.clone();
        let since = owed_at(envelope.kind, edits, self.now_ms);
        let edits: Vec<Edit> = edits.iter().cloned().chain(since).collect();
        let made =
            document::edit(spec, &mut doc, own, self.now_ms.div_euclid(1000), &edits).map_err(refused)?;
        let made = made.ok_or_else(|| {
            Reason::new("nothing_changed", "G7", "the record says this already; there is nothing to write")
        })?;
        let base = stored.doc.clone();
        self.write(role, by, envelope, Some(&base), made)
    }

    /// Makes a record with this content. Its account is among those fetched.
    ///
    /// # Errors
    /// `unknown_record` for an account that is none; the first rule or right that does not allow it.
    pub fn create(&mut self, role: Role, envelope: Envelope, fields: &Fields) -> Result<u64, Reason> {
        if !self.accounts.contains_key(&envelope.account) {
            return Err(Reason::new(code::UNKNOWN_RECORD, "E1", "there is no such account"));
        }
        let own = actor::server(self.epoch.0, envelope.id);
        let fields = owed_since(envelope.kind, fields.clone(), self.now_ms);
        let doc = document::create(envelope.kind.spec(), own, self.now_ms.div_euclid(1000), &fields);
        let doc = doc.map_err(refused)?;
        // A new document holds one change.
        let made = document::change_bytes(&doc).pop().unwrap_or_default();
        self.write(role, envelope.creator, envelope, None, made)
    }

    /// Takes in a change that the server made on a record, or that makes one, if the gate lets it through.
    pub(super) fn write(
        &mut self,
        role: Role,
        by: PersonId,
        envelope: Envelope,
        base: Option<&Automerge>,
        made: Vec<u8>,
    ) -> Result<u64, Reason> {
        let change = crate::gate::plain_chunk(&made).unwrap_or(made);
        let candidate = Candidate {
            envelope: &envelope,
            actor: actor::server(self.epoch.0, envelope.id),
            writer_role: role,
            is_creator: envelope.creator == by,
            changes: std::slice::from_ref(&change),
        };
        let admitted = admit(base, &candidate).map_err(|refusal| Reason {
            code: refusal.code.to_owned(),
            rule: refusal.rule.to_owned(),
            path: refusal.path,
            text: refusal.text,
        })?;
        let spec = envelope.kind.spec();
        let entry = ChangesEntry {
            record: envelope.id,
            account: envelope.account,
            generation: envelope.generation,
            kind_version: spec.version,
            author: Author { person: by, device: None, store_generation: 0, number: 0 },
            captured_ms: self.now_ms,
            late: false,
            changes: vec![Blob(change)],
            creates: base.is_none().then(|| spec.name.to_owned()),
            opens: None,
        };
        Ok(self.accept(envelope, entry, admitted))
    }
}

fn refused(violation: Violation) -> Reason {
    Reason {
        code: violation.code.to_owned(),
        rule: "G7".to_owned(),
        path: violation.path,
        text: violation.text,
    }
}
