//! A whole server in memory: one book for its life, the log beside it, and the real session engine for each connection.
//! What the Postgres store does with rows, this does with maps; both decide nothing themselves.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use roadbook_model::{AccountId, DeviceId, Kind, RecordId, TerritoryId};
use roadbook_protocol::entry::{Author, Decision, Subject};
use roadbook_protocol::frame::{AccountDigest, Facts, Hello, RecordDigest};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::page::{FillMark, FillPart};
use roadbook_protocol::{Entry, Frame, Hash, Mark, Nonce, Tag16, limits};
use roadbook_sync::device::Signer;
use roadbook_sync::ledger::{Book, Cause, DeviceState, Gated, NewEntry, Pusher, Renewal, ServerDevice};
use roadbook_sync::reader::{self, FillSource, PageRead, Scope, TailRow};
use roadbook_sync::server::{Effect, Event, Judged, Loaded, ServerSession};

/// One row of the log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// The entry.
    pub entry: NewEntry,
    /// When it was appended, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The server's store.
#[derive(Clone, Debug)]
pub struct MemoryServer {
    /// Everything but the log.
    pub book: Book,
    /// The log, by position - 1.
    pub log: Vec<LogRow>,
    /// Territories for which a device's person may create accounts.
    pub territories_of: BTreeMap<DeviceId, Vec<TerritoryId>>,
    /// Bytes at which a page is closed.
    pub page_bytes: usize,
    /// Days without an answer after which devices ask for a sign-in.
    pub offline_days: u16,
    /// What a device last said of its installation.
    pub facts: Option<Facts>,
    /// Where an account came to lie at which position: its entries until the next stand in that territory's channel.
    places: BTreeMap<AccountId, BTreeMap<u64, TerritoryId>>,
    /// Raised at each append, so that salts and ids differ.
    appends: u64,
}

impl MemoryServer {
    /// An empty server.
    pub fn new(epoch: Tag16, digest_key: Tag16, page_bytes: usize) -> Self {
        let book = Book::new(epoch, digest_key, (0, Hash([0; 32])));
        Self {
            book,
            log: Vec::new(),
            territories_of: BTreeMap::new(),
            page_bytes,
            offline_days: limits::OFFLINE_DAYS,
            facts: None,
            places: BTreeMap::new(),
            appends: 0,
        }
    }

    /// One append: what `f` does to the book is stored, all or nothing.
    pub fn append<T>(&mut self, now_ms: i64, f: impl FnOnce(&mut Book) -> T) -> T {
        self.appends += 1;
        self.book.now_ms = now_ms;
        self.book.seed = [0; 32];
        self.book.seed[..8].copy_from_slice(&self.appends.to_be_bytes());
        let value = f(&mut self.book);
        let writes = self.book.take();
        for new in &writes.entries {
            for (account, territory) in new.entry.places() {
                self.places.entry(account).or_default().insert(new.position, territory);
            }
        }
        self.log.extend(writes.entries.into_iter().map(|entry| LogRow { entry, at_ms: now_ms }));
        value
    }

    /// The head of the log.
    pub fn head(&self) -> Mark {
        self.book.mark()
    }

    fn mark_at(&self, position: u64) -> Option<Tag16> {
        match position.checked_sub(1) {
            None => Some(Tag16([0; 16])),
            Some(index) => self.log.get(usize::try_from(index).ok()?).map(|row| row.entry.chain.tag()),
        }
    }

    fn scope(&self, device: &ServerDevice) -> Scope {
        let leases = self.book.leases.values();
        let leases = leases.filter(|lease| lease.device == device.id && lease.closed.is_none());
        Scope::new(device, leases.cloned().collect())
    }

    /// What a device with this scope has to read after its cursor.
    fn channels(&self, scope: &Scope, cursor: u64) -> Vec<[u8; 16]> {
        let accounts = scope.leases.iter().filter_map(|lease| match lease.subject {
            Subject::Account(account) => self.places.get(&account),
            Subject::Territory(_) => None,
        });
        let mut channels = scope.channels(|_| None);
        for places in accounts {
            let from = places.range(..=cursor).next_back().map_or(0, |(from, _)| *from);
            channels.extend(places.range(from..).map(|(_, territory)| *territory.as_bytes()));
        }
        channels
    }

    /// The accounts under a device's open leases.
    pub fn open_accounts(&self, device: DeviceId) -> BTreeSet<AccountId> {
        self.book
            .leases
            .values()
            .filter(|lease| lease.device == device && lease.is_open())
            .filter_map(|lease| match lease.subject {
                Subject::Account(account) => Some(account),
                Subject::Territory(_) => None,
            })
            .collect()
    }

    fn load(&self, hello: &Hello) -> Option<Box<Loaded>> {
        let device = self.book.devices.get(&hello.device)?.clone();
        let scope = self.scope(&device);
        let channels = self.channels(&scope, hello.cursor.position);
        let last = self.log.iter().rev().find(|row| channels.contains(&row.entry.channel));
        let answered = hello.answered.and_then(|answered| {
            let key = (device.id, device.store_generation, answered.number);
            self.book.receipts.get(&key).map(|stored| stored.item.tag())
        });
        let digest = self.open_accounts(device.id).into_iter().fold(0_u64, |sum, account| {
            sum.wrapping_add(self.book.accounts.get(&account).map_or(0, |row| row.digest))
        });
        Some(Box::new(Loaded {
            head: self.head(),
            at_cursor: self.mark_at(hello.cursor.position),
            at_receipt: self.mark_at(hello.receipt.position),
            answered,
            last: last.map_or(0, |row| row.entry.position),
            digest,
            offline_days: self.offline_days,
            device,
        }))
    }

    /// Reads on for a device.
    pub fn read(&self, device: &ServerDevice, cursor: u64, mut fills: Vec<FillMark>) -> PageRead {
        let scope = self.scope(device);
        let channels = self.channels(&scope, cursor);
        let rows = self.log[usize::try_from(cursor).unwrap_or(usize::MAX).min(self.log.len())..]
            .iter()
            .filter(|row| channels.contains(&row.entry.channel))
            .map(|row| self.tail_row(row))
            .collect();
        let mut budget = self.page_bytes;
        let (entries, stopped) = reader::tail(&scope, &mut fills, rows, &mut budget);
        let position = stopped.unwrap_or(self.head().position);
        let upto = Mark { position, chain: self.mark_at(position).unwrap_or(Tag16([0; 16])) };
        let mut parts = Vec::new();
        for mark in fills {
            if budget == 0 {
                break;
            }
            parts.push(self.fill(&scope, mark, &mut budget));
        }
        let more = stopped.is_some() || parts.iter().any(|part| !part.done) || budget == 0;
        PageRead { upto, entries, fills: parts, more }
    }

    fn tail_row(&self, row: &LogRow) -> TailRow {
        let record = row.entry.entry.record().and_then(|id| self.book.records.get(&id));
        TailRow {
            position: row.entry.position,
            at_ms: row.at_ms,
            salt: row.entry.salt,
            payload: row.entry.payload.clone(),
            order: record.map(|record| record.envelope.kind.spec().fill_order),
        }
    }

    fn fill(&self, scope: &Scope, mark: FillMark, budget: &mut usize) -> FillPart {
        let accounts = scope.fill_accounts(mark.grant);
        let reached =
            mark.token.map(|token| ((token.account, token.order, token.record), token.partial.is_some()));
        let mut keys: Vec<(AccountId, u8, RecordId)> = self
            .book
            .records
            .values()
            .filter(|record| accounts.contains(&record.envelope.account))
            .map(|record| {
                (record.envelope.account, record.envelope.kind.spec().fill_order, record.envelope.id)
            })
            .filter(|key| reached.is_none_or(|(at, partial)| *key > at || (*key == at && partial)))
            .collect();
        keys.sort_unstable();
        let sources = keys.into_iter().map(|(_, _, record)| self.source(record)).collect();
        reader::fill(&self.book.epoch, mark, sources, true, budget)
    }

    fn source(&self, record: RecordId) -> FillSource {
        let stored = &self.book.records[&record];
        FillSource {
            record,
            kind: stored.envelope.kind.name().to_owned(),
            order: stored.envelope.kind.spec().fill_order,
            account: stored.envelope.account,
            territory: self.book.accounts.get(&stored.envelope.account).map(|row| row.territory),
            creator: stored.envelope.creator,
            generation: stored.envelope.generation,
            changes: self.authored_changes(record),
            decision: stored.decision.clone(),
        }
    }

    /// A record's changes, in log order.
    pub fn changes_of(&self, record: RecordId) -> Vec<Vec<u8>> {
        self.authored_changes(record).into_iter().map(|(_, change)| change).collect()
    }

    fn authored_changes(&self, record: RecordId) -> Vec<(Author, Vec<u8>)> {
        self.log
            .iter()
            .filter_map(|row| match &row.entry.entry {
                Entry::Changes(entry) if entry.record == record => Some(entry),
                _ => None,
            })
            .flat_map(|entry| entry.changes.iter().map(|change| (entry.author, change.0.clone())))
            .collect()
    }

    /// The log's decisions for a record; the last one stands.
    pub fn last_decision(&self, record: RecordId) -> Option<Decision> {
        self.log.iter().rev().find_map(|row| match &row.entry.entry {
            Entry::Decision(decision) if decision.record == record => Some(decision.clone()),
            _ => None,
        })
    }

    fn heal(
        &self,
        device: &ServerDevice,
        cursor: u64,
        accounts: &[AccountId],
        has: &[RecordDigest],
    ) -> Vec<PageRead> {
        let open = self.open_accounts(device.id);
        let theirs: BTreeMap<RecordId, u64> = has.iter().map(|row| (row.record, row.digest)).collect();
        let mut sources: VecDeque<FillSource> = self
            .book
            .records
            .values()
            .filter(|record| {
                accounts.contains(&record.envelope.account) && open.contains(&record.envelope.account)
            })
            .filter(|record| theirs.get(&record.envelope.id) != Some(&record.digest))
            .map(|record| self.source(record.envelope.id))
            .collect();
        let upto = Mark { position: cursor, chain: self.mark_at(cursor).unwrap_or(Tag16([0; 16])) };
        let mut mark = FillMark { grant: 0, token: None };
        let mut pages = Vec::new();
        let open: Vec<AccountId> =
            accounts.iter().copied().filter(|account| open.contains(account)).collect();
        let in_scope = |record: RecordId| {
            self.book.records.get(&record).is_some_and(|row| open.contains(&row.envelope.account))
        };
        let mut gone = reader::gone(&open, has, in_scope);
        loop {
            let mut budget = self.page_bytes;
            let rest = sources.iter().cloned().collect();
            let mut part = reader::fill(&self.book.epoch, mark, rest, true, &mut budget);
            part.gone = gone.take();
            let whole = part.records.iter().filter(|record| record.more != Some(true)).count();
            sources.drain(..whole);
            let done = part.done;
            mark = part.mark;
            pages.push(PageRead { upto, entries: Vec::new(), fills: vec![part], more: false });
            if done {
                return pages;
            }
        }
    }

    fn is_blocked(&self, device: DeviceId) -> bool {
        self.book.devices.get(&device).is_none_or(|row| row.state == DeviceState::Blocked)
    }

    /// Carries out one effect. The answers, if there are any, go back into the session.
    pub fn carry_out(
        &mut self,
        session: &ServerSession,
        peer: &mut Peer,
        effect: Effect,
        now_ms: i64,
    ) -> Vec<Event> {
        self.answer(session, peer, effect, now_ms).unwrap_or_default()
    }

    /// What a store answers; none for what a peer is only told.
    fn answer(
        &mut self,
        session: &ServerSession,
        peer: &mut Peer,
        effect: Effect,
        now_ms: i64,
    ) -> Option<Vec<Event>> {
        let device = session.device().cloned();
        let event = match effect {
            Effect::Load(hello) => {
                peer.device = Some(hello.device);
                peer.cursor = hello.cursor.position;
                Event::Loaded(self.load(&hello))
            }
            Effect::Admit { nonce, next, facts, live, .. } => {
                if facts.is_some() {
                    self.facts = facts;
                }
                let row = peer.device.and_then(|id| self.book.devices.get_mut(&id))?;
                let fresh = row.nonce == nonce;
                if fresh {
                    row.nonce = next;
                    row.renewals.used |= live;
                }
                Event::Admitted(fresh)
            }
            Effect::Leave(last_number) => {
                let asks = Pusher::from(&device?);
                Event::Left(self.append(now_ms, |book| book.sign_out(asks, last_number)).err())
            }
            Effect::Judge(items) => Event::Judged(self.judge(&device?, &items, now_ms)),
            Effect::ReadPage { .. } if self.is_blocked(device.as_ref()?.id) => Event::Blocked,
            Effect::ReadPage { cursor, fills } => {
                let read = self.read(&device?, cursor, fills);
                peer.cursor = read.upto.position;
                Event::PageRead(read)
            }
            Effect::Compare(list) => Event::Differ(self.compare(device?.id, &list)),
            Effect::Heal { accounts, records } => {
                let pages = self.heal(&device?, peer.cursor, &accounts, &records);
                return Some(pages.into_iter().map(Event::PageRead).collect());
            }
            Effect::Renew { nonce, cause, text } => {
                let id = peer.device?;
                Event::Renewed { renewal: self.renew(id, nonce, cause, now_ms)?, text }
            }
            Effect::Send(frame) => {
                peer.down.push(frame);
                return None;
            }
            Effect::Close => {
                peer.closed = true;
                return None;
            }
        };
        Some(vec![event])
    }

    /// The accounts of a device's scope whose digests are not what it says.
    fn compare(&self, device: DeviceId, list: &[AccountDigest]) -> Vec<AccountId> {
        let has: BTreeMap<AccountId, u64> = list.iter().map(|row| (row.account, row.digest)).collect();
        let differs = |account: &AccountId| {
            let own = self.book.accounts.get(account).map_or(0, |row| row.digest);
            has.get(account).copied().unwrap_or(0) != own
        };
        self.open_accounts(device).into_iter().filter(differs).collect()
    }

    /// `device` is as it was when the session was admitted.
    fn judge(&mut self, device: &ServerDevice, items: &[Vec<u8>], now_ms: i64) -> Judged {
        let gated = self.gate(device, items);
        self.append_gated(device, items, gated, now_ms)
    }

    /// The gate's work for a push, on the records as they are now.
    pub fn gate(&self, device: &ServerDevice, items: &[Vec<u8>]) -> Vec<Option<Gated>> {
        let records = &self.book.records;
        Gated::prepare(device, items, |id| records.get(&id).map(|r| (r.envelope, r.doc.clone())))
    }

    /// The append of a gated push, on the records as they are by then.
    pub fn append_gated(
        &mut self,
        device: &ServerDevice,
        items: &[Vec<u8>],
        gated: Vec<Option<Gated>>,
        now_ms: i64,
    ) -> Judged {
        self.append(now_ms, |book| {
            let mut receipts = Vec::new();
            for (item, gated) in items.iter().zip(gated) {
                match book.judge(device.into(), item, gated) {
                    Ok(receipt) => receipts.push(receipt),
                    Err(halt) => return Judged::Halted(halt),
                }
            }
            Judged::Receipts(receipts, book.mark())
        })
    }

    fn renew(&mut self, id: DeviceId, nonce: Nonce, cause: Cause, now_ms: i64) -> Option<Renewal> {
        let territories = self.territories_of.get(&id).cloned().unwrap_or_default();
        self.append(now_ms, |book| book.renew(id, &territories, nonce, cause))
    }

    /// Whether an item's bytes are kept as unaccepted.
    pub fn keeps(&self, bytes: &[u8]) -> bool {
        self.book.held.values().any(|row| item_hash(&row.bytes) == item_hash(bytes))
    }

    /// The kinds' tables agree with the log: every record is what its log entries make it.
    pub fn record_equals_fold(&self) -> bool {
        self.book.records.iter().all(|(id, record)| {
            let changes = self.changes_of(*id);
            let folded = roadbook_model::document::load_changes(changes.iter().map(Vec::as_slice));
            folded.is_ok_and(|doc| doc.get_heads() == record.doc.get_heads())
                && self.last_decision(*id) == record.decision
                && Kind::find(record.envelope.kind.name()).is_some()
        })
    }
}

/// The server's side of one connection.
#[derive(Debug, Default)]
pub struct Peer {
    /// The device that said hello.
    pub device: Option<DeviceId>,
    /// How far it was read for.
    pub cursor: u64,
    /// Frames on their way to the device.
    pub down: Vec<Frame>,
    /// The server closed.
    pub closed: bool,
}

/// Feeds an event and everything that follows from it.
pub fn drive(
    server: &mut MemoryServer,
    session: &mut ServerSession,
    peer: &mut Peer,
    event: Event,
    now_ms: i64,
    random: &mut dyn FnMut() -> [u8; 16],
) {
    let mut effects = std::collections::VecDeque::from(session.handle(event, now_ms, random()));
    while let Some(effect) = effects.pop_front() {
        let events = server.carry_out(session, peer, effect, now_ms);
        let next: Vec<Effect> =
            events.into_iter().flat_map(|event| session.handle(event, now_ms, random())).collect();
        for effect in next.into_iter().rev() {
            effects.push_front(effect);
        }
    }
}

/// A signer over a P-256 key in memory.
pub struct MemorySigner(pub p256::ecdsa::SigningKey);

impl Signer for MemorySigner {
    fn sign(&self, hash: &Hash) -> roadbook_protocol::Signature {
        use p256::ecdsa::signature::hazmat::PrehashSigner;
        let signature: Result<p256::ecdsa::Signature, _> = self.0.sign_prehash(&hash.0);
        let mut bytes = [0; 64];
        if let Ok(signature) = signature {
            bytes.copy_from_slice(&signature.to_bytes());
        }
        roadbook_protocol::Signature(bytes)
    }
}
