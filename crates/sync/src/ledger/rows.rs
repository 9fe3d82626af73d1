//! The rows that the server's decisions read and write.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Automerge;
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, Envelope, LeaseId, PersonId, RecordId, RequestId, TerritoryId};
use roadbook_protocol::entry::{Author, Decision, Entry, LatePolicy, Subject, entry_hash};
use roadbook_protocol::{Hash, Mark, Nonce, Receipt, Tag16, encode, limits};

/// A device as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerDevice {
    /// The device.
    pub id: DeviceId,
    /// Its person.
    pub person: PersonId,
    /// The person's role.
    pub role: Role,
    /// The roles that the person had before, in any order: work captured under them may still come (rule B12).
    pub former_roles: Vec<Role>,
    /// Its public key, SEC1 compressed.
    pub public_key: Vec<u8>,
    /// Whether it may work.
    pub state: DeviceState,
    /// The live store generation.
    pub store_generation: u32,
    /// The highest push number answered in that generation; 0 before the first.
    pub last_number: u64,
    /// The nonce that the next hello must sign.
    pub nonce: Nonce,
    /// Where a fresh store of the live generation starts to read.
    pub start: Mark,
    /// How often another of its stores took over.
    pub renewals: Renewals,
    /// How much of its work was set aside lately.
    pub aside: Aside,
}

impl ServerDevice {
    /// The person's role, and then those that the person had before.
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> {
        std::iter::once(self.role).chain(self.former_roles.iter().copied())
    }

    /// Whether only a role that the person had before allows something.
    pub(super) fn was_allowed(&self, allows: impl Fn(Role) -> bool) -> bool {
        self.former_roles.iter().any(|role| allows(*role))
    }
}

/// What rule B11 counts: how much of a device's work was set aside within a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// When the day began, in milliseconds since 1970.
    pub since_ms: i64,
    /// Bytes since then.
    pub bytes: u64,
}

impl Aside {
    /// Counts one more item of so many bytes.
    ///
    /// # Errors
    /// With the milliseconds after which the day is over, when it has no room for the item.
    pub(super) fn add(&mut self, bytes: usize, now_ms: i64) -> Result<(), u32> {
        // A clock that was set back makes nobody wait longer than a day.
        if !(0..DAY_MS).contains(&now_ms.saturating_sub(self.since_ms)) {
            *self = Self { since_ms: now_ms, bytes: 0 };
        }
        let sum = self.bytes + bytes.max(limits::ASIDE_BYTES_MIN) as u64;
        if sum > limits::ASIDE_BYTES_A_DAY_MAX as u64 {
            let wait_ms = self.since_ms.saturating_add(DAY_MS).saturating_sub(now_ms);
            return Err(u32::try_from(wait_ms.max(1)).unwrap_or(u32::MAX));
        }
        self.bytes = sum;
        Ok(())
    }
}

/// What rules S4 and S5 count: how often a store of a device took over from one that was in use, and how many generations
/// were given at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewals {
    /// Whether a store of the live generation was welcomed. Until then its generation may have been lost on the way.
    pub used: bool,
    /// The generation of the store that the live generation was given to.
    pub from: u32,
    /// When a generation was ended for another store, in milliseconds since 1970; only those that still count.
    pub at_ms: Vec<i64>,
    /// When generations were given, whatever for, in milliseconds since 1970; only those of a day.
    pub given_ms: Vec<i64>,
    /// Since when no store takes over any more: two copies of the device are in use.
    pub cloned_ms: Option<i64>,
}

impl Renewals {
    /// Counts one more store, of this generation, that comes beside the live one. Says whether it may take over.
    pub(super) fn admits(&mut self, generation: u32, now_ms: i64) -> bool {
        // The same store asks again: the answer was lost.
        if !self.used && self.from == generation {
            return true;
        }
        let days = i64::from(limits::RENEWAL_DAYS);
        self.at_ms.retain(|at| now_ms.saturating_sub(*at) < days * DAY_MS);
        if self.cloned_ms.is_some() || self.at_ms.len() >= limits::RENEWALS_MAX {
            self.cloned_ms.get_or_insert(now_ms);
            return false;
        }
        self.at_ms.push(now_ms);
        true
    }

    /// Counts one more generation, whatever for (rule S5).
    ///
    /// # Errors
    /// With the milliseconds after which there is one again, when a day's are given.
    pub(super) fn give(&mut self, now_ms: i64) -> Result<(), u32> {
        self.given_ms.retain(|at| now_ms.saturating_sub(*at) < DAY_MS);
        if self.given_ms.len() >= limits::RENEWALS_A_DAY_MAX {
            let first = self.given_ms.iter().copied().min().unwrap_or(now_ms);
            let wait_ms = (first + DAY_MS).saturating_sub(now_ms);
            // A clock that was set back makes nobody wait longer than a day.
            return Err(u32::try_from(wait_ms.clamp(1, DAY_MS)).unwrap_or(u32::MAX));
        }
        self.given_ms.push(now_ms);
        Ok(())
    }
}

const DAY_MS: i64 = 86_400_000;

/// Whether a device may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Yes.
    Active,
    /// Its pushes go to review; it still gets receipts and the wipe.
    Leaving,
    /// No: stolen.
    Blocked,
    /// No: it left, and has said that it removed everything.
    Wiped,
}

/// A lease as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The lease.
    pub id: LeaseId,
    /// Whose.
    pub device: DeviceId,
    /// On what.
    pub subject: Subject,
    /// The position of the entry that granted it; 0 for one whose account was held at birth.
    pub granted: u64,
    /// Its withdrawal.
    pub withdrawn: Option<Withdrawal>,
    /// The position of the entry that closed it.
    pub closed: Option<u64>,
}

impl Lease {
    /// Whether it is granted, and neither withdrawn nor closed.
    pub fn is_open(&self) -> bool {
        self.granted > 0 && self.withdrawn.is_none() && self.closed.is_none()
    }
}

/// How a lease was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The position of the entry.
    pub position: u64,
    /// What happens to late work.
    pub policy: LatePolicy,
    /// Until when, in milliseconds since 1970.
    pub grace_until_ms: i64,
}

/// An account's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub id: AccountId,
    /// Its territory.
    pub territory: TerritoryId,
    /// Sum of its record digests, modulo 2^64.
    pub digest: u64,
    /// The account that it was merged into, if it was: never one that is itself part of another.
    pub root: Option<AccountId>,
}

/// A territory, with the devices of everybody who is entitled to its accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory {
    /// The territory.
    pub id: TerritoryId,
    /// Devices of its holders and of their managers, not blocked.
    pub devices: BTreeSet<DeviceId>,
}

/// A record as accepted.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its envelope.
    pub envelope: Envelope,
    /// The position of the last entry that changed it.
    pub version: u64,
    /// Its document.
    pub doc: Automerge,
    /// The decision that stands.
    pub decision: Option<Decision>,
    /// Its digest.
    pub digest: u64,
    /// When it was created and last changed: server time of the entries, in milliseconds since 1970.
    pub at_ms: (i64, i64),
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// Who pushed.
    pub author: Author,
    /// The item's hash.
    pub item: Hash,
    /// The answer.
    pub receipt: Receipt,
}

/// An item that is not in the record, kept whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// Who pushed.
    pub author: Author,
    /// The item, byte for byte.
    pub bytes: Vec<u8>,
    /// Its record and branch, if it holds changes: later items of that branch share its fate.
    pub branch: Option<(RecordId, u32)>,
    /// The account, where known.
    pub account: Option<AccountId>,
    /// Held (true) or refused.
    pub held: bool,
    /// The position of the entry that says so.
    pub position: u64,
    /// The stable code of the reason.
    pub code: String,
    /// The fate's word, once it has one.
    pub fate: Option<String>,
}

/// An entry whose bytes and hash are made already: for many at once, outside the log's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedEntry {
    /// Its content.
    pub entry: Entry,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Its salt.
    pub salt: Tag16,
    /// Its hash.
    pub hash: Hash,
}

impl PreparedEntry {
    /// Prepares an entry under a salt, sixteen random bytes.
    pub fn new(entry: Entry, salt: Tag16) -> Self {
        let payload = encode(&entry);
        let hash = entry_hash(&salt, &payload);
        Self { entry, payload, salt, hash }
    }
}

/// An entry to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// Its position.
    pub position: u64,
    /// Its channel: a territory, a device, everybody or the office.
    pub channel: [u8; 16],
    /// Its content.
    pub entry: Entry,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Its salt.
    pub salt: Tag16,
    /// Its hash.
    pub hash: Hash,
    /// The chain hash after it.
    pub chain: Hash,
}

/// What an append leaves to be stored, all in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// Entries, in order.
    pub entries: Vec<NewEntry>,
    /// Answers.
    pub receipts: Vec<StoredReceipt>,
    /// Unaccepted items, new ones and those that got a fate.
    pub held: Vec<HeldRow>,
    /// Records to store and to project, by id.
    pub records: BTreeSet<RecordId>,
    /// Leases to store.
    pub leases: BTreeSet<LeaseId>,
    /// Accounts to store.
    pub accounts: BTreeSet<AccountId>,
    /// Devices to store.
    pub devices: BTreeSet<DeviceId>,
    /// Newly accepted changes: hash, record, position.
    pub changes: Vec<(Hash, RecordId, u64)>,
    /// Newly answered requests: id and the answer.
    pub requests: BTreeMap<RequestId, Receipt>,
    /// The next order number, if some were given out.
    pub next_order: Option<u64>,
}
