//! What the office does itself: decisions on orders, fates of held work, reference data.

use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, PersonId, document};
use roadbook_protocol::entry::{Author, Fate, Reference};
use roadbook_protocol::item::Request;
use roadbook_protocol::{Blob, Entry, Hash, Item, ItemBody, Outcome, Reason, Receipt, code};

use super::book::Book;
use super::judge::{Stop, envelope_of};
use crate::actor;
use crate::gate::{Admitted, Candidate, admit};

impl Book {
    /// Judges a request made through the API. A repeated one gets its stored answer.
    pub fn request(&mut self, role: Role, by: PersonId, body: &Request) -> Result<Receipt, Reason> {
        if let Some(known) = self.requests.get(&body.id) {
            return Ok(known.clone());
        }
        let decision = self.decision(role, by, body).map_err(|stop| stop.reason)?;
        let position = self.append(Entry::Decision(decision.clone()));
        self.put_decision(decision, position);
        let receipt = Receipt { number: 0, position, outcome: Outcome::InRecord { late: false } };
        self.requests.insert(body.id, receipt.clone());
        self.out.requests.insert(body.id, receipt.clone());
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
        if !self.accounts.contains_key(&envelope.account) {
            return Err(Reason::new(
                code::PARENT_HELD,
                "B6",
                "its account is not in the record; place it first",
            ));
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
            opens: None,
        };
        self.accept(envelope, entry, admitted);
        Ok(self.give_fate(key, "released", by, text))
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
