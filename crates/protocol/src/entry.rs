//! The log's entries. An entry's bytes are the same in the log, in a page and under the chain hash, and are never
//! edited: later meaning comes by later entries.

use minicbor::{Decode, Encode};
use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, RecordId, RequestId, TerritoryId};
use sha2::{Digest, Sha256};

use crate::bytes::{Blob, Hash, Tag16};

/// One thing that happened, in order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Entry {
    /// Changes taken into a record.
    #[n(0)]
    Changes(#[n(0)] ChangesEntry),
    /// A decision.
    #[n(1)]
    Decision(#[n(0)] Decision),
    /// Leases granted to one device; each on an account opens a fill.
    #[n(2)]
    Granted(#[n(0)] Granted),
    /// Leases withdrawn from one device.
    #[n(3)]
    Withdrawn(#[n(0)] Withdrawn),
    /// A lease closed by its device, or abandoned after its grace.
    #[n(4)]
    Closed(#[n(0)] Closed),
    /// Reference data, upserted by key.
    #[n(5)]
    Reference(#[n(0)] Reference),
    /// An item not taken into the record: held or refused.
    #[n(6)]
    Unaccepted(#[n(0)] Unaccepted),
    /// The one fate of a held item.
    #[n(7)]
    Fate(#[n(0)] Fate),
    /// Accounts placed in a territory: for the office, and for devices that keep one of them (rule P10).
    #[n(8)]
    Placed(#[n(0)] Placed),
    /// Late work met later values of the same fields: what was put back, for people to judge.
    #[n(9)]
    Conflict(#[n(0)] Conflict),
    /// A device was taken out of use.
    #[n(10)]
    Revoked(#[n(0)] Revoked),
    /// A device that was leaving has removed everything it had.
    #[n(11)]
    Wiped(#[n(0)] Wiped),
    /// An account is part of another from here on: the two were one customer.
    #[n(12)]
    Alias(#[n(0)] Alias),
}

/// Who did it, and on which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Author {
    /// The person.
    #[n(0)]
    pub person: PersonId,
    /// The device; absent for the server itself, an import or the office.
    #[n(1)]
    pub device: Option<DeviceId>,
    /// The device's store generation.
    #[n(2)]
    pub store_generation: u32,
    /// The push number of the item.
    #[n(3)]
    pub number: u64,
}

/// Changes taken into a record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ChangesEntry {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// Its account.
    #[n(1)]
    pub account: AccountId,
    /// Its generation.
    #[n(2)]
    pub generation: u32,
    /// The version of the kind that wrote the changes.
    #[n(3)]
    pub kind_version: u32,
    /// Who captured them.
    #[n(4)]
    pub author: Author,
    /// When, by the capturing device's clock, in milliseconds since 1970.
    #[n(5)]
    pub captured_ms: i64,
    /// The device had lost the account by then.
    #[n(6)]
    pub late: bool,
    /// The changes, in causal order.
    #[n(7)]
    pub changes: Vec<Blob>,
    /// The kind's word, when the entry creates the record.
    #[n(8)]
    pub creates: Option<String>,
    /// For a new account: the lease that opens on it for the creating device, and the territory it lies in.
    #[n(9)]
    pub opens: Option<Opened>,
}

/// A new account's first lease and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Opened {
    /// The lease, if a device created the account.
    #[n(0)]
    pub lease: Option<LeaseId>,
    /// The territory.
    #[n(1)]
    pub territory: TerritoryId,
}

/// What only the centre can say about a record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Decision {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// Its account.
    #[n(1)]
    pub account: AccountId,
    /// The verb that was asked.
    #[n(2)]
    pub verb: String,
    /// The state that follows.
    #[n(3)]
    pub state: String,
    /// Who asked.
    #[n(4)]
    pub by: PersonId,
    /// The request that asked.
    #[n(5)]
    pub request: Option<RequestId>,
    /// The order's number, from `submit` on.
    #[n(6)]
    pub number: Option<String>,
    /// The order's total in minor units, as decided.
    #[n(7)]
    pub total_minor: Option<i64>,
    /// The order's currency.
    #[n(8)]
    pub currency: Option<String>,
    /// The document's heads that were decided on.
    #[n(9)]
    pub heads: Vec<Hash>,
    /// When it took effect in business terms, in milliseconds since 1970: an imported one, or when an order was accepted.
    #[n(10)]
    pub effective_ms: Option<i64>,
    /// What the server's own pricing of the order came to, from `review` on until it is submitted again.
    #[n(11)]
    pub review: Option<Review>,
    /// Why, in the words of who decided.
    #[n(12)]
    pub text: Option<String>,
}

/// What a submitted order was captured at, and what the server finds that it costs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Review {
    /// What it came to when it was captured, before tax, in minor units.
    #[n(0)]
    pub captured_minor: i64,
    /// The tax on it then.
    #[n(1)]
    pub captured_tax_minor: Option<i64>,
    /// What it comes to by what was published when it was submitted, before tax.
    #[n(2)]
    pub priced_minor: i64,
    /// The tax on it by the same.
    #[n(3)]
    pub priced_tax_minor: i64,
    /// Whether the two differ, so that somebody has to say which stands.
    #[n(4)]
    pub differs: bool,
    /// Codes of why it needs an approval; empty if it needs none.
    #[n(5)]
    pub reasons: Vec<String>,
    /// The lowest role that may approve it, if it needs that.
    #[n(6)]
    pub approver: Option<String>,
    /// What its lines cost by what was published: only in the decision `review` itself, and only if the prices differ.
    #[n(7)]
    pub lines: Vec<ReviewLine>,
}

/// One line as the server prices it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReviewLine {
    /// The item's key in the order.
    #[n(0)]
    pub item: String,
    /// Price of one unit before discounts, in minor units.
    #[n(1)]
    pub unit_price_minor: i64,
    /// What the line comes to before tax.
    #[n(2)]
    pub net_minor: i64,
}

/// What a lease is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Subject {
    /// One account, with its records.
    #[n(0)]
    Account(#[n(0)] AccountId),
    /// A territory: the right to create accounts in it.
    #[n(1)]
    Territory(#[n(0)] TerritoryId),
}

/// One lease in a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Grant {
    /// The lease.
    #[n(0)]
    pub lease: LeaseId,
    /// On what.
    #[n(1)]
    pub subject: Subject,
    /// The account that this one was merged into, if it was.
    #[n(2)]
    pub root: Option<AccountId>,
}

/// Leases granted to one device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Granted {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The leases.
    #[n(1)]
    pub grants: Vec<Grant>,
    /// A word for the person, if the admin left one.
    #[n(2)]
    pub note: Option<String>,
}

/// What happens to work that comes under a withdrawn lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum LatePolicy {
    /// Into the record, marked late.
    #[n(0)]
    Accept,
    /// Held for review.
    #[n(1)]
    Review,
    /// Held as refused by policy.
    #[n(2)]
    Refuse,
}

/// Leases withdrawn from one device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Withdrawn {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The leases.
    #[n(1)]
    pub leases: Vec<LeaseId>,
    /// What happens to late work.
    #[n(2)]
    pub policy: LatePolicy,
    /// Until when, by the server's clock in milliseconds since 1970; after it, review.
    #[n(3)]
    pub grace_until_ms: i64,
    /// A word for the person, if the admin left one.
    #[n(4)]
    pub note: Option<String>,
}

/// A lease closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Closed {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The lease.
    #[n(1)]
    pub lease: LeaseId,
    /// The push number of the close itself: nothing before it is missing.
    #[n(2)]
    pub number: u64,
}

/// Keyed reference data of one set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Reference {
    /// The set's word: `products`.
    #[n(0)]
    pub set: String,
    /// Upserts, in order.
    #[n(1)]
    pub items: Vec<ReferenceItem>,
}

/// One upsert.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReferenceItem {
    /// The key: a SKU.
    #[n(0)]
    pub key: String,
    /// Its value as a JSON object; absent removes the key.
    #[n(1)]
    pub json: Option<String>,
}

/// An item that is not in the record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Unaccepted {
    /// The device, store generation and number that pushed it.
    #[n(0)]
    pub author: Author,
    /// The hash of the item's bytes. The bytes themselves are kept beside the log while their fate is open.
    #[n(1)]
    pub item: Hash,
    /// Held, to get a fate; otherwise refused for good.
    #[n(2)]
    pub held: bool,
    /// The record it was for.
    #[n(3)]
    pub record: Option<RecordId>,
    /// The account it was for, where known.
    #[n(4)]
    pub account: Option<AccountId>,
    /// Why.
    #[n(5)]
    pub reason: crate::receipt::Reason,
}

/// What became of a held item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fate {
    /// Whose item.
    #[n(0)]
    pub author: Author,
    /// `released`, `re_authored`, `re_applied` or `discarded`.
    #[n(1)]
    pub fate: String,
    /// Who decided.
    #[n(2)]
    pub by: PersonId,
    /// Why.
    #[n(3)]
    pub text: String,
    /// The item's hash: a restored store may have used its number for something else.
    #[n(4)]
    pub item: Hash,
}

/// Accounts placed in a territory. Devices learn of a move by what they lose and get; whoever keeps an account is
/// entitled to where it comes to lie, and so to all that are named beside it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Placed {
    /// Where they lie now.
    #[n(0)]
    pub territory: TerritoryId,
    /// The accounts.
    #[n(1)]
    pub accounts: Vec<PlacedAccount>,
    /// Who moved them.
    #[n(2)]
    pub by: PersonId,
}

/// One account that was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PlacedAccount {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Where it lay before.
    #[n(1)]
    pub previous: Option<TerritoryId>,
}

/// An account merged into another: what is said of it counts for that one. Its records stay as they are, ids and all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Alias {
    /// The account that is merged.
    #[n(0)]
    pub account: AccountId,
    /// The account that it is part of from here on; itself part of no other.
    #[n(1)]
    pub root: AccountId,
    /// Who said so.
    #[n(2)]
    pub by: PersonId,
    /// A word for the people concerned.
    #[n(3)]
    pub note: Option<String>,
}

/// Late work that would have overridden later values, or work on a merged account's record that says what its root's does
/// not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Conflict {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// Its account.
    #[n(1)]
    pub account: AccountId,
    /// Whose late item.
    #[n(2)]
    pub author: Author,
    /// The fields, with both values as JSON.
    #[n(3)]
    pub fields: Vec<ConflictField>,
    /// The merged account's own record to which it was written; absent when it was written to this one.
    #[n(4)]
    pub source: Option<RecordId>,
}

/// One field of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConflictField {
    /// Where.
    #[n(0)]
    pub path: Vec<String>,
    /// The value that stands, as JSON.
    #[n(1)]
    pub kept: String,
    /// The late value, as JSON.
    #[n(2)]
    pub late: String,
}

/// SHA-256 over a tag, the entry's salt and its payload. The salt goes when the content is erased, so that the hash
/// that stays in the chain tells nothing.
pub fn entry_hash(salt: &Tag16, payload: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"roadbook entry 1\0");
    hasher.update(salt.0);
    hasher.update(payload);
    Hash(hasher.finalize().into())
}

/// The chain hash after an entry: SHA-256 over a tag, the chain hash before it, its position and its hash.
pub fn chain_hash(previous: &Hash, position: u64, entry: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"roadbook chain 1\0");
    hasher.update(previous.0);
    hasher.update(position.to_be_bytes());
    hasher.update(entry.0);
    Hash(hasher.finalize().into())
}

/// A device was taken out of use. Unless it is blocked, this is its order to hand over what it has and wipe itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revoked {
    /// Which.
    #[n(0)]
    pub device: DeviceId,
    /// Nothing is taken from it any more, and it gets nothing: it was stolen.
    #[n(1)]
    pub blocked: bool,
    /// A word for its person.
    #[n(2)]
    pub note: Option<String>,
}

/// A device that was leaving has removed everything it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Wiped {
    /// Which.
    #[n(0)]
    pub device: DeviceId,
    /// The store that said so.
    #[n(1)]
    pub store_generation: u32,
    /// The push number under which it said so: its last.
    #[n(2)]
    pub number: u64,
}

impl Entry {
    /// The word for its type, for the log's readers.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Changes(_) => "changes",
            Self::Decision(_) => "decision",
            Self::Granted(_) => "granted",
            Self::Withdrawn(_) => "withdrawn",
            Self::Closed(_) => "closed",
            Self::Reference(_) => "reference",
            Self::Unaccepted(entry) if entry.held => "held",
            Self::Unaccepted(_) => "refused",
            Self::Fate(_) => "fate",
            Self::Placed(_) => "placed",
            Self::Conflict(_) => "conflict",
            Self::Revoked(_) => "revoked",
            Self::Wiped(_) => "wiped",
            Self::Alias(_) => "alias",
        }
    }

    /// The record that the entry is about, if any.
    pub fn record(&self) -> Option<RecordId> {
        match self {
            Self::Changes(entry) => Some(entry.record),
            Self::Decision(entry) => Some(entry.record),
            Self::Unaccepted(entry) => entry.record,
            Self::Conflict(entry) => Some(entry.record),
            _ => None,
        }
    }

    /// The account that the entry is about, if it is about one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Changes(entry) => Some(entry.account),
            Self::Decision(entry) => Some(entry.account),
            Self::Unaccepted(entry) => entry.account,
            Self::Placed(entry) => match entry.accounts.as_slice() {
                [placed] => Some(placed.account),
                _ => None,
            },
            Self::Conflict(entry) => Some(entry.account),
            Self::Alias(entry) => Some(entry.account),
            _ => None,
        }
    }

    /// The accounts that lie somewhere else or for the first time since this entry, each with its territory.
    pub fn places(&self) -> Vec<(AccountId, TerritoryId)> {
        match self {
            Self::Placed(entry) => {
                entry.accounts.iter().map(|placed| (placed.account, entry.territory)).collect()
            }
            Self::Changes(entry) => {
                entry.opens.iter().map(|opened| (entry.account, opened.territory)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The device that the entry concerns as its own affair, if any.
    pub fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Changes(entry) => entry.author.device,
            Self::Granted(entry) => Some(entry.device),
            Self::Withdrawn(entry) => Some(entry.device),
            Self::Closed(entry) => Some(entry.device),
            Self::Unaccepted(entry) => entry.author.device,
            Self::Fate(entry) => entry.author.device,
            Self::Revoked(entry) => Some(entry.device),
            Self::Wiped(entry) => Some(entry.device),
            _ => None,
        }
    }
}
