//! What a device keeps, as rows. The engine reads and writes through [`Rows`] inside one transaction that the shell
//! opens and commits; frames leave only after the commit. SQLite implements it in `roadbook-replica`; a contract suite
//! in `roadbook-testkit` holds every implementation to it.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, Envelope, Fields, LeaseId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::{Decision, LatePolicy, Subject};
use roadbook_protocol::frame::{Answered, Facts, NewGeneration, Practised};
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Blob, Mark, Nonce, Receipt, Tag16};
use thiserror::Error;

use super::kinds::{KeptEnvelope, KeptKind};

/// A store's failure: a full disk, a damaged file. Nothing of the transaction remains.
#[derive(Debug, Error)]
#[error("the device's store failed: {0}")]
pub struct StoreError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Shorthand.
pub type Stored<T> = Result<T, StoreError>;

/// The one row about the device itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// The device.
    pub device: DeviceId,
    /// The person it is enrolled for.
    pub person: PersonId,
    /// That person's role, for checks before "saved"; the server decides by its own.
    pub role: Role,
    /// The server's page-signing key, SEC1 compressed (33 bytes).
    pub server_key: Vec<u8>,
    /// The organisation's key for record digests.
    pub digest_key: Tag16,
    /// The store's generation, given by the server.
    pub store_generation: u32,
    /// The server's epoch as last seen.
    pub epoch: Tag16,
    /// The nonce to sign next.
    pub nonce: Nonce,
    /// How far the log is applied.
    pub cursor: Mark,
    /// The highest receipt position seen.
    pub receipt: Mark,
    /// The highest push number with a receipt.
    pub answered: Option<Answered>,
    /// The highest push number ever given.
    pub last_number: u64,
    /// Sum of the digests of all records, modulo 2^64.
    pub digest: u64,
    /// When the server last answered, by the device's clock in milliseconds since 1970; 0 is never.
    pub contact_ms: i64,
    /// What the office was last told of this installation.
    pub told: Option<Facts>,
    /// Which versions of processes its person practised here, the latest first ([`super::practice`]).
    pub practised: Vec<Practised>,
    /// Days without an answer after which signing in is due, as the server last said.
    pub offline_days: u16,
    /// Whether it is being taken out of use.
    pub leaving: Leaving,
}

impl DeviceRow {
    /// The row of the fresh store that a new generation begins (rule S3). It knows of no order to leave: where that still
    /// holds, the server gives it anew (rule W1), and what an older store had said last was never heard.
    #[must_use]
    pub fn renewed(self, frame: &NewGeneration) -> Self {
        Self {
            store_generation: frame.store_generation,
            nonce: frame.nonce,
            cursor: frame.cursor,
            receipt: frame.cursor,
            answered: None,
            last_number: 0,
            digest: 0,
            leaving: Leaving::No,
            ..self
        }
    }

    /// Whether the server has been out of reach for so long that signing in is due (H7): the next welcome ends it. Before the first contact
    /// there is nothing on the device to protect.
    pub fn is_sign_in_due(&self, now_ms: i64) -> bool {
        let limit_ms = i64::from(self.offline_days.max(1)) * DAY_MS;
        self.contact_ms > 0 && now_ms.saturating_sub(self.contact_ms) > limit_ms
    }
}

/// How far a device is with leaving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaving {
    /// It is not.
    #[default]
    No,
    /// It was told to hand over what it has and to wipe itself.
    Ordered,
    /// Nothing is left but its key; the server is being told.
    Wiped,
}

/// One record of the replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its envelope; its kind may be one that this version does not know.
    pub envelope: KeptEnvelope,
    /// The saved document of accepted changes alone; empty until the first is accepted.
    pub accepted: Vec<u8>,
    /// The branch that new changes go to.
    pub branch: u32,
    /// The digest of the accepted document; 0 while there is none, or while the record is not of the scope and only kept for
    /// what waits in it (rule D3).
    pub digest: u64,
    /// The decision that stands.
    pub decision: Option<Decision>,
    /// When the record last changed here, in milliseconds since 1970 (server time for others' work).
    pub changed_ms: i64,
}

/// A lease as the device knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// The lease.
    pub lease: LeaseId,
    /// On what.
    pub subject: Subject,
    /// Where it stands.
    pub state: LeaseState,
    /// What happens to late work, once withdrawn, and until when by the server's clock (milliseconds since 1970).
    pub late: Option<(LatePolicy, i64)>,
    /// The admin's word on it.
    pub note: Option<String>,
    /// The account that its account was merged into, if it was.
    pub root: Option<AccountId>,
    /// The territory in which its account lies, as the device was told last.
    pub lies_in: Option<TerritoryId>,
}

impl LeaseRow {
    /// The territory, if it is a lease on one.
    pub fn territory(&self) -> Option<TerritoryId> {
        match self.subject {
            Subject::Territory(id) => Some(id),
            Subject::Account(_) => None,
        }
    }
}

/// A lease's life on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaseState {
    /// Proposed by the device for an account it created; not confirmed yet. Work may be captured under it.
    Proposed,
    /// Granted.
    Open,
    /// Withdrawn: what was captured is still pushed, nothing new is captured under it.
    Frozen,
    /// Everything under it has its answer; the close is on its way.
    Closing,
    /// Closed.
    Closed,
}

/// One item of the outbox, or of the held tray.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRow {
    /// Its push number.
    pub number: u64,
    /// The lease it was captured under.
    pub lease: LeaseId,
    /// Its record, if it is about one.
    pub record: Option<RecordId>,
    /// Its account, if it is about one.
    pub account: Option<AccountId>,
    /// When it was captured, by the device's clock, in milliseconds since 1970.
    pub captured_ms: i64,
    /// The item as it is pushed, byte for byte.
    pub bytes: Vec<u8>,
    /// Whether it is out of the record's current content: held, refused, or behind one that is.
    pub tray: bool,
    /// The server's word, once there is one.
    pub receipt: Option<Receipt>,
    /// Changes of earlier items of its branch that left the tray before it: it was written on them (rule B2).
    pub beneath: Vec<Blob>,
}

/// What became of this device's work, for its person to read: the office decided about it, or others' values stand in it.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The item, which is in the tray still.
    pub item: &'a ItemRow,
    /// `discarded`, `re_authored`, or `overruled`.
    pub fate: &'a str,
    /// Why, in the office's words; of what is overruled, in the device's.
    pub text: &'a str,
    /// When, by the server's clock, in milliseconds since 1970; of what is overruled, by the device's.
    pub at_ms: i64,
}

/// The office's note on an account that changed hands, for the person to read (rule L12).
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// The lease that was granted or withdrawn.
    pub lease: LeaseId,
    /// The account, whose records are still here if it was lost.
    pub account: AccountId,
    /// Whether it came to this device; otherwise it left it.
    pub gained: bool,
    /// What the office says.
    pub note: &'a str,
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What lists and search show of a record: its current content, pending work included.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Its envelope.
    pub envelope: &'a Envelope,
    /// The account under which it is shown: its own, or the one that that was merged into (rule M5).
    pub account: AccountId,
    /// Its current content.
    pub fields: &'a Fields,
    /// The decided state, if any.
    pub state: Option<&'a str>,
    /// Milliseconds since 1970 of the last change.
    pub changed_ms: i64,
}

/// One transaction on a device's store.
pub trait Rows {
    /// The device's own row.
    fn device(&mut self) -> Stored<DeviceRow>;
    /// Replaces it.
    fn put_device(&mut self, row: &DeviceRow) -> Stored<()>;

    /// The kind of this name, as far as this version of the app knows it: an older one is played by another answer.
    fn kind(&mut self, word: &str) -> KeptKind {
        KeptKind::of(word)
    }

    /// A record.
    fn record(&mut self, id: RecordId) -> Stored<Option<RecordRow>>;
    /// Adds or replaces a record.
    fn put_record(&mut self, row: &RecordRow) -> Stored<()>;
    /// Removes a record and its view.
    fn delete_record(&mut self, id: RecordId) -> Stored<()>;
    /// The records of an account, its own included.
    fn records_of(&mut self, account: AccountId) -> Stored<Vec<RecordId>>;
    /// Replaces what lists and search show of a record.
    fn put_view(&mut self, view: &View<'_>) -> Stored<()>;
    /// Removes a record from lists and search, and keeps the record.
    fn delete_view(&mut self, id: RecordId) -> Stored<()>;
    /// Sum of record digests for each account that has records, by account.
    fn account_digests(&mut self) -> Stored<Vec<(AccountId, u64)>>;
    /// The records of an account with their digests; only those that have one.
    fn record_digests(&mut self, account: AccountId) -> Stored<Vec<(RecordId, u64)>>;

    /// A lease.
    fn lease(&mut self, id: LeaseId) -> Stored<Option<LeaseRow>>;
    /// Adds or replaces a lease.
    fn put_lease(&mut self, row: &LeaseRow) -> Stored<()>;
    /// Removes a lease.
    fn delete_lease(&mut self, id: LeaseId) -> Stored<()>;
    /// The leases on a subject, newest id first.
    fn leases_on(&mut self, subject: Subject) -> Stored<Vec<LeaseRow>>;
    /// The leases in a state.
    fn leases_in(&mut self, state: LeaseState) -> Stored<Vec<LeaseRow>>;

    /// Adds or replaces an item.
    fn put_item(&mut self, row: &ItemRow) -> Stored<()>;
    /// An item by number.
    fn item(&mut self, number: u64) -> Stored<Option<ItemRow>>;
    /// Removes an item.
    fn delete_item(&mut self, number: u64) -> Stored<()>;
    /// The items of a record, by number.
    fn items_of(&mut self, record: RecordId) -> Stored<Vec<ItemRow>>;
    /// The items under a lease, by number.
    fn items_under(&mut self, lease: LeaseId) -> Stored<Vec<ItemRow>>;
    /// Items without a receipt whose number is higher than `after`, by number; at most `limit`.
    fn unanswered(&mut self, after: u64, limit: usize) -> Stored<Vec<ItemRow>>;
    /// Items in the record whose receipt stands at or before `position`, by number.
    fn settled(&mut self, position: u64) -> Stored<Vec<ItemRow>>;
    /// How many items have no receipt, and when the oldest was captured.
    fn waiting(&mut self) -> Stored<(u32, Option<i64>)>;

    /// Open fills, by grant.
    fn fills(&mut self) -> Stored<Vec<FillMark>>;
    /// Adds or replaces a fill.
    fn put_fill(&mut self, fill: &FillMark) -> Stored<()>;
    /// Removes a fill.
    fn delete_fill(&mut self, grant: u64) -> Stored<()>;

    /// How many items are in the tray, and notices unread.
    fn undecided(&mut self) -> Stored<u32>;

    /// Keeps a notice until the person has read it. The item is still in the tray.
    fn put_notice(&mut self, notice: Notice<'_>) -> Stored<()>;

    /// Keeps what the office says of an account that changed hands until the person has read it, in place of what it said of
    /// the same lease before.
    fn put_handover(&mut self, handover: Handover<'_>) -> Stored<()>;

    /// Forgets what the office said when a lease was granted: its account has left.
    fn delete_handover(&mut self, lease: LeaseId) -> Stored<()>;

    /// Removes everything but the device's own row: records, leases, items, notices, handovers, fills, reference data, and what lists
    /// and search show.
    fn wipe(&mut self) -> Stored<()>;

    /// Upserts (`Some`, a JSON object) or removes reference data.
    fn put_reference(&mut self, set: &str, key: &str, json: Option<&str>) -> Stored<()>;
}
