//! What there is: a server, reps with a phone each, a manager who reads along, and everything ever confirmed as saved.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use p256::ecdsa::SigningKey;
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, Envelope, Fields, Kind, PersonId, RecordId, TerritoryId, Value};
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::{Frame, Mark, Nonce, Reason, Tag16, limits};
use roadbook_sync::device::leave::Undecided;
use roadbook_sync::device::{DeviceRow, Rows, Session, Stored};
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::ledger::place::Handover;
use roadbook_sync::ledger::{Aside, Book, DeviceState, Merged, Renewals, ServerDevice, Territory};
use roadbook_sync::server::ServerSession;

use super::Tally;
use super::apart::Judging;
use super::plan::Plan;
use super::sabotage::Sabotage;
use super::step::Step;
use crate::memory_rows::MemoryRows;
use crate::memory_server::{MemoryServer, MemorySigner, Peer};
use crate::random::Random;

/// Where the devices believe the server to be.
pub const ORIGIN: &str = "http://sim";
/// The sync endpoint's path.
pub const PATH: &str = "/v1/sync";

/// One phone.
pub struct Phone {
    /// Its name, for messages.
    pub name: String,
    /// The device.
    pub device: DeviceId,
    /// Its person.
    pub person: PersonId,
    /// Its key.
    pub signer: MemorySigner,
    /// What it keeps.
    pub rows: MemoryRows,
    /// Its side of the connection, and which connection.
    pub session: Option<(Session, usize)>,
    /// A backup of the phone: its store, the stores set aside, and how many of them are still to be carried over.
    pub backup: Option<(MemoryRows, Vec<MemoryRows>, usize)>,
    /// Stores set aside.
    pub aside: Vec<MemoryRows>,
    /// How many of those, the latest, have work that is still to be carried over.
    pub to_carry: usize,
    /// Records whose work could not be carried over; it stays on the phone.
    pub left: Vec<RecordId>,
    /// It wiped itself and the server knows: it is not used any more.
    pub gone: bool,
    /// Its person signs out, and what is to become of what is undecided.
    pub signs_out: Option<Undecided>,
    /// Where it asked to leave: up to which push number of which store.
    pub asked: Vec<(DeviceId, u32, u64)>,
    /// It was told that it is a copy, and is still to be enrolled anew.
    pub is_copy: bool,
    /// Something of its replica was lost: only then may its digests differ from the server's.
    pub damaged: bool,
}

impl Phone {
    /// Puts a version of the app on it that does not know these kinds. It reads every store of the phone.
    pub fn put_app(&mut self, lacks: &BTreeSet<String>) -> Stored<()> {
        let mut stores = std::iter::once(&mut self.rows).chain(&mut self.aside);
        stores.try_for_each(|rows| rows.change_app(lacks.clone()))
    }
}

/// The server's side of one connection.
pub struct Connection {
    /// The engine.
    pub session: ServerSession,
    /// What it knows and sends.
    pub peer: Peer,
    /// Frames on their way to the server.
    pub up: VecDeque<Vec<u8>>,
    /// Frames on their way to the device.
    pub down: VecDeque<Vec<u8>>,
    /// The push that is gated and not appended yet. Until it is, the server hears nothing else on this connection.
    pub judging: Option<Judging>,
}

/// Something that a person was told is saved.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Which phone.
    pub phone: usize,
    /// Which device the phone then was.
    pub device: DeviceId,
    /// Its store's generation.
    pub store_generation: u32,
    /// The push number.
    pub number: u64,
    /// The item.
    pub bytes: Vec<u8>,
    /// The record.
    pub record: Option<RecordId>,
    /// A word that must be found again wherever the work ends up.
    pub marker: Option<String>,
    /// It was on a phone that was restored from a backup before it was ever sent.
    pub destroyed: bool,
    /// An app that skips the rules made it.
    pub buggy: bool,
    /// It is a field's value, which a later one replaces.
    pub is_value: bool,
}

/// A frame that was delivered.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// On which connection.
    pub connection: usize,
    /// To the server, or to the device.
    pub up: bool,
    /// The frame.
    pub frame: Frame,
}

/// Everything.
pub struct World {
    /// The seed's numbers.
    pub random: Random,
    /// Virtual time, in milliseconds since 1970.
    pub now_ms: i64,
    /// The server.
    pub server: MemoryServer,
    /// The server's page key.
    pub page_key: Arc<MemorySigner>,
    /// The phones.
    pub phones: Vec<Phone>,
    /// Connections, by number.
    pub connections: BTreeMap<usize, Connection>,
    /// The next connection's number.
    pub next_connection: usize,
    /// Territories.
    pub territories: Vec<TerritoryId>,
    /// The admin who moves accounts.
    pub admin: PersonId,
    /// Everything saved.
    pub saved: Vec<Saved>,
    /// What happened, in numbers.
    pub tally: Tally,
    /// What happened, in words: the story that a failed seed tells.
    pub story: Vec<String>,
    /// Delivered frames, for a scene that looks at them; none are kept otherwise.
    pub tap: Option<Vec<Delivered>>,
    /// Where each account lay in the beginning.
    pub began: Vec<(AccountId, TerritoryId)>,
    /// What this history goes through for certain.
    pub plan: Plan,
    /// A bug on purpose.
    pub sabotage: Option<Sabotage>,
    /// Of a hundred pushes, how many are gated when they come and appended later: none in a scene.
    pub apart_percent: usize,
    /// The push that is being delivered is only gated, and appended later.
    pub gates_apart: bool,
}

/// Reps, each with a territory and a phone of the same number.
pub const REPS: usize = 3;
/// Who reads along, and writes little.
pub const MANAGER: &str = "mona";
const ACCOUNTS_EACH: usize = 2;

impl World {
    /// A day's beginning: territories with accounts, a phone for each rep and one for their manager.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let now_ms = 1_700_000_000_000;
        let page_bytes = [600, 4_000, 1_000_000][random.below(3)];
        let server = MemoryServer::new(Tag16(random.bytes()), Tag16(random.bytes()), page_bytes);
        let page_key = Arc::new(MemorySigner(key(&mut random)));
        let mut world = Self {
            random,
            now_ms,
            server,
            page_key,
            phones: Vec::new(),
            connections: BTreeMap::new(),
            next_connection: 0,
            territories: Vec::new(),
            admin: PersonId::from_bytes([9; 16]),
            saved: Vec::new(),
            tally: Tally::default(),
            story: Vec::new(),
            tap: None,
            began: Vec::new(),
            plan: Plan::default(),
            sabotage: None,
            apart_percent: 0,
            gates_apart: false,
        };
        for _ in 0..REPS {
            let id = TerritoryId::new(1, world.random.bytes());
            world.territories.push(id);
            world.server.book.territories.insert(id, Territory { id, devices: Default::default() });
        }
        world.import_accounts();
        for n in 0..REPS {
            let own = vec![world.territories[n]];
            world.enrol(["alice", "bob", "carol"][n], Role::Rep, None, &own, &own);
        }
        let all = world.territories.clone();
        world.enrol(MANAGER, Role::Manager, None, &all, &[]);
        world
    }

    fn import_accounts(&mut self) {
        for (n, territory) in self.territories.clone().into_iter().enumerate() {
            for k in 0..ACCOUNTS_EACH {
                let id = RecordId::new(2, self.random.bytes());
                let name = format!("Account {n}-{k}");
                let record = imported(id, Kind::ACCOUNT, id.account(), name, Some(territory), self.admin);
                let contact = RecordId::new(3, self.random.bytes());
                let person = format!("Contact {n}-{k}");
                let contact = imported(contact, Kind::CONTACT, id.account(), person, None, self.admin);
                let now_ms = self.now_ms;
                self.began.push((id.account(), territory));
                self.server.append(now_ms, |book| {
                    assert_eq!(book.import(record), Ok(true), "the account is valid and new");
                    assert_eq!(book.import(contact), Ok(true), "the contact is valid and new");
                });
            }
        }
    }

    /// The role of a phone's person becomes another; the phone hears of it at its next sync.
    pub fn change_role(&mut self, phone: usize, role: Role) {
        let devices = &mut self.server.book.devices;
        let Some(person) = devices.get(&self.phones[phone].device).map(|row| row.person) else { return };
        for row in devices.values_mut().filter(|row| row.person == person && row.role != role) {
            row.former_roles.retain(|former| *former != role);
            row.former_roles.push(std::mem::replace(&mut row.role, role));
        }
    }

    /// Enrols a phone, for a person who has one already or for a new one.
    pub fn enrol(
        &mut self,
        name: &str,
        role: Role,
        person: Option<PersonId>,
        scope: &[TerritoryId],
        creates_in: &[TerritoryId],
    ) {
        let (device, new) = (DeviceId::new(4, self.random.bytes()), PersonId::new(5, self.random.bytes()));
        let person = person.unwrap_or(new);
        let signer = MemorySigner(key(&mut self.random));
        let nonce = Nonce(self.random.bytes());
        for territory in scope {
            if let Some(row) = self.server.book.territories.get_mut(territory) {
                row.devices.insert(device);
            }
        }
        self.server.territories_of.insert(device, creates_in.to_vec());
        let row = ServerDevice {
            id: device,
            person,
            role,
            former_roles: Vec::new(),
            public_key: signer.0.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            state: DeviceState::Active,
            store_generation: 1,
            last_number: 0,
            nonce,
            start: Mark::START,
            renewals: Renewals::default(),
            aside: Aside::default(),
        };
        let now_ms = self.now_ms;
        let start = self.server.append(now_ms, |book| book.enrol(row, creates_in));
        let rows = MemoryRows::new(DeviceRow {
            device,
            person,
            role,
            server_key: self.page_key.0.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            digest_key: self.server.book.digest_key,
            store_generation: 1,
            epoch: self.server.book.epoch,
            nonce,
            cursor: start,
            receipt: Mark::START,
            answered: None,
            last_number: 0,
            digest: 0,
            contact_ms: 0,
            told: None,
            offline_days: limits::OFFLINE_DAYS,
            practised: Vec::new(),
            leaving: Default::default(),
        });
        self.phones.push(fresh_phone(name, (device, person), signer, rows));
    }

    /// Notes what happened.
    pub fn tell(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    /// Moves some accounts to another territory, under a policy of chance.
    pub fn move_accounts(&mut self) {
        let accounts: Vec<AccountId> = self.server.book.accounts.keys().copied().collect();
        let count = 1 + self.random.below(2);
        let chosen: Vec<AccountId> =
            (0..count).map(|_| accounts[self.random.below(accounts.len())]).collect();
        let to = self.territories[self.random.below(self.territories.len())];
        let policy = [LatePolicy::Accept, LatePolicy::Accept, LatePolicy::Review, LatePolicy::Refuse];
        let policy = policy[self.random.below(4)];
        self.hand_over(&chosen, to, policy, 3_600_000);
    }

    /// Moves accounts to another territory.
    pub fn hand_over(&mut self, accounts: &[AccountId], to: TerritoryId, policy: LatePolicy, grace_ms: i64) {
        let (admin, now_ms) = (self.admin, self.now_ms);
        let terms = Handover { policy, grace_until_ms: now_ms + grace_ms, note: None };
        let sabotage = self.sabotage;
        self.server.append(now_ms, |book| {
            let place = |book: &mut Book| drop(book.place(accounts, to, admin, &terms));
            match sabotage {
                Some(sabotage) => sabotage.move_apart(book, place),
                None => place(book),
            }
        });
    }

    /// Merges an account into another; late work of who loses it is taken for an hour, or as the policy says.
    pub fn merge(
        &mut self,
        account: AccountId,
        into: AccountId,
        policy: LatePolicy,
    ) -> Result<Merged, Reason> {
        let (admin, now_ms) = (self.admin, self.now_ms);
        let terms = Handover { policy, grace_until_ms: now_ms + 3_600_000, note: None };
        let merged = self.server.append(now_ms, |book| book.merge(account, into, admin, &terms))?;
        self.tell(format!("{account} is merged into {}", merged.root));
        self.tally.merged += 1;
        self.tally.happened.note(Step::Merge);
        Ok(merged)
    }

    /// Whether the next push is gated now and appended later: some are. With a bug on purpose none, but for the one that is
    /// about this.
    pub fn may_gate_apart(&mut self) -> bool {
        let sees_it = self.sabotage.is_none_or(|it| it == Sabotage::AppendsOnGatedDocuments);
        sees_it && self.apart_percent > 0 && self.random.percent(self.apart_percent)
    }

    /// Whether a phone is spoken with: not blocked, and not wiped.
    pub fn is_in_use(&self, phone: usize) -> bool {
        let state = self.server.book.devices.get(&self.phones[phone].device).map(|row| row.state);
        !self.phones[phone].gone && matches!(state, Some(DeviceState::Active | DeviceState::Leaving))
    }

    /// Whether a phone is to hear that its device has left: it wiped itself and did not hear that the server knows, or is a copy
    /// of one that did.
    pub fn is_to_hear_of_leaving(&self, phone: usize) -> bool {
        let state = self.server.book.devices.get(&self.phones[phone].device).map(|row| row.state);
        !self.phones[phone].gone && state == Some(DeviceState::Wiped)
    }

    /// Whether an error only tells a phone that it is blocked.
    pub fn is_out(&self, phone: usize, code: &str) -> bool {
        let state = self.server.book.devices.get(&self.phones[phone].device).map(|row| row.state);
        state == Some(DeviceState::Blocked) && code == "blocked"
    }

    /// Takes a phone out of use.
    pub fn revoke(&mut self, phone: usize, blocked: bool) {
        let (device, now_ms) = (self.phones[phone].device, self.now_ms);
        self.server.append(now_ms, |book| book.revoke(device, blocked, None));
    }

    /// The server's side of a new connection.
    pub fn server_session(&self) -> ServerSession {
        let epoch = self.server.book.epoch;
        ServerSession::new(ORIGIN.to_owned(), PATH.to_owned(), epoch, self.page_key.clone())
    }

    /// From now on there are two of a phone: each believes that it is the device, and both are used.
    pub fn clone_phone(&mut self, phone: usize) {
        let it = &self.phones[phone];
        let copy = Phone {
            name: format!("{}'s copy", it.name),
            device: it.device,
            person: it.person,
            signer: MemorySigner(it.signer.0.clone()),
            rows: it.rows.clone(),
            session: None,
            backup: None,
            aside: it.aside.clone(),
            to_carry: it.to_carry,
            left: it.left.clone(),
            gone: false,
            signs_out: None,
            asked: Vec::new(),
            is_copy: it.is_copy,
            damaged: it.damaged,
        };
        let name = it.name.clone();
        self.tell(format!("{name} is cloned"));
        self.tally.cloned += 1;
        self.tally.happened.note(Step::Clone);
        self.phones.push(copy);
    }

    /// Has every phone enrolled anew that was told that it is a copy.
    pub fn enrol_copies(&mut self) {
        for phone in 0..self.phones.len() {
            let is_known = self.is_in_use(phone) || self.is_to_hear_of_leaving(phone);
            if self.phones[phone].is_copy && is_known {
                self.enrol_anew(phone);
            }
        }
    }

    /// A phone that was told that it is a copy becomes a device of its own: its store is set aside, and carried over once
    /// the new one is filled.
    fn enrol_anew(&mut self, phone: usize) {
        let (old, person) = (self.phones[phone].device, self.phones[phone].person);
        let role = self.server.book.devices.get(&old).map_or(Role::Rep, |row| row.role);
        let creates_in = self.server.territories_of.get(&old).cloned().unwrap_or_default();
        // What the person is entitled to: a device that leaves stands in no territory any more.
        let territories = self.server.book.territories.values();
        let held = territories.filter(|row| row.devices.contains(&old) || creates_in.contains(&row.id));
        let scope: Vec<TerritoryId> = held.map(|row| row.id).collect();
        let name = format!("{} enrolled anew", self.phones[phone].name);
        self.enrol(&name, role, Some(person), &scope, &creates_in);
        let Some(mut fresh) = self.phones.pop() else { return };
        let it = &mut self.phones[phone];
        // The same app, on a store of its own.
        if let Ok(row) = fresh.rows.device() {
            fresh.rows = it.rows.fresh(row);
        }
        fresh.aside = std::mem::take(&mut it.aside);
        std::mem::swap(it, &mut fresh);
        it.aside.push(fresh.rows);
        it.to_carry = fresh.to_carry + 1;
        it.left = fresh.left;
        (it.signs_out, it.asked) = (fresh.signs_out, fresh.asked);
        self.tally.enrolled_anew += 1;
        self.tell(name);
    }

    /// Keeps a delivered frame, if somebody looks.
    pub fn note(&mut self, connection: usize, up: bool, frame: &Frame) {
        if let Some(tap) = &mut self.tap {
            tap.push(Delivered { connection, up, frame: frame.clone() });
        }
    }
}

fn imported(
    id: RecordId,
    kind: Kind,
    account: AccountId,
    name: String,
    territory: Option<TerritoryId>,
    creator: PersonId,
) -> Imported {
    let envelope = Envelope { id, kind, account, creator, generation: 0 };
    let fields = Fields::from([("name".to_owned(), Value::Str(name))]);
    Imported { envelope, fields, captured_ms: 1_600_000_000_000, territory, decision: None }
}

fn key(random: &mut Random) -> SigningKey {
    loop {
        if let Ok(key) = SigningKey::from_slice(&random.bytes::<32>()) {
            return key;
        }
    }
}

/// A phone that was just enrolled.
fn fresh_phone(
    name: &str,
    (device, person): (DeviceId, PersonId),
    signer: MemorySigner,
    rows: MemoryRows,
) -> Phone {
    Phone {
        name: name.to_owned(),
        device,
        person,
        signer,
        rows,
        session: None,
        backup: None,
        aside: Vec::new(),
        to_carry: 0,
        left: Vec::new(),
        gone: false,
        signs_out: None,
        asked: Vec::new(),
        is_copy: false,
        damaged: false,
    }
}
