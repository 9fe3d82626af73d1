//! Records that come from a file instead of a device: made by the server's own actor, in the name of a person.

use roadbook_model::pricing::credit::owed_since;
use roadbook_model::rule::Violation;
use roadbook_model::{Envelope, Fields, TerritoryId, document};
use roadbook_protocol::entry::{Author, ChangesEntry, Decision, Opened};
use roadbook_protocol::{Blob, Entry};

use super::book::Book;
use crate::actor;
use crate::gate::Admitted;

/// One record to import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its envelope; the creator is whoever did the work in the old system.
    pub envelope: Envelope,
    /// Its content.
    pub fields: Fields,
    /// When it was captured in the old system, in milliseconds since 1970.
    pub captured_ms: i64,
    /// For an account: where it lies.
    pub territory: Option<TerritoryId>,
    /// The decision that stands on it. Its record, account and heads are filled in here.
    pub decision: Option<Decision>,
}

impl Book {
    /// Takes an imported record in. One that exists already is left alone: importing twice changes nothing.
    pub fn import(&mut self, record: Imported) -> Result<bool, Violation> {
        let Imported { envelope, fields, captured_ms, territory, decision } = record;
        if self.records.contains_key(&envelope.id) {
            return Ok(false);
        }
        let spec = envelope.kind.spec();
        let fields = owed_since(envelope.kind, fields, self.now_ms);
        let actor = actor::server(self.epoch.0, envelope.id);
        let doc = document::create(spec, actor, captured_ms.div_euclid(1000), &fields)?;
        let changes: Vec<Blob> = document::change_bytes(&doc)
            .into_iter()
            .map(|bytes| Blob(crate::gate::plain_chunk(&bytes).unwrap_or(bytes)))
            .collect();
        let hashes: Vec<_> = doc.get_heads().iter().map(|head| head.0).collect();
        let entry = ChangesEntry {
            record: envelope.id,
            account: envelope.account,
            generation: envelope.generation,
            kind_version: spec.version,
            author: Author { person: envelope.creator, device: None, store_generation: 0, number: 0 },
            captured_ms,
            late: false,
            changes,
            creates: Some(spec.name.to_owned()),
            opens: territory.map(|territory| Opened { lease: None, territory }),
        };
        let admitted = Admitted { doc, hashes: hashes.clone(), before: Fields::new(), fields };
        self.accept(envelope, entry, admitted);
        if let Some(decision) = decision {
            let heads = hashes.into_iter().map(roadbook_protocol::Hash).collect();
            let decision = Decision { record: envelope.id, account: envelope.account, heads, ..decision };
            self.pass_number(decision.number.as_deref());
            let position = self.append(Entry::Decision(decision.clone()));
            self.put_decision(decision, position);
        }
        if territory.is_some() {
            self.settle_leases(envelope.account, super::place::Handover::NOW);
        }
        Ok(true)
    }

    /// Order numbers go on after the highest imported one, so that none is given out twice.
    fn pass_number(&mut self, number: Option<&str>) {
        let Some(number) = number.and_then(|number| number.parse::<u32>().ok()).map(u64::from) else {
            return;
        };
        if number >= self.next_order {
            self.next_order = number + 1;
            self.out.next_order = Some(self.next_order);
        }
    }
}
