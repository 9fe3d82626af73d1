//! What must be taken: nobody's work is held or refused without a reason that the history has.

use std::collections::BTreeMap;

use roadbook_model::permission::may_request;
use roadbook_model::state::{document_open, transition};
use roadbook_model::{DeviceId, Kind, LeaseId, RecordId, Verb};
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::item::{Request, item_hash};
use roadbook_protocol::{Entry, Item, ItemBody, Outcome, Reason, code};
use roadbook_sync::ledger::HeldRow;
use roadbook_sync::ledger::book::ItemKey;

use crate::sim::world::{Saved, World};

/// I18.
pub fn all(world: &World) -> Result<(), String> {
    let history = History::of(world);
    for saved in &world.saved {
        let key = (saved.device, saved.store_generation, saved.number);
        let stored = world.server.book.receipts.get(&key);
        let Some(stored) = stored.filter(|stored| stored.item == item_hash(&saved.bytes)) else { continue };
        let (Outcome::Held(reason) | Outcome::Refused(reason)) = &stored.receipt.outcome else { continue };
        if !history.has(saved, reason, stored.receipt.position) {
            let name = &world.phones[saved.phone].name;
            let kind = Item::read(&saved.bytes).map(|item| item.body);
            return Err(format!(
                "I18: {name} {}/{}: {} ({}) at {} without a reason: {kind:?}",
                saved.store_generation, saved.number, reason.code, reason.rule, stored.receipt.position
            ));
        }
    }
    Ok(())
}

/// What the log says happened where, as far as it is a reason not to take work.
#[derive(Default)]
struct History<'a> {
    withdrawn: BTreeMap<LeaseId, (u64, LatePolicy, i64)>,
    granted: BTreeMap<LeaseId, u64>,
    revoked: BTreeMap<DeviceId, u64>,
    decided: BTreeMap<RecordId, Vec<(u64, &'a str)>>,
    created: BTreeMap<RecordId, u64>,
    fates: BTreeMap<ItemKey, u64>,
    at_ms: Vec<i64>,
    world: Option<&'a World>,
}

impl<'a> History<'a> {
    fn of(world: &'a World) -> Self {
        let mut history = Self { world: Some(world), ..Self::default() };
        for row in &world.server.log {
            history.at_ms.push(row.at_ms);
            history.note(row.entry.position, &row.entry.entry);
        }
        history
    }

    fn note(&mut self, position: u64, entry: &'a Entry) {
        match entry {
            Entry::Withdrawn(entry) => {
                for lease in &entry.leases {
                    self.withdrawn.insert(*lease, (position, entry.policy, entry.grace_until_ms));
                }
            }
            Entry::Granted(entry) => {
                self.granted.extend(entry.grants.iter().map(|grant| (grant.lease, position)));
            }
            Entry::Changes(entry) => {
                if entry.creates.is_some() {
                    self.created.insert(entry.record, position);
                }
                let lease = entry.opens.and_then(|opened| opened.lease);
                self.granted.extend(lease.map(|lease| (lease, position)));
            }
            Entry::Decision(entry) => {
                self.decided.entry(entry.record).or_default().push((position, &entry.state));
            }
            Entry::Revoked(entry) => {
                self.revoked.entry(entry.device).or_insert(position);
            }
            Entry::Fate(entry) => {
                let author = entry.author;
                let key = author.device.map(|device| (device, author.store_generation, author.number));
                self.fates.extend(key.map(|key| (key, position)));
            }
            _ => {}
        }
    }

    /// Whether the history has a reason with this code, before this position.
    fn has(&self, saved: &Saved, reason: &Reason, at: u64) -> bool {
        let Ok(item) = Item::read(&saved.bytes) else { return false };
        let withdrawn = self.withdrawn.get(&item.lease).filter(|(position, ..)| *position < at);
        let by = |policy| withdrawn.is_some_and(|(_, of, _)| *of == policy);
        let created = |record| self.created.get(&record).is_some_and(|position| *position < at);
        match reason.code.as_str() {
            code::LATE_REVIEW => by(LatePolicy::Review),
            code::LATE_REFUSED => by(LatePolicy::Refuse),
            code::GRACE_OVER => withdrawn.is_some_and(|(.., grace)| self.at_ms(at) > *grace),
            code::LEASE_CLOSED => self.is_closed(item.lease, at),
            code::DEVICE_LEAVING => self.revoked.get(&saved.device).is_some_and(|position| *position < at),
            code::BRANCH_RETIRED => saved.record.is_some_and(|record| self.set_aside(saved, record)),
            code::PARENT_HELD => {
                self.unborn(saved, item.lease) || saved.record.is_some_and(|it| self.set_aside(saved, it))
            }
            code::NO_LEASE => !self.granted.contains_key(&item.lease) && self.unborn(saved, item.lease),
            code::UNKNOWN_RECORD => {
                saved.record.is_some_and(|record| self.set_aside(saved, record) || !created(record))
            }
            code::ID_NOT_USABLE => saved.record.is_some_and(created),
            code::ROLE_CHANGED => self.had_another_role(saved),
            code::RECORD_CLOSED => saved.record.is_some_and(|record| self.is_closed_to_writers(record, at)),
            code::WRONG_STATE => self.is_settled(saved, &item, at),
            code::NOT_PERMITTED => saved.buggy || self.is_anothers(saved, &item),
            // What the gate finds wrong with the work itself: only of an app that skips the rules.
            _ => saved.buggy,
        }
    }

    fn at_ms(&self, position: u64) -> i64 {
        let index = usize::try_from(position).unwrap_or(0).saturating_sub(1);
        self.at_ms.get(index).copied().unwrap_or(i64::MIN)
    }

    fn had_another_role(&self, saved: &Saved) -> bool {
        let device = self.world.and_then(|world| world.server.book.devices.get(&saved.device));
        device.is_some_and(|device| !device.former_roles.is_empty())
    }

    fn is_closed(&self, lease: LeaseId, at: u64) -> bool {
        let row = self.world.and_then(|world| world.server.book.leases.get(&lease));
        row.and_then(|row| row.closed).is_some_and(|closed| closed < at)
    }

    /// What had been decided on a record before this position.
    fn state(&self, record: RecordId, at: u64) -> Option<&'a str> {
        let decided = self.decided.get(&record)?;
        decided.iter().rev().find(|(position, _)| *position < at).map(|(_, state)| *state)
    }

    fn is_closed_to_writers(&self, record: RecordId, at: u64) -> bool {
        !document_open(Kind::ORDER, self.state(record, at))
    }

    /// Whether a request could not be granted in the state that its record was in.
    fn is_out_of_turn(&self, request: &Request, at: u64) -> bool {
        let state = self.state(request.record, at);
        request.verb.parse().is_ok_and(|verb: Verb| transition(verb, state).is_err())
    }

    /// It asks for what only the creator may ask for, and the server's word is that another created the record: the office took
    /// its creation over when it was held.
    fn is_anothers(&self, saved: &Saved, item: &Item) -> bool {
        let ItemBody::Request(request) = &item.body else { return false };
        let book = self.world.map(|world| &world.server.book);
        let device = book.and_then(|book| book.devices.get(&saved.device));
        let record = book.and_then(|book| book.records.get(&request.record));
        device.zip(record).is_some_and(|(device, record)| {
            let may = |verb: Verb| may_request(device.role, verb, record.envelope.creator == device.person);
            request.verb.parse().is_ok_and(|verb| !may(verb))
        })
    }

    /// What an earlier item of the same store was about, and was set aside as well.
    fn earlier(&self, saved: &Saved) -> impl Iterator<Item = &'a HeldRow> {
        let of = |number| (saved.device, saved.store_generation, number);
        let held = self.world.map(|world| world.server.book.held.range(of(0)..of(saved.number)));
        held.into_iter().flatten().map(|(_, row)| row)
    }

    fn set_aside(&self, saved: &Saved, record: RecordId) -> bool {
        self.earlier(saved).any(|row| row.branch.is_some_and(|(of, _)| of == record))
    }

    /// The lease was to open with an account whose creation was set aside.
    fn unborn(&self, saved: &Saved, lease: LeaseId) -> bool {
        self.earlier(saved).any(|row| {
            Item::read(&row.bytes).is_ok_and(|item| match item.body {
                ItemBody::Changes(body) => body.new.is_some_and(|new| new.opens == Some(lease)),
                _ => false,
            })
        })
    }

    /// What it asks for was settled before: the record's state leaves no room for it, or the held item got its fate.
    fn is_settled(&self, saved: &Saved, item: &Item, at: u64) -> bool {
        let has_fate = |number| {
            let key = (saved.device, saved.store_generation, number);
            self.fates.get(&key).is_some_and(|position| *position < at)
        };
        match &item.body {
            _ if item.reapplies.is_some_and(has_fate) => true,
            ItemBody::Request(request) => self.is_out_of_turn(request, at),
            ItemBody::Discard(number) => has_fate(*number),
            ItemBody::Changes(_) | ItemBody::Close | ItemBody::Wiped => false,
        }
    }
}
