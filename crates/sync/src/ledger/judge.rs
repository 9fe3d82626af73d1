//! What becomes of one pushed item: the order of questions, the same for every kind of item.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash};
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, RecordId};
use roadbook_protocol::entry::{Author, LatePolicy, Subject, Unaccepted};
use roadbook_protocol::item::{self, Changes, NewRecord};
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Outcome, Reason, Receipt, code};

use super::book::Book;
use super::rows::{DeviceState, HeldRow, Lease, ServerDevice, StoredReceipt};
use crate::actor;
use crate::gate::{Admitted, Candidate, Refusal, admit, admit_as_before};

/// A push that cannot be judged at all: the session ends with it, and nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The device is not in the book, or blocked.
    #[error("this device may not push")]
    Blocked,
    /// The device has said that it is wiped.
    #[error("this device was taken out of use and has said that it is wiped; enrol it anew")]
    Wiped,
    /// The number was used by other bytes: the store is a copy, or was restored.
    #[error(
        "push number {0} was already used by this device for something else; its store is a copy or was restored"
    )]
    NewGeneration(u64),
    /// A number is missing.
    #[error("push number {got} came where {expected} was expected")]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// The device is to leave before everything that it captured was answered (rule W6).
    #[error(
        "this device asks to leave at push number {asked}, and {answered} is the last that was answered; sync first"
    )]
    LeavesTooEarly {
        /// The highest number that the device gave.
        asked: u64,
        /// The highest that has an answer.
        answered: u64,
    },
    /// The push was signed for a store generation that is not the live one any more: its connection is an old one.
    #[error("this device has connected again since with another store generation; reconnect")]
    Stale,
    /// As much of its work was set aside as a day has room for (rule B11), for so many milliseconds.
    #[error(
        "too much of this device's work was held or refused today; the rest waits on the device and goes on by itself"
    )]
    AsideFull(u32),
    /// Not even a number could be read.
    #[error("an item is so malformed that its number cannot be read")]
    Unreadable,
}

/// Who pushes: a device, and the store generation that its push was signed for. Only the live one's work is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pusher {
    /// The device.
    pub device: DeviceId,
    /// The store generation, as it was when the connection was admitted.
    pub store_generation: u32,
}

impl From<&ServerDevice> for Pusher {
    fn from(device: &ServerDevice) -> Self {
        Self { device: device.id, store_generation: device.store_generation }
    }
}

/// What was found about an item's changes outside the log's lock: the heads of the record, the writer's roles, and the
/// gate's answer, which counts only if both are still so.
#[derive(Debug)]
pub struct Gated {
    found_on: Vec<ChangeHash>,
    roles: Vec<Role>,
    result: Result<Admitted, Refusal>,
}

/// Where an item stands towards the lease that it names.
pub(super) enum Standing {
    /// The lease is open.
    InTime,
    /// It was withdrawn, and late work is taken.
    Late,
}

impl Gated {
    /// Gates the changes of a batch in order, each on what the ones before it made of its record. `lookup` gives records
    /// as they are stored now, `device` is the session's: what its store generation was when the push was signed.
    pub fn prepare(
        device: &ServerDevice,
        items: &[Vec<u8>],
        lookup: impl Fn(RecordId) -> Option<(roadbook_model::Envelope, Automerge)>,
    ) -> Vec<Option<Self>> {
        let mut docs: BTreeMap<RecordId, (roadbook_model::Envelope, Automerge)> = BTreeMap::new();
        items.iter().map(|bytes| Self::find(device, bytes, &mut docs, &lookup)).collect()
    }

    fn find(
        device: &ServerDevice,
        bytes: &[u8],
        docs: &mut BTreeMap<RecordId, (roadbook_model::Envelope, Automerge)>,
        lookup: impl Fn(RecordId) -> Option<(roadbook_model::Envelope, Automerge)>,
    ) -> Option<Self> {
        let Ok(Item { body: ItemBody::Changes(body), .. }) = Item::read(bytes) else { return None };
        let stored = docs.remove(&body.record).or_else(|| lookup(body.record));
        let (envelope, base) = match (stored, &body.new) {
            (Some((envelope, doc)), _) => (envelope, Some(doc)),
            (None, Some(new)) => (envelope_of(&body, new, device)?, None),
            (None, None) => return None,
        };
        let result = gate(device, &envelope, base.as_ref(), &body);
        let found_on = base.as_ref().map(Automerge::get_heads).unwrap_or_default();
        if let Ok(admitted) = &result {
            docs.insert(body.record, (envelope, admitted.doc.clone()));
        } else if let Some(doc) = base {
            docs.insert(body.record, (envelope, doc));
        }
        Some(Self { found_on, roles: device.roles().collect(), result })
    }
}

/// The envelope that a creating item asks for; `None` when the kind is unknown.
pub(super) fn envelope_of(
    body: &Changes,
    new: &NewRecord,
    device: &ServerDevice,
) -> Option<roadbook_model::Envelope> {
    Some(roadbook_model::Envelope {
        id: body.record,
        kind: roadbook_model::Kind::find(&new.kind)?,
        account: new.account,
        creator: device.person,
        generation: 0,
    })
}

pub(super) fn gate(
    device: &ServerDevice,
    envelope: &roadbook_model::Envelope,
    base: Option<&Automerge>,
    body: &Changes,
) -> Result<Admitted, Refusal> {
    let changes: Vec<Vec<u8>> = body.changes.iter().map(|change| change.0.clone()).collect();
    let candidate = Candidate {
        envelope,
        actor: actor::derive(device.id, device.store_generation, body.record, body.branch),
        writer_role: device.role,
        is_creator: envelope.creator == device.person,
        changes: &changes,
    };
    let refusal = match admit(base, &candidate) {
        Err(refusal) if refusal.code == code::NOT_PERMITTED => refusal,
        done => return done,
    };
    let was_allowed = admit_as_before(base, &candidate, &device.former_roles).is_ok();
    Err(if was_allowed { role_changed(refusal) } else { refusal })
}

/// The same refusal as rule B12 has it: the office decides.
fn role_changed(refusal: Refusal) -> Refusal {
    Refusal { code: code::ROLE_CHANGED, rule: "B12", text: role_changed_text(&refusal.text), ..refusal }
}

fn role_changed_text(text: &str) -> String {
    format!("{text}; your role was another when this was captured: the office decides what becomes of it")
}

impl Book {
    /// Judges one item and writes down the answer. A repeated item gets its stored answer and changes nothing.
    pub fn judge(&mut self, pusher: Pusher, bytes: &[u8], gated: Option<Gated>) -> Result<Receipt, Halt> {
        self.answer_with(pusher, bytes, |book, device, author, item| book.decide(device, author, item, gated))
    }

    /// Rule B7: sets an item aside that the server's store would not hold, as it found out by trying. The order of
    /// questions is that of [`Book::judge`]; only the last word is known already.
    pub fn set_aside_unstorable(&mut self, pusher: Pusher, bytes: &[u8]) -> Result<Receipt, Halt> {
        self.answer_with(pusher, bytes, |_, _, _, _| {
            let text = "the server's database would not hold this; it is kept whole, and the office is told";
            Err(Stop::hold(Reason::new(code::NOT_STORABLE, "B7", text)))
        })
    }

    /// The account that an item is about, as far as its device may know it: under a lease of its own, or new with it.
    fn account_meant(&self, device: DeviceId, item: &Item) -> Option<AccountId> {
        if let ItemBody::Changes(Changes { new: Some(new), .. }) = &item.body
            && new.opens.is_some()
        {
            return Some(new.account).filter(|account| !self.accounts.contains_key(account));
        }
        match self.leases.get(&item.lease).filter(|lease| lease.device == device)?.subject {
            Subject::Account(account) => Some(account),
            Subject::Territory(_) => None,
        }
    }

    /// Answers one item: what was answered before as then, what is new by the word that `decide` has for it.
    fn answer_with(
        &mut self,
        pusher: Pusher,
        bytes: &[u8],
        decide: impl FnOnce(&mut Self, &ServerDevice, Author, &Item) -> Result<(u64, Outcome), Stop>,
    ) -> Result<Receipt, Halt> {
        let device =
            self.devices.get(&pusher.device).filter(|row| row.state != DeviceState::Blocked).cloned();
        let device = device.ok_or(Halt::Blocked)?;
        let item = Item::read(bytes);
        let number = match &item {
            Ok(item) => item.number,
            Err(_) => number_of(bytes).ok_or(Halt::Unreadable)?,
        };
        if pusher.store_generation != device.store_generation {
            return Err(Halt::Stale);
        }
        let hash = item::item_hash(bytes);
        if let Some(known) = self.receipts.get(&(device.id, device.store_generation, number)) {
            return if known.item == hash {
                Ok(known.receipt.clone())
            } else {
                Err(Halt::NewGeneration(number))
            };
        }
        if device.state == DeviceState::Wiped {
            return Err(Halt::Wiped);
        }
        if number != device.last_number + 1 {
            return Err(Halt::Gap { expected: device.last_number + 1, got: number });
        }
        let author = Author {
            person: device.person,
            device: Some(device.id),
            store_generation: device.store_generation,
            number,
        };
        let verdict = match &item {
            Ok(item) => decide(self, &device, author, item),
            Err(error) => Err(Stop::refuse(Reason::new(
                code::MALFORMED,
                "I1",
                format!("{error}; this app and the server disagree on the item's form, update the app"),
            ))),
        };
        let (position, outcome) = match verdict {
            Ok(accepted) => accepted,
            Err(stop) => {
                let now_ms = self.now_ms;
                if let Some(device) = self.devices.get_mut(&device.id) {
                    device.aside.add(bytes.len(), now_ms).map_err(Halt::AsideFull)?;
                }
                self.set_aside(author, bytes, hash, stop)
            }
        };
        let receipt = Receipt { number, position, outcome };
        if let Ok(ItemBody::Request(body)) = item.map(|item| item.body) {
            self.remember(body.id, &receipt);
        }
        self.answer(author, hash, receipt.clone());
        Ok(receipt)
    }

    fn decide(
        &mut self,
        device: &ServerDevice,
        author: Author,
        item: &Item,
        gated: Option<Gated>,
    ) -> Result<(u64, Outcome), Stop> {
        let original = self.original_of((device.id, author.store_generation, author.number), item);
        let original = original.map_err(Stop::refuse)?;
        let word = match &item.body {
            ItemBody::Changes(body) => self.take_changes(device, author, item, body, gated),
            ItemBody::Request(body) => self.take_request(device, author, item, body),
            ItemBody::Close => self.take_close(device, author, item),
            ItemBody::Discard(number) => self.take_discard(device, author, *number),
            ItemBody::Wiped => self.take_wiped(device, author),
        }?;
        // Rule B9: in the same append as the entry that takes the work anew.
        if let Some(original) = original {
            self.give_fate(original, "re_applied", device.person, "captured anew on the device");
        }
        Ok(word)
    }

    /// Rule B10: a person gives up on what was held of the device's own work.
    fn take_discard(
        &mut self,
        device: &ServerDevice,
        author: Author,
        number: u64,
    ) -> Result<(u64, Outcome), Stop> {
        if device.state == DeviceState::Leaving {
            let text = "this device is being taken out of use; the office decides what becomes of its work";
            return Err(Stop::hold(Reason::new(code::DEVICE_LEAVING, "L5", text)));
        }
        let key = (device.id, author.store_generation, number);
        self.held_item(key).map_err(|reason| Stop::refuse(Reason { rule: "B10".to_owned(), ..reason }))?;
        let position = self.give_fate(key, "discarded", device.person, "given up on the device");
        Ok((position, Outcome::InRecord { late: false }))
    }

    /// Keeps an item that is not taken, whole, and says so in the log.
    fn set_aside(&mut self, author: Author, bytes: &[u8], hash: Hash, stop: Stop) -> (u64, Outcome) {
        let item = Item::read(bytes).ok();
        let branch = item.as_ref().and_then(|item| match &item.body {
            ItemBody::Changes(body) => Some((body.record, body.branch)),
            _ => None,
        });
        let meant =
            author.device.zip(item.as_ref()).and_then(|(device, item)| self.account_meant(device, item));
        let account = stop.account.or(meant);
        if stop.held {
            self.note_unborn(author, item.as_ref());
        }
        let position = self.append(Entry::Unaccepted(Unaccepted {
            author,
            item: hash,
            held: stop.held,
            record: item.as_ref().and_then(Item::record),
            account,
            reason: stop.reason.clone(),
        }));
        let row = HeldRow {
            author,
            bytes: bytes.to_vec(),
            branch,
            account,
            held: stop.held,
            position,
            code: stop.reason.code.clone(),
            fate: None,
        };
        if let Some(device) = author.device {
            self.held.insert((device, author.store_generation, author.number), row.clone());
        }
        self.out.held.push(row);
        (position, if stop.held { Outcome::Held(stop.reason) } else { Outcome::Refused(stop.reason) })
    }

    /// Rule B4: the lease of an account whose creation is held is known from then on, so that work under it shares the
    /// account's fate.
    fn note_unborn(&mut self, author: Author, item: Option<&Item>) {
        let Some(ItemBody::Changes(body)) = item.map(|item| &item.body) else { return };
        let Some(new) = &body.new else { return };
        let (Some(device), Some(id)) = (author.device, new.opens) else { return };
        let subject = Subject::Account(new.account);
        self.leases.entry(id).or_insert_with(|| {
            self.out.leases.insert(id);
            Lease { id, device, subject, granted: 0, withdrawn: None, closed: None }
        });
    }

    fn answer(&mut self, author: Author, item: Hash, receipt: Receipt) {
        let Some(id) = author.device else { return };
        if let Some(device) = self.devices.get_mut(&id) {
            device.last_number = receipt.number;
            self.out.devices.insert(id);
        }
        let stored = StoredReceipt { author, item, receipt };
        self.receipts.insert((id, author.store_generation, author.number), stored.clone());
        self.out.receipts.push(stored);
    }

    /// The lease that an item names, if it is this device's.
    pub(super) fn lease_of(&self, device: &ServerDevice, item: &Item) -> Result<Lease, Stop> {
        let lease = self.leases.get(&item.lease).filter(|lease| lease.device == device.id).cloned();
        let lease = lease.ok_or_else(|| {
            let text =
                "this work names a lease that this device does not hold; it is kept for the office to judge";
            Stop::hold(Reason::new(code::NO_LEASE, "L2", text))
        })?;
        if lease.granted == 0 {
            let text = "the account it belongs to is itself held; it shares that account's fate";
            return Err(Stop::hold(Reason::new(code::PARENT_HELD, "B4", text)));
        }
        Ok(lease)
    }

    /// Whether the item comes in time, late, or not at all. What the device claims may make this stricter, never laxer;
    /// its clock decides nothing.
    pub(super) fn standing(
        &self,
        device: &ServerDevice,
        lease: &Lease,
        account: AccountId,
    ) -> Result<Standing, Stop> {
        let stop = |code, text: &str| Err(Stop::hold(Reason::new(code, "L5", text)).on(account));
        if device.state == DeviceState::Leaving {
            return stop(
                code::DEVICE_LEAVING,
                "this device is being taken out of use; what it sends is kept for review",
            );
        }
        let elsewhere = self.holds(device.id, account, Some(lease.id));
        if lease.closed.is_some() {
            return if elsewhere {
                Ok(Standing::Late)
            } else {
                stop(
                    code::LEASE_CLOSED,
                    "this account was handed over and the hand-over is complete; the office decides",
                )
            };
        }
        let Some(withdrawal) = lease.withdrawn else { return Ok(Standing::InTime) };
        if elsewhere {
            return Ok(Standing::Late);
        }
        if self.now_ms > withdrawal.grace_until_ms {
            return stop(
                code::GRACE_OVER,
                "this account was handed over and the time for late work has passed",
            );
        }
        match withdrawal.policy {
            LatePolicy::Accept => Ok(Standing::Late),
            LatePolicy::Review => {
                stop(code::LATE_REVIEW, "this account was handed over; late work goes to review")
            }
            LatePolicy::Refuse => stop(
                code::LATE_REFUSED,
                "this account was handed over and late work is not taken; it is kept for the office",
            ),
        }
    }

    /// Whether an earlier item of the same branch was held or refused.
    pub(super) fn retired(&self, author: &Author, record: RecordId, branch: u32) -> bool {
        self.set_aside_by(author)
            .any(|row| row.branch.is_some_and(|(held, of)| held == record && of >= branch))
    }

    /// What was not taken of one store's work.
    pub(super) fn set_aside_by(&self, author: &Author) -> impl Iterator<Item = &HeldRow> {
        let of = |device, number| (device, author.store_generation, number);
        let rows = author.device.map(|device| self.held.range(of(device, 0)..=of(device, u64::MAX)));
        rows.into_iter().flatten().map(|(_, row)| row)
    }

    /// Uses the gate's earlier answer if it still fits, else asks again.
    pub(super) fn gated(
        &self,
        device: &ServerDevice,
        envelope: &roadbook_model::Envelope,
        body: &Changes,
        gated: Option<Gated>,
    ) -> Result<Admitted, Refusal> {
        let base = self.records.get(&body.record).map(|record| &record.doc);
        let heads = base.map(Automerge::get_heads).unwrap_or_default();
        match gated {
            Some(Gated { found_on, roles, result })
                if found_on == heads && device.roles().eq(roles.iter().copied()) =>
            {
                result
            }
            _ => gate(device, envelope, base, body),
        }
    }

    fn take_close(
        &mut self,
        device: &ServerDevice,
        author: Author,
        item: &Item,
    ) -> Result<(u64, Outcome), Stop> {
        let lease = self.lease_of(device, item)?;
        if let Some(position) = lease.closed {
            return Ok((position, Outcome::InRecord { late: false }));
        }
        if lease.withdrawn.is_none() {
            let text = "only a withdrawn lease is closed by its device";
            return Err(Stop::refuse(Reason::new(code::WRONG_STATE, "L7", text)));
        }
        let closed =
            roadbook_protocol::entry::Closed { device: device.id, lease: lease.id, number: author.number };
        let position = self.append(Entry::Closed(closed));
        if let Some(row) = self.leases.get_mut(&lease.id) {
            row.closed = Some(position);
        }
        self.out.leases.insert(lease.id);
        Ok((position, Outcome::InRecord { late: false }))
    }

    /// The account that a lease covers, or the generic answer for what a device may not see.
    pub(super) fn covered(&self, lease: &Lease, account: AccountId) -> Result<(), Stop> {
        if self.is_on(lease, account) { Ok(()) } else { Err(unknown_record()) }
    }
}

/// The same answer for what does not exist and for what the device may not see.
pub(super) fn unknown_record() -> Stop {
    let text = "there is no such record here, or it is not yours to change; sync, and capture it again if it is missing";
    Stop::refuse(Reason::new(code::UNKNOWN_RECORD, "E4", text))
}

/// Why an item is not taken.
pub(super) struct Stop {
    pub held: bool,
    pub account: Option<AccountId>,
    pub reason: Reason,
}

impl Stop {
    pub fn hold(reason: Reason) -> Self {
        Self { held: true, account: None, reason }
    }

    pub fn refuse(reason: Reason) -> Self {
        Self { held: false, account: None, reason }
    }

    /// What the device's role does not allow: held where one that its person had before does (rule B12), else refused.
    pub fn by_role(device: &ServerDevice, reason: Reason, allows: impl Fn(Role) -> bool) -> Self {
        if device.was_allowed(allows) {
            return Self::hold(Reason::new(code::ROLE_CHANGED, "B12", role_changed_text(&reason.text)));
        }
        Self::refuse(reason)
    }

    pub fn on(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }
}

/// The push number of an item whose rest cannot be read.
fn number_of(bytes: &[u8]) -> Option<u64> {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array().ok()?;
    decoder.u64().ok()
}
