//! Scenes for tests that show one thing each: named people with their phones, over the real engines, in the simulator's
//! world. What cannot be played is a failed test, so everything here panics.
//!
//! A scene begins at rest, with nobody connected. Alice, Bob and Carol hold a territory with two accounts each; Mona is
//! their manager and reads along. [`Scenario::sync`] plays one connection of a phone; a [`wire::Wire`] is a
//! connection by hand, for what no phone would say.

#![expect(clippy::expect_used, reason = "a scene that cannot be played is a failed test")]

mod fates;
pub mod talk;
pub mod wire;

use roadbook_model::{Edit, Fields, Kind, LeaseId, RecordId, RequestId, Role, TerritoryId, Value, Verb};
use roadbook_protocol::entry::{Entry, LatePolicy, Subject};
use roadbook_protocol::{ItemBody, Outcome, Receipt};
use roadbook_sync::device::capture::{self, Ctx};
use roadbook_sync::device::{CaptureError, DeviceRow, ItemRow, LeaseRow, LeaseState, Rows};
use roadbook_sync::ledger::place::Handover;
use roadbook_sync::ledger::{Book, DeviceState, HeldRow};

pub use talk::{Talk, entries, pages, receipts};

use crate::memory_rows::MemoryRows;
use crate::sim::world::World;
use crate::sim::{capture as people, link};
use crate::work;

/// Somebody with a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rep(pub usize);

/// A rep.
pub const ALICE: Rep = Rep(0);
/// Another.
pub const BOB: Rep = Rep(1);
/// A third.
pub const CAROL: Rep = Rep(2);
/// Their manager: reads all they have, and may not create a visit.
pub const MONA: Rep = Rep(3);

/// A minute, in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// A day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// A scene.
pub struct Scenario {
    /// What there is.
    pub world: World,
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// Everybody at rest, nobody connected.
    pub fn new() -> Self {
        let mut scene = Self::before_the_first_sync();
        scene.everybody_syncs();
        scene
    }

    /// Everybody enrolled, nothing fetched yet.
    pub fn before_the_first_sync() -> Self {
        let mut world = World::new(7);
        world.server.page_bytes = roadbook_protocol::limits::PAGE_BYTES_TARGET;
        // A scene may damage a replica by hand; the simulator would take what heals it for a bug.
        world.phones.iter_mut().for_each(|phone| phone.damaged = true);
        Self { world }
    }

    /// Brings everybody to rest, as the simulator does.
    pub fn everybody_syncs(&mut self) {
        link::come_to_rest(&mut self.world).expect("everybody comes to rest");
        (0..self.world.phones.len()).for_each(|phone| link::drop_link(&mut self.world, phone));
    }

    /// The territory that somebody holds.
    pub fn territory(&self, whose: Rep) -> TerritoryId {
        self.world.territories[whose.0]
    }

    /// The accounts that lie in somebody's territory, by id.
    pub fn accounts(&self, whose: Rep) -> Vec<RecordId> {
        let territory = self.territory(whose);
        let rows = self.world.server.book.accounts.values();
        rows.filter(|row| row.territory == territory).map(|row| row.id.record()).collect()
    }

    /// The first of them.
    pub fn account(&self, whose: Rep) -> RecordId {
        self.accounts(whose)[0]
    }

    /// Time passes.
    pub fn advance_ms(&mut self, ms: i64) {
        self.world.now_ms += ms;
    }

    /// An admin moves an account into somebody's territory; late work is taken for an hour.
    pub fn move_account(&mut self, account: RecordId, to: Rep) {
        self.hand_over(account, to, LatePolicy::Accept, 60 * MINUTE_MS);
    }

    /// An admin moves an account on other terms.
    pub fn hand_over(&mut self, account: RecordId, to: Rep, policy: LatePolicy, grace_ms: i64) {
        self.advance_ms(1000);
        let territory = self.territory(to);
        self.world.hand_over(&[account.account()], territory, policy, grace_ms);
    }

    /// An admin moves an account and says something about it to whoever loses and whoever gets it.
    pub fn hand_over_saying(&mut self, account: RecordId, to: Rep, note: &str) {
        self.advance_ms(1000);
        let (territory, admin, now_ms) = (self.territory(to), self.world.admin, self.world.now_ms);
        let grace_until_ms = now_ms + 60 * MINUTE_MS;
        let terms = Handover { policy: LatePolicy::Accept, grace_until_ms, note: Some(note.to_owned()) };
        let place = |book: &mut Book| drop(book.place(&[account.account()], territory, admin, &terms));
        self.world.server.append(now_ms, place);
    }

    /// A person's role becomes another.
    pub fn change_role(&mut self, who: Rep, role: Role) {
        self.world.change_role(who.0, role);
    }

    /// An admin says whether somebody's device may work.
    pub fn set_device(&mut self, who: Rep, state: DeviceState) {
        let id = self.world.phones[who.0].device;
        self.world.server.book.devices.get_mut(&id).expect("the device is enrolled").state = state;
    }
}

/// What people do on their phones.
impl Scenario {
    /// What a phone keeps.
    pub fn rows(&mut self, who: Rep) -> &mut MemoryRows {
        &mut self.world.phones[who.0].rows
    }

    /// The phone's own row.
    pub fn device(&mut self, who: Rep) -> DeviceRow {
        self.rows(who).device().expect("a memory store does not fail")
    }

    /// One capture: what it makes is saved, unless it fails.
    pub fn capture<T>(
        &mut self,
        who: Rep,
        work: impl FnOnce(&mut MemoryRows, &mut Ctx<'_>) -> Result<T, CaptureError>,
    ) -> Result<T, CaptureError> {
        self.advance_ms(1000);
        let before = people::last_number(&mut self.world, who.0);
        let done = people::attempt(&mut self.world, who.0, work)?;
        people::confirm(&mut self.world, who.0, before, None);
        Ok(done)
    }

    /// A visit at an account.
    pub fn visit(&mut self, who: Rep, account: RecordId, subject: &str) -> RecordId {
        let new = work::new(Kind::VISIT, Some(account), work::visit(subject));
        self.capture(who, |rows, ctx| capture::create(rows, ctx, new)).expect("the visit is captured")
    }

    /// An order of one line.
    pub fn order(&mut self, who: Rep, account: RecordId) -> RecordId {
        let made = self.capture(who, |rows, ctx| {
            let fields = work::order((ctx.random)(), "a box of nails");
            capture::create(rows, ctx, work::new(Kind::ORDER, Some(account), fields))
        });
        made.expect("the order is captured")
    }

    /// A new account, which its finder may work on at once.
    pub fn new_account(&mut self, who: Rep, name: &str) -> RecordId {
        let fields = Fields::from([("name".to_owned(), work::text(name))]);
        let new = work::new(Kind::ACCOUNT, None, fields);
        self.capture(who, |rows, ctx| capture::create(rows, ctx, new)).expect("the account is captured")
    }

    /// Another value in a field.
    pub fn set(&mut self, who: Rep, record: RecordId, field: &str, value: &str) {
        self.try_set(who, record, field, value).expect("the edit is captured");
    }

    /// The same, if the app lets it happen.
    pub fn try_set(
        &mut self,
        who: Rep,
        record: RecordId,
        field: &str,
        value: &str,
    ) -> Result<(), CaptureError> {
        let edit = Edit::Put { path: vec![field.to_owned()], value: work::text(value) };
        self.capture(who, |rows, ctx| capture::edit(rows, ctx, record, &[edit]))
    }

    /// A wish for a decision.
    pub fn ask(&mut self, who: Rep, verb: Verb, record: RecordId) -> RequestId {
        self.try_ask(who, verb, record).expect("the wish is captured")
    }

    /// The same, if the app lets it happen.
    pub fn try_ask(&mut self, who: Rep, verb: Verb, record: RecordId) -> Result<RequestId, CaptureError> {
        self.capture(who, |rows, ctx| capture::request(rows, ctx, verb, record))
    }

    /// An item that no app would make, put into the outbox past all checks; returns its number.
    pub fn put_raw(&mut self, who: Rep, lease: LeaseId, account: Option<RecordId>, body: ItemBody) -> u64 {
        let account = account.map(RecordId::account);
        self.capture(who, |rows, ctx| Ok(work::put_item(rows, ctx, lease, account, body)?))
            .expect("a memory store does not fail")
    }

    /// The lease under which a phone holds an account.
    pub fn lease(&mut self, who: Rep, account: RecordId) -> LeaseId {
        self.lease_on(who, Subject::Account(account.account()))
    }

    /// The lease under which a phone holds its own territory.
    pub fn territory_lease(&mut self, who: Rep) -> LeaseId {
        let subject = Subject::Territory(self.territory(who));
        self.lease_on(who, subject)
    }

    fn lease_on(&mut self, who: Rep, subject: Subject) -> LeaseId {
        self.newest_lease(who, subject).expect("the phone knows a lease on it").lease
    }

    /// The one that is not closed, if there is one.
    fn newest_lease(&mut self, who: Rep, subject: Subject) -> Option<LeaseRow> {
        let mut leases = self.rows(who).leases_on(subject).expect("a memory store does not fail");
        leases.sort_by_key(|lease| lease.state == LeaseState::Closed);
        leases.into_iter().next()
    }

    /// The state of the phone's newest lease on an account.
    pub fn lease_state(&mut self, who: Rep, account: RecordId) -> Option<LeaseState> {
        self.newest_lease(who, Subject::Account(account.account())).map(|lease| lease.state)
    }

    /// Whether a phone shows a record, and with what.
    pub fn shown(&mut self, who: Rep, record: RecordId) -> Option<Fields> {
        self.rows(who).views.get(&record).cloned()
    }

    /// A field as a phone shows it.
    pub fn shown_text(&mut self, who: Rep, record: RecordId, field: &str) -> Option<String> {
        self.shown(who, record)?.get(field).and_then(plain)
    }

    /// The items that a phone keeps.
    pub fn items(&mut self, who: Rep) -> Vec<ItemRow> {
        self.rows(who).all_items().cloned().collect()
    }

    /// A phone's last item.
    pub fn last_item(&mut self, who: Rep) -> ItemRow {
        self.items(who).pop().expect("the phone keeps an item")
    }
}

/// What happens between a phone and the server.
impl Scenario {
    /// One connection, from the hello until nothing moves any more.
    pub fn sync(&mut self, who: Rep) -> Talk {
        self.connect(who);
        let talk = self.talk(who);
        link::drop_link(&mut self.world, who.0);
        talk
    }

    /// Opens a connection, whose hello waits to be delivered.
    pub fn connect(&mut self, who: Rep) {
        link::connect(&mut self.world, who.0).expect("a memory store does not fail");
    }

    /// Delivers everything on a phone's connection.
    pub fn talk(&mut self, who: Rep) -> Talk {
        let mut talk = Talk::default();
        loop {
            let more = self.step(who);
            if more.up.is_empty() && more.down.is_empty() {
                return talk;
            }
            talk.up.extend(more.up);
            talk.down.extend(more.down);
        }
    }

    /// Delivers the next frame in each direction.
    pub fn step(&mut self, who: Rep) -> Talk {
        let mut talk = self.step_up(who);
        talk.down = self.step_down(who).down;
        talk
    }

    /// Delivers the phone's next frame.
    pub fn step_up(&mut self, who: Rep) -> Talk {
        let Some((_, number)) = self.world.phones[who.0].session else { return Talk::default() };
        self.tapped(number, |world| {
            link::deliver_up(world, number, false);
        })
    }

    /// Delivers the server's next frame. An error ends the connection, as it would on a phone.
    pub fn step_down(&mut self, who: Rep) -> Talk {
        let Some((_, number)) = self.world.phones[who.0].session else { return Talk::default() };
        self.tapped(number, |world| {
            if link::deliver_down(world, who.0, false).is_err() {
                link::drop_link(world, who.0);
            }
        })
    }

    /// Loses the server's next frame with its connection, as the phone dies before it has stored anything of it.
    pub fn crash_on_next(&mut self, who: Rep) {
        let delivered = link::deliver_down(&mut self.world, who.0, true);
        delivered.expect("a frame that is never stored does no harm");
    }

    fn tapped(&mut self, number: usize, deliver: impl FnOnce(&mut World)) -> Talk {
        self.world.tap = Some(Vec::new());
        deliver(&mut self.world);
        let mut talk = Talk::default();
        for delivered in self.world.tap.take().into_iter().flatten().filter(|it| it.connection == number) {
            (if delivered.up { &mut talk.up } else { &mut talk.down }).push(delivered.frame);
        }
        talk
    }
}

/// What the server and the office know.
impl Scenario {
    /// The server's word on an item of a phone's present store.
    pub fn outcome(&mut self, who: Rep, number: u64) -> Outcome {
        self.receipt(who, number).expect("the item was answered").outcome
    }

    /// The server's stored receipt.
    pub fn receipt(&mut self, who: Rep, number: u64) -> Option<Receipt> {
        let key = self.key(who, number);
        self.world.server.book.receipts.get(&key).map(|stored| stored.receipt.clone())
    }

    /// What the server keeps of an item that it did not take.
    pub fn kept(&mut self, who: Rep, number: u64) -> Option<HeldRow> {
        let key = self.key(who, number);
        self.world.server.book.held.get(&key).cloned()
    }

    /// How the server names an item of a phone's present store.
    pub fn key(&mut self, who: Rep, number: u64) -> roadbook_sync::ledger::book::ItemKey {
        let device = self.device(who);
        (device.device, device.store_generation, number)
    }

    /// The record's content in the office; none if there is no such record.
    pub fn record(&self, record: RecordId) -> Option<Fields> {
        let stored = self.world.server.book.records.get(&record)?;
        Some(roadbook_model::document::hydrate(stored.envelope.kind.spec(), &stored.doc))
    }

    /// One field of it.
    pub fn record_text(&self, record: RecordId, field: &str) -> Option<String> {
        self.record(record)?.get(field).and_then(plain)
    }

    /// The log's entries after a position.
    pub fn log_after(&self, position: u64) -> Vec<(u64, Entry)> {
        let rows = self.world.server.log.iter().filter(|row| row.entry.position > position);
        rows.map(|row| (row.entry.position, row.entry.entry.clone())).collect()
    }

    /// The log's last position.
    pub fn head(&self) -> u64 {
        self.world.server.head().position
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) | Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}
