//! The working set of one append, and the one way an entry gets into the log.

use std::collections::BTreeMap;

use automerge::Automerge;
use roadbook_model::{AccountId, DeviceId, LeaseId, RecordId, RequestId, TerritoryId};
use roadbook_protocol::entry::{Decision, chain_hash};
use roadbook_protocol::{Entry, Hash, Mark, Receipt, Tag16};
use sha2::{Digest, Sha256};

use super::place::Urgency;
use super::rows::{
    AccountRow, HeldRow, Lease, NewEntry, PreparedEntry, Record, ServerDevice, StoredReceipt, Territory,
    Writes,
};
use crate::digest;

/// Who pushed an item, and under which number: device, store generation, push number.
pub type ItemKey = (DeviceId, u32, u64);

/// The channel that every device reads.
pub const EVERYBODY: [u8; 16] = [0; 16];

/// The working set of one append.
#[derive(Clone, Debug)]
pub struct Book {
    /// The server's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// The server's epoch.
    pub epoch: Tag16,
    /// The organisation's key for record digests.
    pub digest_key: Tag16,
    /// Fresh random bytes for each append: salts and lease ids come from it.
    pub seed: [u8; 32],
    /// The log's head: position and chain hash.
    pub head: (u64, Hash),
    /// Devices, by id.
    pub devices: BTreeMap<DeviceId, ServerDevice>,
    /// Leases, by id.
    pub leases: BTreeMap<LeaseId, Lease>,
    /// Accounts, by id.
    pub accounts: BTreeMap<AccountId, AccountRow>,
    /// Accounts that are urgent for those who get them, as far as it makes a difference.
    pub urgency: BTreeMap<AccountId, Urgency>,
    /// Territories, by id.
    pub territories: BTreeMap<TerritoryId, Territory>,
    /// Records, by id.
    pub records: BTreeMap<RecordId, Record>,
    /// Answers already given.
    pub receipts: BTreeMap<ItemKey, StoredReceipt>,
    /// Unaccepted items without a fate.
    pub held: BTreeMap<ItemKey, HeldRow>,
    /// Accepted changes: record and position.
    pub changes: BTreeMap<Hash, (RecordId, u64)>,
    /// Requests already answered.
    pub requests: BTreeMap<RequestId, Receipt>,
    /// The next order number to give out.
    pub next_order: u64,
    /// What must be written.
    pub out: Writes,
}

impl Book {
    /// An empty book at a head.
    pub fn new(epoch: Tag16, digest_key: Tag16, head: (u64, Hash)) -> Self {
        Self {
            now_ms: 0,
            epoch,
            digest_key,
            seed: [0; 32],
            head,
            devices: BTreeMap::new(),
            leases: BTreeMap::new(),
            accounts: BTreeMap::new(),
            urgency: BTreeMap::new(),
            territories: BTreeMap::new(),
            records: BTreeMap::new(),
            receipts: BTreeMap::new(),
            held: BTreeMap::new(),
            changes: BTreeMap::new(),
            requests: BTreeMap::new(),
            next_order: 1,
            out: Writes::default(),
        }
    }

    /// The head as a mark.
    pub fn mark(&self) -> Mark {
        Mark { position: self.head.0, chain: self.head.1.tag() }
    }

    /// Takes what must be written, and leaves the book ready for the next append.
    pub fn take(&mut self) -> Writes {
        std::mem::take(&mut self.out)
    }

    /// The position that the next entry will get.
    pub(super) fn next_position(&self) -> u64 {
        self.head.0 + 1
    }

    /// Appends an entry to the log and returns its position.
    pub(super) fn append(&mut self, entry: Entry) -> u64 {
        let salt = self.derive(b"salt", self.next_position());
        self.append_prepared(PreparedEntry::new(entry, salt))
    }

    /// Appends an entry whose bytes and hash were made before.
    pub(super) fn append_prepared(&mut self, prepared: PreparedEntry) -> u64 {
        let PreparedEntry { entry, payload, salt, hash } = prepared;
        let position = self.next_position();
        let chain = chain_hash(&self.head.1, position, &hash);
        self.head = (position, chain);
        let channel = self.channel_of(&entry);
        self.out.entries.push(NewEntry { position, channel, entry, payload, salt, hash, chain });
        position
    }

    /// Territory for what belongs to an account or comes to lie there, device for what concerns one device alone, nil for
    /// all.
    fn channel_of(&self, entry: &Entry) -> [u8; 16] {
        match entry {
            Entry::Changes(changes) => {
                let opened = changes.opens.map(|opened| opened.territory);
                opened.map_or_else(
                    || self.territory_channel(changes.account),
                    |territory| *territory.as_bytes(),
                )
            }
            Entry::Decision(decision) => self.territory_channel(decision.account),
            Entry::Conflict(conflict) => self.territory_channel(conflict.account),
            Entry::Alias(alias) => self.territory_channel(alias.account),
            Entry::Placed(placed) => *placed.territory.as_bytes(),
            Entry::Reference(_) => EVERYBODY,
            Entry::Granted(_)
            | Entry::Withdrawn(_)
            | Entry::Closed(_)
            | Entry::Unaccepted(_)
            | Entry::Fate(_)
            | Entry::Revoked(_)
            | Entry::Wiped(_) => entry.device().map_or(EVERYBODY, |device| *device.as_bytes()),
        }
    }

    fn territory_channel(&self, account: AccountId) -> [u8; 16] {
        self.accounts.get(&account).map_or(EVERYBODY, |row| *row.territory.as_bytes())
    }

    /// Sixteen bytes from the seed, distinct for each use and position.
    pub(super) fn derive(&self, usage: &[u8], n: u64) -> Tag16 {
        let mut hasher = Sha256::new();
        hasher.update(self.seed);
        hasher.update(usage);
        hasher.update(self.head.0.to_be_bytes());
        hasher.update(n.to_be_bytes());
        Hash(hasher.finalize().into()).tag()
    }

    /// A fresh lease id.
    pub(super) fn new_lease_id(&self, n: u64) -> LeaseId {
        let mut random = [0; 10];
        random.copy_from_slice(&self.derive(b"lease", n).0[..10]);
        LeaseId::new(self.now_ms.max(0).unsigned_abs(), random)
    }

    /// A new id for a request that is asked here, for somebody.
    pub(super) fn new_request_id(&self) -> RequestId {
        let mut random = [0; 10];
        random.copy_from_slice(&self.derive(b"request", 0).0[..10]);
        RequestId::new(self.now_ms.max(0).unsigned_abs(), random)
    }

    /// Puts a record's new document in place, and keeps digests and the lists of what to write.
    pub(super) fn put_doc(&mut self, id: RecordId, doc: Automerge, position: u64) {
        let key = self.digest_key;
        let now_ms = self.now_ms;
        let Some(record) = self.records.get_mut(&id) else { return };
        let after = digest::record_digest(&key, id, record.envelope.generation, &doc);
        let before = std::mem::replace(&mut record.digest, after);
        record.doc = doc;
        record.version = position;
        record.at_ms.1 = now_ms;
        let account = record.envelope.account;
        if let Some(row) = self.accounts.get_mut(&account) {
            row.digest = digest::adjusted(row.digest, before, after);
            self.out.accounts.insert(account);
        }
        self.out.records.insert(id);
    }

    /// Puts a decision in place.
    pub(super) fn put_decision(&mut self, decision: Decision, position: u64) {
        let now_ms = self.now_ms;
        let Some(record) = self.records.get_mut(&decision.record) else { return };
        record.version = position;
        record.at_ms.1 = now_ms;
        self.out.records.insert(decision.record);
        record.decision = Some(decision);
    }

    /// Whether a device holds an open lease on an account, other than `except`. Rule M4: on any with the same root.
    pub(super) fn holds(&self, device: DeviceId, account: AccountId, except: Option<LeaseId>) -> bool {
        self.leases.values().any(|lease| {
            lease.device == device
                && lease.is_open()
                && Some(lease.id) != except
                && self.is_on(lease, account)
        })
    }
}
