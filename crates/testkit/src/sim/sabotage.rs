//! Bugs on purpose: the test of the simulator. Each wraps the real engines and the memory server from outside; a
//! simulator that comes to rest with one of them switched on would overlook it in earnest too.

mod orders;

use std::collections::VecDeque;

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, LeaseId, RecordId, Verb};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::frame::{Hello, Leave};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Frame, Item, ItemBody};
use roadbook_sync::device::{LeaseRow, LeaseState, Leaving, Rows, Signer, content};
use roadbook_sync::ledger::{Book, Lease, ServerDevice, Withdrawal};
use roadbook_sync::server::{Effect, Event, ServerSession};

use super::world::World;
use crate::memory_server::{MemoryServer, Peer};

/// One bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The server answers some pushes and loses the append.
    AnswersBeforeAppending,
    /// The server does not store some of its receipts.
    ForgetsReceipts,
    /// The server takes a restored phone for the live one, and its new work for what had the number before.
    TrustsEveryStore,
    /// The server sends devices their own work back.
    SendsOwnWorkBack,
    /// The server leaves records out of fills.
    SkipsFillRecords,
    /// The server goes on sending what happens in accounts that were withdrawn.
    ReadsOnAfterWithdrawal,
    /// The server takes late work as if it came in time, and puts nothing back.
    CallsLateWorkTimely,
    /// A phone purges a withdrawn account before it has sent everything.
    PurgesBeforeClose,
    /// A phone takes its work for accepted as soon as it has sent it.
    PromotesPending,
    /// A phone forgets an item once it is sent, before it is answered.
    ForgetsOnSending,
    /// A phone that is told to wipe itself does so at once.
    WipesUnanswered,
    /// A phone that is told to wipe itself goes on as ever.
    IgnoresTheOrder,
    /// A phone on which its rep signs out asks to leave before everything was sent.
    SignsOutUnsent,
    /// A phone says that it is wiped, and keeps what it has.
    OnlySaysWiped,
    /// The server decides anew on what has its fate.
    ForgetsFates,
    /// The gate takes merged accounts for two when it asks what a lease covers.
    JudgesPartsApart,
    /// The server moves merged accounts one by one.
    MovesPartsApart,
    /// A phone does not hear of merges.
    IgnoresMerges,
    /// A phone drops records of kinds that its app does not know.
    DropsUnknownKinds,
    /// The server appends a push on the documents that the gate saw, whatever was appended since.
    AppendsOnGatedDocuments,
    /// The server holds some work that comes in time.
    HoldsTimelyWork,
    /// The server refuses some work for no reason.
    RefusesForNoReason,
    /// A phone that gets a fresh store does not ask again for the decisions that it had asked for.
    CarriesNoRequests,
    /// A phone that gets a fresh store loses an edit of a field that was not sent.
    CarriesNoEdits,
    /// The server judges some pushes as if nothing had been decided on any order.
    ForgetsDecisions,
    /// The server takes an order that was accepted for one that was handed in, when the office decides on it.
    AcceptsTwice,
    /// A phone does not take over what was decided on orders.
    IgnoresDecisions,
}

impl Sabotage {
    /// Every bug.
    pub const ALL: [Self; 27] = [
        Self::AnswersBeforeAppending,
        Self::ForgetsReceipts,
        Self::TrustsEveryStore,
        Self::SendsOwnWorkBack,
        Self::SkipsFillRecords,
        Self::ReadsOnAfterWithdrawal,
        Self::CallsLateWorkTimely,
        Self::PurgesBeforeClose,
        Self::PromotesPending,
        Self::ForgetsOnSending,
        Self::WipesUnanswered,
        Self::IgnoresTheOrder,
        Self::SignsOutUnsent,
        Self::OnlySaysWiped,
        Self::ForgetsFates,
        Self::JudgesPartsApart,
        Self::MovesPartsApart,
        Self::IgnoresMerges,
        Self::DropsUnknownKinds,
        Self::AppendsOnGatedDocuments,
        Self::HoldsTimelyWork,
        Self::RefusesForNoReason,
        Self::CarriesNoRequests,
        Self::CarriesNoEdits,
        Self::ForgetsDecisions,
        Self::AcceptsTwice,
        Self::IgnoresDecisions,
    ];

    /// Carries out one effect as a server with this bug would. `chance` is a number from 0 to 99.
    fn carry_out(
        self,
        server: &mut MemoryServer,
        session: &ServerSession,
        peer: &mut Peer,
        effect: Effect,
        now_ms: i64,
        chance: u8,
    ) -> Vec<Event> {
        self.misremember(server, session, &effect, chance);
        match (self, effect, session.device().cloned()) {
            (Self::AnswersBeforeAppending, effect @ Effect::Judge(_), _) => {
                let before = server.clone();
                let events = server.carry_out(session, peer, effect, now_ms);
                if chance < 20 {
                    *server = before;
                }
                events
            }
            (Self::ForgetsReceipts, effect @ Effect::Judge(_), Some(device)) => {
                let events = server.carry_out(session, peer, effect, now_ms);
                if chance < 20 {
                    server.book.receipts.retain(|(of, ..), _| *of != device.id);
                }
                events
            }
            (Self::TrustsEveryStore, Effect::Load(hello), _) => {
                let mut events = server.carry_out(session, peer, Effect::Load(hello.clone()), now_ms);
                events.iter_mut().for_each(|event| trust(event, &hello));
                events
            }
            (Self::SendsOwnWorkBack, Effect::ReadPage { cursor, fills }, Some(device)) => {
                let stranger = ServerDevice { store_generation: u32::MAX, ..device };
                let read = server.read(&stranger, cursor, fills);
                peer.cursor = read.upto.position;
                vec![Event::PageRead(read)]
            }
            (Self::SkipsFillRecords, effect @ Effect::ReadPage { .. }, _) if chance < 20 => {
                let mut events = server.carry_out(session, peer, effect, now_ms);
                events.iter_mut().for_each(skip_last);
                events
            }
            (Self::ReadsOnAfterWithdrawal, effect @ Effect::ReadPage { .. }, Some(device)) => {
                let mut lax = server.clone();
                let leases = lax.book.leases.values_mut().filter(|lease| lease.device == device.id);
                leases.for_each(|lease| (lease.withdrawn, lease.closed) = (None, None));
                lax.carry_out(session, peer, effect, now_ms)
            }
            (Self::CallsLateWorkTimely, Effect::Judge(items), Some(device))
                if !items.iter().any(|item| is_close(item)) =>
            {
                let withdrawn = hide_withdrawals(server, device.id);
                let events = server.carry_out(session, peer, Effect::Judge(items), now_ms);
                for lease in withdrawn {
                    server.book.leases.entry(lease.id).and_modify(|row| row.withdrawn = lease.withdrawn);
                }
                events
            }
            (Self::HoldsTimelyWork | Self::RefusesForNoReason, effect @ Effect::Judge(_), Some(device)) => {
                self.wrong(server, &device, chance, |server| server.carry_out(session, peer, effect, now_ms))
            }
            (Self::ForgetsDecisions, effect @ Effect::Judge(_), _) if chance < 20 => {
                orders::undecided(server, |server| server.carry_out(session, peer, effect, now_ms))
            }
            (Self::JudgesPartsApart, effect @ Effect::Judge(_), _) => {
                apart(server, |server| server.carry_out(session, peer, effect, now_ms))
            }
            (_, effect, _) => server.carry_out(session, peer, effect, now_ms),
        }
    }

    /// Lets a server judge one push in ten of a device as if its leases were withdrawn, or its person might write nothing.
    fn wrong<T>(
        self,
        server: &mut MemoryServer,
        device: &ServerDevice,
        chance: u8,
        judge: impl FnOnce(&mut MemoryServer) -> T,
    ) -> T {
        if chance >= 10 {
            return judge(server);
        }
        let holds = self == Self::HoldsTimelyWork;
        let open = if holds { withdraw_in_secret(server, device.id) } else { Vec::new() };
        let role = if holds { device.role } else { Role::Manager };
        server.book.devices.entry(device.id).and_modify(|row| row.role = role);
        let judged = judge(server);
        server.book.devices.entry(device.id).and_modify(|row| row.role = device.role);
        for id in open {
            server.book.leases.entry(id).and_modify(|row| row.withdrawn = None);
        }
        judged
    }

    /// Moves accounts as a server with this bug would.
    pub fn move_apart(self, book: &mut Book, work: impl FnOnce(&mut Book)) {
        let roots = match self {
            Self::MovesPartsApart => forget_roots(book),
            _ => Vec::new(),
        };
        work(book);
        remember_roots(book, roots);
    }

    /// What a server with this bug has wrong before the office decides on an order.
    pub fn before_decision(self, book: &mut Book, verb: Verb, order: RecordId) {
        if self == Self::AcceptsTwice && verb == Verb::Accept {
            orders::take_for_handed_in(book, order);
        }
    }

    /// What a server with this bug has wrong before it judges a push.
    fn misremember(self, server: &mut MemoryServer, session: &ServerSession, effect: &Effect, chance: u8) {
        let (Effect::Judge(items), Some(device)) = (effect, session.device()) else { return };
        match self {
            Self::ForgetsFates if chance < 20 => {
                server.book.held.values_mut().for_each(|row| row.fate = None);
            }
            Self::TrustsEveryStore => mistake(server, device, items),
            _ => {}
        }
    }

    /// What a phone with this bug does after it has taken a frame.
    pub fn after_frame(self, world: &mut World, phone: usize) -> Result<(), String> {
        match self {
            Self::PurgesBeforeClose => purge_early(world, phone),
            Self::PromotesPending => promote(world, phone),
            Self::ForgetsOnSending => forget_sent(world, phone),
            Self::WipesUnanswered => wipe_early(world, phone),
            Self::IgnoresTheOrder => ignore_order(world, phone),
            Self::SignsOutUnsent => sign_out_early(world, phone),
            Self::OnlySaysWiped => keep_something(world, phone),
            Self::IgnoresMerges => unlearn(world, phone),
            Self::DropsUnknownKinds => drop_unknown(world, phone),
            Self::IgnoresDecisions => orders::unlearn(world, phone),
            _ => Ok(()),
        }
    }
}

/// [`crate::memory_server::drive`] with a bug.
pub fn drive(
    sabotage: Sabotage,
    server: &mut MemoryServer,
    session: &mut ServerSession,
    peer: &mut Peer,
    event: Event,
    now_ms: i64,
    random: &mut dyn FnMut() -> [u8; 16],
) {
    let mut effects = VecDeque::from(session.handle(event, now_ms, random()));
    while let Some(effect) = effects.pop_front() {
        let chance = random()[0] % 100;
        let events = sabotage.carry_out(server, session, peer, effect, now_ms, chance);
        let next: Vec<Effect> =
            events.into_iter().flat_map(|event| session.handle(event, now_ms, random())).collect();
        next.into_iter().rev().for_each(|effect| effects.push_front(effect));
    }
}

/// Lets a server work as if nothing were merged.
fn apart<T>(server: &mut MemoryServer, work: impl FnOnce(&mut MemoryServer) -> T) -> T {
    let roots = forget_roots(&mut server.book);
    let done = work(server);
    remember_roots(&mut server.book, roots);
    done
}

fn forget_roots(book: &mut Book) -> Vec<(AccountId, AccountId)> {
    let parts = book.accounts.values_mut();
    parts.filter_map(|row| Some((row.id, row.root.take()?))).collect()
}

fn remember_roots(book: &mut Book, roots: Vec<(AccountId, AccountId)>) {
    for (account, root) in roots {
        if let Some(row) = book.accounts.get_mut(&account) {
            row.root = Some(root);
        }
    }
}

fn drop_unknown(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let unknown: Vec<RecordId> = rows
        .all_records()
        .filter(|row| rows.lacks(row.envelope.kind.name()))
        .map(|row| row.envelope.id)
        .collect();
    unknown
        .into_iter()
        .try_for_each(|record| content::remove(rows, record))
        .map_err(|error| error.to_string())
}

fn unlearn(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let leases: Vec<LeaseRow> = rows.all_leases().filter(|lease| lease.root.is_some()).cloned().collect();
    for lease in leases {
        rows.put_lease(&LeaseRow { root: None, ..lease }).map_err(|error| error.to_string())?;
        let Subject::Account(account) = lease.subject else { continue };
        for record in rows.records_of(account).map_err(|error| error.to_string())? {
            content::refresh(rows, record).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Leaves out the last record of each part of a fill.
fn skip_last(event: &mut Event) {
    if let Event::PageRead(read) = event {
        read.fills.iter_mut().for_each(|part| drop(part.records.pop()));
    }
}

/// Makes what was looked up agree with the hello.
fn trust(event: &mut Event, hello: &Hello) {
    if let Event::Loaded(Some(loaded)) = event {
        loaded.device.last_number = hello.answered.map_or(0, |answered| answered.number);
        loaded.answered = hello.answered.map(|answered| answered.item);
    }
}

/// Gives new bytes the answer that their number had.
fn mistake(server: &mut MemoryServer, device: &ServerDevice, items: &[Vec<u8>]) {
    for bytes in items {
        let Ok(item) = Item::read(bytes) else { continue };
        let key = (device.id, device.store_generation, item.number);
        if let Some(stored) = server.book.receipts.get_mut(&key) {
            stored.item = item_hash(bytes);
        }
    }
}

fn is_close(bytes: &[u8]) -> bool {
    Item::read(bytes).is_ok_and(|item| matches!(item.body, ItemBody::Close))
}

fn hide_withdrawals(server: &mut MemoryServer, device: DeviceId) -> Vec<Lease> {
    let leases = server.book.leases.values_mut();
    let withdrawn =
        leases.filter(|lease| lease.device == device && lease.withdrawn.is_some() && lease.closed.is_none());
    withdrawn
        .map(|lease| {
            let before = lease.clone();
            lease.withdrawn = None;
            before
        })
        .collect()
}

/// As if every lease of a device had been withdrawn into review; says which.
fn withdraw_in_secret(server: &mut MemoryServer, device: DeviceId) -> Vec<LeaseId> {
    let now = Withdrawal { position: 1, policy: LatePolicy::Review, grace_until_ms: i64::MAX };
    let leases = server.book.leases.values_mut();
    let open = leases.filter(|lease| lease.device == device && lease.is_open());
    open.map(|lease| {
        lease.withdrawn = Some(now);
        lease.id
    })
    .collect()
}

fn purge_early(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let frozen = rows.leases_in(LeaseState::Frozen).map_err(|error| error.to_string())?;
    for lease in frozen {
        let Subject::Account(account) = lease.subject else { continue };
        let numbers: Vec<u64> =
            rows.all_items().filter(|item| item.account == Some(account)).map(|item| item.number).collect();
        numbers
            .into_iter()
            .try_for_each(|number| rows.delete_item(number))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn promote(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let pending: Vec<RecordId> = rows
        .all_items()
        .filter(|item| !item.tray && item.receipt.is_none())
        .filter_map(|item| item.record)
        .collect();
    for record in pending {
        let found = rows.record(record).map_err(|error| error.to_string())?;
        let Some(mut row) = found else { continue };
        if let Ok(Some(doc)) = content::current(rows, &row).map_err(|error| error.to_string())? {
            content::put_accepted(rows, &mut row, &doc, 0).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// The push number goes on, as if nothing had waited.
fn wipe_early(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let waiting: Vec<u64> =
        rows.all_items().filter(|item| item.receipt.is_none()).map(|item| item.number).collect();
    let told = rows.device().map_err(|error| error.to_string())?.leaving == Leaving::Ordered;
    let forget = |number| rows.delete_item(number).map_err(|error| error.to_string());
    if told { waiting.into_iter().try_for_each(forget) } else { Ok(()) }
}

/// The last answered number passes for the last one, so that the server believes it.
fn sign_out_early(world: &mut World, phone: usize) -> Result<(), String> {
    let it = &mut world.phones[phone];
    let row = it.rows.device().map_err(|error| error.to_string())?;
    let answered = row.answered.map_or(0, |answered| answered.number);
    let Some((_, number)) = it.session.as_ref().filter(|_| it.signs_out.is_some()) else { return Ok(()) };
    if row.leaving != Leaving::No || answered == row.last_number {
        return Ok(());
    }
    it.asked.push((row.device, row.store_generation, row.last_number));
    let signature = it.signer.sign(&Leave::proof(row.device, row.store_generation, answered));
    let leave = Frame::Leave(Leave { last_number: answered, signature });
    // Once it was welcomed: before that it would be refused for speaking out of turn, and nothing would be shown.
    let welcomed =
        world.connections.get_mut(number).filter(|connection| connection.session.device().is_some());
    if let Some(connection) = welcomed {
        // Before the push that is on its way.
        connection.up.push_front(leave.to_bytes());
    }
    Ok(())
}

fn ignore_order(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let mut device = rows.device().map_err(|error| error.to_string())?;
    if device.leaving == Leaving::Ordered {
        device.leaving = Leaving::No;
        rows.put_device(&device).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn keep_something(world: &mut World, phone: usize) -> Result<(), String> {
    let kept = world.phones.iter().find_map(|other| other.rows.all_records().next().cloned());
    let rows = &mut world.phones[phone].rows;
    let device = rows.device().map_err(|error| error.to_string())?;
    match kept.filter(|_| device.leaving == Leaving::Wiped) {
        Some(record) => rows.put_record(&record).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}

fn forget_sent(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let sent: Vec<u64> =
        rows.all_items().filter(|item| item.receipt.is_none()).map(|item| item.number).collect();
    sent.into_iter().try_for_each(|number| rows.delete_item(number)).map_err(|error| error.to_string())
}
