//! Changes of a record: from the questions to the entry.

use automerge::Automerge;
use roadbook_model::permission::may_create;
use roadbook_model::state::document_open;
use roadbook_model::{AccountId, Envelope, Kind};
use roadbook_protocol::entry::{Author, ChangesEntry, Opened, Subject};
use roadbook_protocol::item::{Changes, NewRecord};
use roadbook_protocol::{Entry, Hash, Item, Outcome, Reason, code};

use super::book::Book;
use super::judge::{Gated, Standing, Stop, envelope_of, unknown_record};
use super::rows::{AccountRow, Lease, Record, ServerDevice};
use crate::gate::{Admitted, Refusal};

/// What an item's changes go to.
struct Target {
    envelope: Envelope,
    /// The territory of an account that the item creates.
    opens: Option<Opened>,
    late: bool,
}

impl Book {
    pub(super) fn take_changes(
        &mut self,
        device: &ServerDevice,
        author: Author,
        item: &Item,
        body: &Changes,
        gated: Option<Gated>,
    ) -> Result<(u64, Outcome), Stop> {
        if let Some(position) = self.all_known(body) {
            return Ok((position, Outcome::InRecord { late: false }));
        }
        let target = self.target(device, &author, item, body)?;
        let account = target.envelope.account;
        self.may_take(&target, body).map_err(|stop| stop.on(account))?;
        let admitted = self
            .gated(device, &target.envelope, body, gated)
            .map_err(|refusal| refused(refusal).on(account))?;
        let base = self.records.get(&body.record).map(|record| record.doc.clone());
        let entry = ChangesEntry {
            record: body.record,
            account,
            generation: target.envelope.generation,
            kind_version: body.kind_version,
            author,
            captured_ms: item.captured_ms,
            late: target.late,
            changes: body.changes.clone(),
            creates: body.new.is_some().then(|| target.envelope.kind.name().to_owned()),
            opens: target.opens,
        };
        let position = self.accept(target.envelope, entry, admitted);
        if let Some(base) = base {
            if target.late {
                self.guard_late(author, body, &target.envelope, &base);
            }
            self.tell_root(author, &target.envelope, &base);
        }
        if let Some(opened) = target.opens {
            self.open_account(device, account, opened, position);
        }
        Ok((position, Outcome::InRecord { late: target.late }))
    }

    /// The last position of the changes, if every one of them is in its record already (a recovered store offers again
    /// what it is not sure of).
    fn all_known(&self, body: &Changes) -> Option<u64> {
        let mut last = None;
        for change in &body.changes {
            let hash = crate::digest::claimed_hash(&change.0)?;
            let (record, position) = *self.changes.get(&hash)?;
            if record != body.record {
                return None;
            }
            last = last.max(Some(position));
        }
        last
    }

    /// Which record the item means, whether the device may reach it, and whether it comes late.
    fn target(
        &self,
        device: &ServerDevice,
        author: &Author,
        item: &Item,
        body: &Changes,
    ) -> Result<Target, Stop> {
        if self.retired(author, body.record, body.branch) {
            let text = "it builds on work that was not taken; it is kept with it and shares its fate";
            return Err(Stop::hold(Reason::new(code::BRANCH_RETIRED, "B3", text)));
        }
        let lease = self.lease_of(device, item)?;
        match &body.new {
            Some(new) => self.target_new(device, &lease, body, new),
            None => {
                let record = self.records.get(&body.record).ok_or_else(unknown_record)?;
                self.covered(&lease, record.envelope.account)?;
                let standing = self.standing(device, &lease, record.envelope.account)?;
                let late = matches!(standing, Standing::Late);
                Ok(Target { envelope: record.envelope, opens: None, late })
            }
        }
    }

    fn target_new(
        &self,
        device: &ServerDevice,
        lease: &Lease,
        body: &Changes,
        new: &NewRecord,
    ) -> Result<Target, Stop> {
        let opens = self.place_of_new(lease, new)?;
        let envelope = envelope_of(body, new, device).ok_or_else(|| {
            let text = format!(
                "this server does not know records of kind {:?} yet; it is kept until it does",
                new.kind
            );
            Stop::hold(Reason::new(code::UNKNOWN_KIND, "I6", text))
        })?;
        let is_misnamed = opens.is_some() && envelope.account.record() != envelope.id;
        let is_opened = new.opens.is_some_and(|opens| self.leases.contains_key(&opens));
        if self.records.contains_key(&body.record) || is_misnamed || is_opened {
            let text = "this id cannot be used for a new record; capture it again";
            return Err(Stop::refuse(Reason::new(code::ID_NOT_USABLE, "E5", text)));
        }
        if !may_create(device.role, envelope.kind) {
            let text = format!("your role may not create a {}", envelope.kind);
            let reason = Reason::new(code::NOT_PERMITTED, "G4", text);
            return Err(Stop::by_role(device, reason, |role| may_create(role, envelope.kind)));
        }
        let standing = self.standing(device, lease, envelope.account)?;
        Ok(Target { envelope, opens, late: matches!(standing, Standing::Late) })
    }

    /// Whether the lease lets a record be created there; for an account, the lease and the territory that it opens.
    fn place_of_new(&self, lease: &Lease, new: &NewRecord) -> Result<Option<Opened>, Stop> {
        if Kind::find(&new.kind) != Some(Kind::ACCOUNT) {
            return self.covered(lease, new.account).map(|()| None);
        }
        let (Subject::Territory(territory), Some(opens)) = (lease.subject, new.opens) else {
            let text = "a new account needs a lease on its territory and the lease that is to open on it";
            return Err(Stop::refuse(Reason::new(code::NOT_PERMITTED, "L8", text)));
        };
        Ok(Some(Opened { lease: Some(opens), territory }))
    }

    /// What the record's own state allows.
    fn may_take(&self, target: &Target, body: &Changes) -> Result<(), Stop> {
        let kind = target.envelope.kind;
        if body.kind_version > kind.spec().version {
            let text = format!(
                "it was written by a later version of {kind} than this server knows; it is kept until then"
            );
            return Err(Stop::hold(Reason::new(code::FUTURE_KIND, "I7", text)));
        }
        if body.generation != target.envelope.generation {
            let text =
                "the record was cut over to a new document since; the device will offer this again on it";
            return Err(Stop::hold(Reason::new(code::SUPERSEDED, "B5", text)));
        }
        let state = self.records.get(&body.record).and_then(|record| record.decision.as_ref());
        let state = state.map(|decision| decision.state.as_str());
        if document_open(kind, state) {
            return Ok(());
        }
        let text = format!(
            "this {kind} is {} and can no longer be edited; ask the office",
            state.unwrap_or("closed")
        );
        Err(Stop::hold(Reason::new(code::RECORD_CLOSED, "Q5", text)))
    }

    /// Appends changes and makes the record what the gate found it to become.
    pub(super) fn accept(&mut self, envelope: Envelope, entry: ChangesEntry, admitted: Admitted) -> u64 {
        let record = entry.record;
        let opens = entry.opens;
        let position = self.append(Entry::Changes(entry));
        for hash in &admitted.hashes {
            self.changes.insert(Hash(*hash), (record, position));
            self.out.changes.push((Hash(*hash), record, position));
        }
        if let Some(opened) = opens {
            let row = AccountRow { id: envelope.account, territory: opened.territory, digest: 0, root: None };
            self.accounts.insert(envelope.account, row);
        }
        let now_ms = self.now_ms;
        self.records.entry(record).or_insert_with(|| Record {
            envelope,
            version: position,
            doc: Automerge::new(),
            decision: None,
            digest: 0,
            at_ms: (now_ms, now_ms),
        });
        self.put_doc(record, admitted.doc, position);
        position
    }

    /// Opens the creator's lease on a new account, and grants one to everybody else who is entitled to its territory.
    fn open_account(&mut self, device: &ServerDevice, account: AccountId, opened: Opened, position: u64) {
        if let Some(id) = opened.lease {
            let subject = Subject::Account(account);
            let lease =
                Lease { id, device: device.id, subject, granted: position, withdrawn: None, closed: None };
            self.leases.insert(id, lease);
            self.out.leases.insert(id);
        }
        self.settle_leases(account, super::place::Handover::NOW);
    }
}

/// The gate's refusal as an answer.
fn refused(refusal: Refusal) -> Stop {
    let held = refusal.code == code::ROLE_CHANGED;
    let reason = Reason {
        code: refusal.code.to_owned(),
        rule: refusal.rule.to_owned(),
        path: refusal.path,
        text: refusal.text,
    };
    if held { Stop::hold(reason) } else { Stop::refuse(reason) }
}
