//! Releasing held work: its changes come into the record as they are, under their author's name, if the gate lets them;
//! what it asks for is answered in its author's name.

use roadbook_model::state::document_open;
use roadbook_model::{Envelope, Kind, LeaseId, PersonId};
use roadbook_protocol::entry::{ChangesEntry, LatePolicy, Opened, Subject};
use roadbook_protocol::item::{Changes, NewRecord, Request};
use roadbook_protocol::{Blob, Item, ItemBody, Reason, code};

use super::book::{Book, ItemKey};
use super::judge::envelope_of;
use super::place::Handover;
use super::rows::{HeldRow, ServerDevice, Withdrawal};
use crate::actor;
use crate::gate::{Admitted, Candidate, admit_as_before};

/// What a release with everything behind it came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// What came into the record, oldest first, each with the position of its fate.
    pub released: Vec<(ItemKey, u64)>,
    /// What stays held, and why.
    pub left: Vec<(ItemKey, Reason)>,
}

impl Book {
    /// Takes held work in as it is, under its author's name. What the gate or the order's state refuses stays held.
    pub fn release(&mut self, key: ItemKey, by: PersonId, text: &str) -> Result<u64, Reason> {
        let held = self.held_item(key)?.clone();
        let device = self.devices.get(&key.0).cloned();
        let device = device.ok_or_else(|| Reason::new(code::NOT_ENROLLED, "B6", "its device is unknown"))?;
        let original = match request_of(&held) {
            Some((item, body)) => {
                let original = self.original_of(key, &item)?;
                self.ask_again(&device, held.author.person, &body)?;
                original
            }
            None => {
                let (item, body) = changes_of(&held)?;
                let original = self.original_of(key, &item)?;
                self.release_changes(key, &held, &device, &item, &body)?;
                original
            }
        };
        if let Some(original) = original {
            self.give_fate(original, "re_applied", by, text);
        }
        Ok(self.give_fate(key, "released", by, text))
    }

    fn release_changes(
        &mut self,
        key: ItemKey,
        held: &HeldRow,
        device: &ServerDevice,
        item: &Item,
        body: &Changes,
    ) -> Result<(), Reason> {
        let envelope = self.released_envelope(body, device)?;
        let opens = self.opened_by_release(item, body.new.as_ref());
        if opens.is_none() && !self.accounts.contains_key(&envelope.account) {
            return Err(Reason::new(code::PARENT_HELD, "B6", "release its account first"));
        }
        self.still_open(&envelope)?;
        let admitted = self.admitted(key, held, body, &envelope, device)?;
        let entry = ChangesEntry {
            record: body.record,
            account: envelope.account,
            generation: envelope.generation,
            kind_version: body.kind_version,
            author: held.author,
            captured_ms: item.captured_ms,
            late: true,
            changes: body.changes.iter().map(|change| Blob(change.0.clone())).collect(),
            creates: body.new.is_some().then(|| envelope.kind.name().to_owned()),
            opens,
        };
        let base = self.records.get(&body.record).map(|record| record.doc.clone());
        let position = self.accept(envelope, entry, admitted);
        if let Some(base) = base {
            self.guard_late(held.author, body, &envelope, &base);
            self.tell_root(held.author, &envelope, &base);
        }
        if opens.is_some() {
            self.end_unborn(body.new.as_ref().and_then(|new| new.opens), position);
            self.settle_leases(envelope.account, Handover::NOW);
        }
        Ok(())
    }

    /// Rule Q5 holds for released work too: what was decided on does not change under the decision.
    fn still_open(&self, envelope: &Envelope) -> Result<(), Reason> {
        let decision = self.records.get(&envelope.id).and_then(|record| record.decision.as_ref());
        let state = decision.map(|decision| decision.state.as_str());
        if document_open(envelope.kind, state) {
            return Ok(());
        }
        let text = format!(
            "this {} is {}; what it leaves room for can be taken over as an edit of the office's own",
            envelope.kind,
            state.unwrap_or("closed")
        );
        Err(Reason::new(code::RECORD_CLOSED, "Q5", text))
    }

    /// Releases an item and then, oldest first, whatever waits on it. Of what stays held it says why.
    pub fn release_all(&mut self, key: ItemKey, by: PersonId, text: &str) -> Result<Released, Reason> {
        let behind = self.waiting_on(key);
        let mut done = Released { released: vec![(key, self.release(key, by, text)?)], left: Vec::new() };
        for key in behind {
            match self.release(key, by, text) {
                Ok(position) => done.released.push((key, position)),
                Err(reason) => done.left.push((key, reason)),
            }
        }
        Ok(done)
    }

    fn released_envelope(&self, body: &Changes, device: &ServerDevice) -> Result<Envelope, Reason> {
        match (self.records.get(&body.record), &body.new) {
            (Some(record), _) => Ok(record.envelope),
            (None, Some(new)) => envelope_of(body, new, device)
                .ok_or_else(|| Reason::new(code::UNKNOWN_KIND, "B6", "its kind is still unknown here")),
            (None, None) => Err(Reason::new(code::PARENT_HELD, "B6", "release the record's creation first")),
        }
    }

    fn admitted(
        &self,
        key: ItemKey,
        held: &HeldRow,
        body: &Changes,
        envelope: &Envelope,
        device: &ServerDevice,
    ) -> Result<Admitted, Reason> {
        let changes: Vec<Vec<u8>> = body.changes.iter().map(|change| change.0.clone()).collect();
        let candidate = Candidate {
            envelope,
            actor: actor::derive(key.0, key.1, body.record, body.branch),
            writer_role: device.role,
            is_creator: envelope.creator == held.author.person,
            changes: &changes,
        };
        let stored = self.records.get(&body.record).map(|record| &record.doc);
        admit_as_before(stored, &candidate, &device.former_roles)
            .map_err(|refusal| Reason::new(refusal.code, refusal.rule, refusal.text))
    }

    /// The place that a released item opens, if it creates an account: the territory whose lease it names.
    fn opened_by_release(&self, item: &Item, new: Option<&NewRecord>) -> Option<Opened> {
        let creates_account = new.is_some_and(|new| Kind::find(&new.kind) == Some(Kind::ACCOUNT));
        match self.leases.get(&item.lease)?.subject {
            Subject::Territory(territory) if creates_account => Some(Opened { lease: None, territory }),
            _ => None,
        }
    }

    /// The lease that was to open with a held account ends as it begins: who is entitled gets another. What its device
    /// still sends under it is late work.
    fn end_unborn(&mut self, lease: Option<LeaseId>, position: u64) {
        let Some(row) = lease.and_then(|id| self.leases.get_mut(&id)).filter(|row| row.granted == 0) else {
            return;
        };
        row.granted = position;
        row.withdrawn = Some(Withdrawal {
            position,
            policy: LatePolicy::Accept,
            grace_until_ms: Handover::NOW.grace_until_ms,
        });
        row.closed = Some(position);
        self.out.leases.insert(row.id);
    }
}

/// The changes of a held item.
pub(super) fn changes_of(held: &HeldRow) -> Result<(Item, Changes), Reason> {
    let item =
        Item::read(&held.bytes).map_err(|error| Reason::new(code::MALFORMED, "B6", error.to_string()))?;
    match item.body.clone() {
        ItemBody::Changes(body) => Ok((item, body)),
        ItemBody::Request(_) | ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped => {
            Err(Reason::new(code::WRONG_STATE, "B6", "there is nothing in it that could be taken in"))
        }
    }
}

/// What a held item asks of the centre, if it is a request.
pub(super) fn request_of(held: &HeldRow) -> Option<(Item, Request)> {
    let item = Item::read(&held.bytes).ok()?;
    match item.body.clone() {
        ItemBody::Request(body) => Some((item, body)),
        ItemBody::Changes(_) | ItemBody::Close | ItemBody::Discard(_) | ItemBody::Wiped => None,
    }
}
