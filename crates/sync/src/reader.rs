//! Reading the log for one device: which entries its leases let it see, and how open fills go on. Pure: the shell
//! fetches rows by channel and by account, these functions choose and cut.

use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::{Author, ChangesEntry, Decision, Subject};
use roadbook_protocol::frame::RecordDigest;
use roadbook_protocol::page::{FillChange, FillMark, FillPart, FillRecord, FillToken, Hand, PageEntry};
use roadbook_protocol::{Blob, DecodeError, Entry, Mark, Tag16, decode, hollow, limits};

use crate::actor;
use crate::ledger::{Lease, ServerDevice};

/// What one device may read.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The device.
    pub device: DeviceId,
    /// Its live store generation.
    pub store_generation: u32,
    /// Where that generation began: of what lies before, it reads reference data alone.
    pub start: u64,
    /// Its leases that are not closed, sorted by subject.
    pub leases: Vec<Lease>,
}

/// A row of the log, as fetched by channel.
#[derive(Clone, Debug)]
pub struct TailRow {
    /// Its position.
    pub position: u64,
    /// When it was appended, in milliseconds since 1970.
    pub at_ms: i64,
    /// Its salt.
    pub salt: Tag16,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// The fill order of its record's kind, if it is about a record.
    pub order: Option<u8>,
}

/// A record as fetched for a fill.
#[derive(Clone, Debug)]
pub struct FillSource {
    /// Its id.
    pub record: RecordId,
    /// The kind's word.
    pub kind: String,
    /// The kind's fill order.
    pub order: u8,
    /// Its account.
    pub account: AccountId,
    /// Where that lies now.
    pub territory: Option<TerritoryId>,
    /// Who created it.
    pub creator: PersonId,
    /// Its generation.
    pub generation: u32,
    /// All its changes, in log order, with their authors.
    pub changes: Vec<(Author, Vec<u8>)>,
    /// The decision that stands.
    pub decision: Option<Decision>,
}

/// What one read found.
#[derive(Clone, Debug)]
pub struct PageRead {
    /// Where the cursor stands after it.
    pub upto: Mark,
    /// Entries, in order.
    pub entries: Vec<PageEntry>,
    /// Stretches of fills.
    pub fills: Vec<FillPart>,
    /// There is more to read.
    pub more: bool,
}

/// What an entry or record counts for at least against a page's bytes, so that no page has too many parts.
const PART_BYTES_MIN: usize = limits::PAGE_BYTES_TARGET / limits::PAGE_PARTS_MAX + 1;

/// Where a record stands in the order of fills.
type FillKey = (AccountId, u8, RecordId);

impl Scope {
    /// The scope of a device with these leases.
    pub fn new(device: &ServerDevice, mut leases: Vec<Lease>) -> Self {
        // One that never opened, because its account is held, lets nothing be read.
        leases.retain(|lease| lease.granted > 0);
        leases.sort_unstable_by_key(|lease| lease.subject);
        Self {
            device: device.id,
            store_generation: device.store_generation,
            start: device.start.position,
            leases,
        }
    }

    /// The channels to read: the device's own, everybody's, and those of its accounts' territories.
    pub fn channels(&self, territory: impl Fn(AccountId) -> Option<TerritoryId>) -> Vec<[u8; 16]> {
        let mut channels = vec![*self.device.as_bytes(), crate::ledger::book::EVERYBODY];
        channels.extend(self.leases.iter().filter_map(|lease| match lease.subject {
            Subject::Account(account) => territory(account).map(|territory| *territory.as_bytes()),
            Subject::Territory(territory) => Some(*territory.as_bytes()),
        }));
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    /// Whether the device gets this entry from the tail. What an open fill has still to bring is left to the fill.
    pub fn reads(&self, position: u64, entry: &Entry, order: Option<u8>, fills: &[FillMark]) -> bool {
        match entry {
            Entry::Reference(_) => true,
            _ if position <= self.start => false,
            // Rule P10: what it loses and gets it is told by its own entries, where kept accounts lie by this alone. Whoever
            // keeps one is entitled to the territory, and so to all that the entry names.
            Entry::Placed(placed) => {
                placed.accounts.iter().any(|placed| self.keeps(placed.account, position))
            }
            Entry::Granted(_)
            | Entry::Withdrawn(_)
            | Entry::Closed(_)
            | Entry::Unaccepted(_)
            | Entry::Fate(_)
            | Entry::Revoked(_)
            | Entry::Wiped(_) => entry.device() == Some(self.device),
            // Rule P6: a device's own work is not sent back to the store that made it.
            Entry::Changes(changes) if self.is_own(changes) => false,
            Entry::Changes(_) | Entry::Decision(_) | Entry::Conflict(_) | Entry::Alias(_) => {
                let (Some(account), record) = (entry.account(), entry.record()) else { return false };
                let key = record.map(|record| (account, order.unwrap_or(u8::MAX), record));
                self.leases_on(Subject::Account(account)).iter().any(|lease| {
                    lease.granted < position
                        && lease.withdrawn.is_none_or(|withdrawal| position < withdrawal.position)
                        && !pending(lease, key, fills)
                })
            }
        }
    }

    /// Whether it had an account before a position, and has it still.
    fn keeps(&self, account: AccountId, position: u64) -> bool {
        let leases = self.leases_on(Subject::Account(account));
        leases.iter().any(|lease| lease.granted < position && lease.withdrawn.is_none())
    }

    /// A page's every entry asks this, and a scope may have ten thousand leases.
    fn leases_on(&self, subject: Subject) -> &[Lease] {
        let from = self.leases.partition_point(|lease| lease.subject < subject);
        let len = self.leases[from..].partition_point(|lease| lease.subject == subject);
        &self.leases[from..from + len]
    }

    fn is_own(&self, changes: &ChangesEntry) -> bool {
        changes.author.device == Some(self.device) && changes.author.store_generation == self.store_generation
    }

    /// The accounts of a fill, in order: those granted at its position and not withdrawn since.
    pub fn fill_accounts(&self, grant: u64) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = self
            .leases
            .iter()
            .filter(|lease| lease.granted == grant && lease.withdrawn.is_none())
            .filter_map(|lease| match lease.subject {
                Subject::Account(account) => Some(account),
                Subject::Territory(_) => None,
            })
            .collect();
        accounts.sort_unstable();
        accounts
    }

    /// The lease with this id.
    pub fn lease(&self, id: LeaseId) -> Option<&Lease> {
        self.leases.iter().find(|lease| lease.id == id)
    }
}

/// Whether a record under this lease is still to come by the lease's fill.
fn pending(lease: &Lease, key: Option<FillKey>, fills: &[FillMark]) -> bool {
    let Some(fill) = fills.iter().find(|fill| fill.grant == lease.granted) else { return false };
    let Some(key) = key else { return false };
    match fill.token {
        None => true,
        Some(token) => {
            let reached = (token.account, token.order, token.record);
            key > reached || (key == reached && token.partial.is_some())
        }
    }
}

/// Chooses from the tail what the device gets, until the budget is spent. Opens a fill for each grant on the way. The
/// second value is the position up to which the rows were used, if the budget ended it.
pub fn tail(
    scope: &Scope,
    fills: &mut Vec<FillMark>,
    rows: Vec<TailRow>,
    budget_bytes: &mut usize,
) -> (Vec<PageEntry>, Option<u64>) {
    let mut entries = Vec::new();
    let mut last = 0;
    for row in rows {
        if *budget_bytes == 0 || entries.len() >= limits::PAGE_PARTS_MAX / 2 {
            return (entries, Some(last));
        }
        last = row.position;
        let Ok(entry) = decode::<Entry>("entry", &row.payload) else { continue };
        if !scope.reads(row.position, &entry, row.order, fills) {
            continue;
        }
        if let Entry::Granted(granted) = &entry
            && granted.grants.iter().any(|grant| matches!(grant.subject, Subject::Account(_)))
        {
            fills.push(FillMark { grant: row.position, token: None });
        }
        *budget_bytes = budget_bytes.saturating_sub((row.payload.len() + 32).max(PART_BYTES_MIN));
        let TailRow { position, at_ms, salt, payload, .. } = row;
        entries.push(PageEntry { position, at_ms, salt, payload: Blob(payload) });
    }
    (entries, None)
}

/// Cuts a stretch of a fill from records that follow its mark in order; the first is the partial one, if there is one.
/// `exhausted` says that no record follows those given; `epoch` is the server's, for its own changes.
pub fn fill(
    epoch: &Tag16,
    mark: FillMark,
    sources: Vec<FillSource>,
    exhausted: bool,
    budget_bytes: &mut usize,
) -> FillPart {
    let mut part = FillPart { mark, done: exhausted, records: Vec::new(), gone: None };
    let mut before = Before::default();
    for source in sources {
        if *budget_bytes == 0 || part.records.len() >= limits::PAGE_PARTS_MAX / 2 {
            part.done = false;
            break;
        }
        let skipped =
            part.mark.token.filter(|token| token.record == source.record).and_then(|token| token.partial);
        let record = stretch(epoch, source, skipped.unwrap_or(0), budget_bytes, &mut part.mark, &mut before);
        let more = record.more == Some(true);
        part.records.push(record);
        if more {
            part.done = false;
            break;
        }
    }
    if part.records.is_empty() {
        *budget_bytes = budget_bytes.saturating_sub(PART_BYTES_MIN);
    }
    part
}

/// Rule D3: of what a device has of some accounts, the records that are not in its scope; `has` says which are. What does not
/// fit differs still at the next hello.
pub fn gone(
    accounts: &[AccountId],
    theirs: &[RecordDigest],
    has: impl Fn(RecordId) -> bool,
) -> Option<Vec<RecordId>> {
    let named = theirs.iter().filter(|row| accounts.contains(&row.account) && !has(row.record));
    let gone: Vec<RecordId> = named.map(|row| row.record).take(limits::PAGE_PARTS_MAX / 2).collect();
    (!gone.is_empty()).then_some(gone)
}

/// What the record before in the same part had: said once, then left out.
#[derive(Default)]
struct Before {
    kind: Option<String>,
    account: Option<AccountId>,
    creator: Option<PersonId>,
    territory: Option<TerritoryId>,
    hand: Option<Hand>,
}

/// A value if it differs from the one before, which it becomes.
fn changed<T: Clone + PartialEq>(before: &mut Option<T>, value: T) -> Option<T> {
    if before.as_ref() == Some(&value) {
        return None;
    }
    *before = Some(value.clone());
    Some(value)
}

fn stretch(
    epoch: &Tag16,
    source: FillSource,
    skipped: u32,
    budget_bytes: &mut usize,
    mark: &mut FillMark,
    before: &mut Before,
) -> FillRecord {
    let (mut changes, before_bytes) = (Vec::new(), *budget_bytes);
    let mut rest = source.changes.into_iter().skip(skipped as usize).peekable();
    while let Some((author, chunk)) = rest.next_if(|_| changes.is_empty() || *budget_bytes > 0) {
        *budget_bytes = budget_bytes.saturating_sub(chunk.len() + 16);
        let (hand, chunk) = by_hand(epoch, source.record, &author, chunk);
        changes.push(FillChange { chunk: Blob(chunk), hand: changed(&mut before.hand, hand) });
    }
    *budget_bytes = budget_bytes.saturating_sub(48).min(before_bytes.saturating_sub(PART_BYTES_MIN));
    let more = rest.peek().is_some();
    let sent = skipped + u32::try_from(changes.len()).unwrap_or(u32::MAX);
    mark.token = Some(FillToken {
        account: source.account,
        order: source.order,
        record: source.record,
        partial: more.then_some(sent),
    });
    FillRecord {
        record: source.record,
        changes,
        kind: changed(&mut before.kind, source.kind),
        account: changed(&mut before.account, source.account),
        creator: changed(&mut before.creator, source.creator),
        decision: source.decision,
        generation: (source.generation > 0).then_some(source.generation),
        skipped: (skipped > 0).then_some(skipped),
        more: more.then_some(true),
        territory: source.territory.and_then(|territory| changed(&mut before.territory, territory)),
    }
}

/// Branches that are tried for a device's change; one on a later branch goes whole.
const BRANCHES_TRIED: u32 = 8;

/// Hollows a chunk out if its actor can be derived.
fn by_hand(epoch: &Tag16, record: RecordId, author: &Author, chunk: Vec<u8>) -> (Hand, Vec<u8>) {
    let Some(device) = author.device else {
        let hollow = hollow::hollowed(&chunk, &actor::server(epoch.0, record));
        return hollow.map_or((Hand::Whole, chunk), |hollow| (Hand::Server, hollow));
    };
    let store_generation = author.store_generation;
    (0..BRANCHES_TRIED)
        .find_map(|branch| {
            let actor = actor::derive(device, store_generation, record, branch);
            let hollow = hollow::hollowed(&chunk, &actor)?;
            Some((Hand::Device { device, store_generation, branch }, hollow))
        })
        .unwrap_or((Hand::Whole, chunk))
}

/// The whole chunk of a fill's change, by the hand that made it.
pub fn whole(epoch: &Tag16, record: RecordId, hand: Hand, chunk: &[u8]) -> Result<Vec<u8>, DecodeError> {
    match hand {
        Hand::Whole => Ok(chunk.to_vec()),
        Hand::Server => hollow::filled(chunk, &actor::server(epoch.0, record)),
        Hand::Device { device, store_generation, branch } => {
            hollow::filled(chunk, &actor::derive(device, store_generation, record, branch))
        }
    }
}
