//! What the office does itself: decisions on orders, fates of held work, reference data.

use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, Kind, LeaseId, PersonId, document};
use roadbook_protocol::entry::{Author, Fate, LatePolicy, Opened, Reference, Subject};
use roadbook_protocol::item::{NewRecord, Request};
use roadbook_protocol::{Blob, Entry, Hash, Item, ItemBody, Outcome, Reason, Receipt, code};

use super::book::Book;
use super::judge::{Stop, envelope_of};
use super::place::Handover;
use super::rows::Withdrawal;
use crate::actor;
use crate::gate::{Admitted, Candidate, admit};

impl Book {
    /// Judges a request made through the API. A repeated one gets its stored answer.
    pub fn request(&mut self, role: Role, by: PersonId, body: &Request) -> Result<Receipt, Reason> {
        if let Some(known) = self.requests.get(&body.id) {
            return match &known.outcome {
                Outcome::InRecord { .. } => Ok(known.clone()),
                Outcome::Held(reason) | Outcome::Refused(reason) => Err(reason.clone()),
            };
        }
        let decision = self.decision(role, by, body).map_err(|stop| stop.reason)?;
        let position = self.append(Entry::Decision(decision.clone()));
        self.put_decision(decision, position);
        let receipt = Receipt { number: 0, position, outcome: Outcome::InRecord { late: false } };
        self.remember(body.id, &receipt);
        Ok(receipt)
    }

    /// Publishes reference data.
    pub fn publish(&mut self, reference: Reference) -> u64 {
        self.append(Entry::Reference(reference))
    }

    /// Gives up on a held item, for a stated reason.
    pub fn discard(&mut self, key: (DeviceId, u32, u64), by: PersonId, text: &str) -> Result<u64, Reason> {
        self.held_item(key)?;
        Ok(self.give_fate(key, "discarded", by, text))
    }

    /// Takes held changes into the record as they are, under their author's name. What the gate refuses stays held.
    pub fn release(&mut self, key: (DeviceId, u32, u64), by: PersonId, text: &str) -> Result<u64, Reason> {
        let held = self.held_item(key)?.clone();
        let item =
            Item::read(&held.bytes).map_err(|error| Reason::new(code::MALFORMED, "B6", error.to_string()))?;
        let ItemBody::Changes(body) = &item.body else {
            return Err(Reason::new(
                code::WRONG_STATE,
                "B6",
                "only changes can be released; ask for the decision anew",
            ));
        };
        let device = self.devices.get(&key.0).cloned();
        let device = device.ok_or_else(|| Reason::new(code::NOT_ENROLLED, "B6", "its device is unknown"))?;
        let stored = self.records.get(&body.record);
        let envelope = match (stored, &body.new) {
            (Some(record), _) => record.envelope,
            (None, Some(new)) => envelope_of(body, new, &device)
                .ok_or_else(|| Reason::new(code::UNKNOWN_KIND, "B6", "its kind is still unknown here"))?,
            (None, None) => {
                return Err(Reason::new(code::PARENT_HELD, "B6", "release the record's creation first"));
            }
        };
        let opens = self.opened_by_release(&item, body.new.as_ref());
        if opens.is_none() && !self.accounts.contains_key(&envelope.account) {
            return Err(Reason::new(code::PARENT_HELD, "B6", "release its account first"));
        }
        let changes: Vec<Vec<u8>> = body.changes.iter().map(|change| change.0.clone()).collect();
        let candidate = Candidate {
            envelope: &envelope,
            actor: actor::derive(key.0, key.1, body.record, body.branch),
            writer_role: device.role,
            is_creator: envelope.creator == held.author.person,
            changes: &changes,
        };
        let admitted: Admitted = admit(stored.map(|record| &record.doc), &candidate)
            .map_err(|refusal| Reason::new(refusal.code, refusal.rule, refusal.text))?;
        debug_assert_eq!(document::hydrate(envelope.kind.spec(), &admitted.doc), admitted.fields);
        let entry = roadbook_protocol::entry::ChangesEntry {
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
        }
        if opens.is_some() {
            self.end_unborn(body.new.as_ref().and_then(|new| new.opens), position);
            self.settle_leases(envelope.account, Handover::NOW);
        }
        Ok(self.give_fate(key, "released", by, text))
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

    fn held_item(&self, key: (DeviceId, u32, u64)) -> Result<&super::rows::HeldRow, Reason> {
        let held = self.held.get(&key).filter(|row| row.held && row.fate.is_none());
        held.ok_or_else(|| {
            Reason::new(code::WRONG_STATE, "B6", "this item is not held, or has its fate already")
        })
    }

    fn give_fate(&mut self, key: (DeviceId, u32, u64), fate: &str, by: PersonId, text: &str) -> u64 {
        let author = self.held.get(&key).map(|row| row.author);
        let author = author.unwrap_or(Author {
            person: by,
            device: Some(key.0),
            store_generation: key.1,
            number: key.2,
        });
        let entry = Fate { author, fate: fate.to_owned(), by, text: text.to_owned() };
        let position = self.append(Entry::Fate(entry));
        if let Some(row) = self.held.get_mut(&key) {
            row.fate = Some(fate.to_owned());
            self.out.held.push(row.clone());
        }
        position
    }

    /// The hashes that an item's changes claim, for `why`.
    pub fn claimed(item: &Item) -> Vec<Hash> {
        match &item.body {
            ItemBody::Changes(body) => {
                body.changes.iter().filter_map(|change| crate::digest::claimed_hash(&change.0)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl From<Stop> for Reason {
    fn from(stop: Stop) -> Self {
        stop.reason
    }
}
