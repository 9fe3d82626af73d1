//! The same moves and holdings, by chance but from a seed, given to the book in memory, which compares account by account,
//! and to the server, whose statements compare them all at once: leases come out the same.

use std::collections::BTreeSet;

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, HolderId, PersonId, TerritoryId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::{Hash, Tag16};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::{End, EndTerms, NewHolder};
use roadbook_server::store::office::reassignments::{NewReassignment, Selection};
use roadbook_server::store::office::territories::Capacity;
use roadbook_sync::ledger::place::Handover;
use roadbook_sync::ledger::{AccountRow, Book, Territory};
use uuid::Uuid;

use crate::reassign::{assert_settled, to_person, to_territory};
use crate::support::{Beat, Database, admin, id_bytes, person};

/// Moves and changes of holders in one history.
const STEPS: usize = 24;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (n as u64)).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Who holds what, and what the book makes of it.
struct Model {
    book: Book,
    /// Territories, each with what it is a part of.
    territories: Vec<(TerritoryId, Option<TerritoryId>)>,
    /// Where nobody is entitled to anything.
    limbo: TerritoryId,
    /// People, each with a device and a manager.
    people: Vec<(PersonId, DeviceId, Option<PersonId>)>,
    holdings: Vec<(HolderId, PersonId, TerritoryId, bool)>,
    by: PersonId,
}

fn terms() -> Handover {
    Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None }
}

impl Model {
    fn entitled(&self, territory: TerritoryId) -> BTreeSet<DeviceId> {
        let above = self.territories.iter().find(|(id, _)| *id == territory).and_then(|(_, whole)| *whole);
        let holds = |place: TerritoryId| place == territory || Some(place) == above;
        let holders = self.holdings.iter().filter(|holding| holds(holding.2)).map(|holding| holding.1);
        let mut found = BTreeSet::new();
        for holder in holders {
            let led = self.people.iter().find(|(id, ..)| *id == holder).and_then(|(.., manager)| *manager);
            let devices = self.people.iter().filter(|(id, ..)| *id == holder || Some(*id) == led);
            found.extend(devices.map(|(_, device, _)| *device));
        }
        found
    }

    fn place(&mut self, accounts: &[AccountId], to: TerritoryId) {
        self.book.place(accounts, to, self.by, &terms());
    }

    /// Brings the leases in line with who holds what now.
    fn settle(&mut self) {
        for (territory, _) in self.territories.clone() {
            let devices = self.entitled(territory);
            let row = self.book.territories.get_mut(&territory).unwrap();
            if row.devices == devices {
                continue;
            }
            row.devices = devices;
            let lies = |row: &&AccountRow| row.territory == territory;
            let accounts: Vec<AccountId> =
                self.book.accounts.values().filter(lies).map(|row| row.id).collect();
            self.place(&accounts, self.limbo);
            self.place(&accounts, territory);
        }
    }

    fn leases(&self) -> BTreeSet<(Uuid, Uuid)> {
        let open = self.book.leases.values().filter(|lease| lease.is_open());
        let on_accounts = open.filter_map(|lease| match lease.subject {
            Subject::Account(account) => Some((lease.device.uuid(), account.uuid())),
            Subject::Territory(_) => None,
        });
        on_accounts.collect()
    }
}

async fn leases(store: &Store) -> BTreeSet<(Uuid, Uuid)> {
    let open = "select device_id, account_id from sync.lease
                where account_id is not null and withdrawn is null and closed is null and granted > 0";
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(open).fetch_all(store.pool()).await.unwrap();
    let (count, set) = (rows.len(), BTreeSet::from_iter(rows));
    assert_eq!(set.len(), count, "one lease on each account");
    set
}

async fn holdings(store: &Store) -> Vec<(HolderId, PersonId, TerritoryId, bool)> {
    let now = "select id, person_id, territory_id, capacity = 'cover' from org.holder where to_at is null order by id";
    let rows: Vec<(Uuid, Uuid, Uuid, bool)> = sqlx::query_as(now).fetch_all(store.pool()).await.unwrap();
    let row = |(id, person, place, cover): (Uuid, Uuid, Uuid, bool)| {
        (id.into(), person.into(), place.into(), cover)
    };
    rows.into_iter().map(row).collect()
}

async fn world(store: &Store, by: PersonId) -> (Model, Vec<AccountId>) {
    let manager = person(store, "Lead", Role::Manager).await.id;
    let mut people = Vec::new();
    let mut territories = Vec::new();
    let mut accounts = Vec::new();
    let mut book = Book::new(Tag16([1; 16]), Tag16([2; 16]), (0, Hash([0; 32])));
    for (name, led_by) in [("a", Some(manager)), ("b", Some(manager)), ("c", None)] {
        let beat = Beat::led(store, name, led_by).await;
        people.push((beat.person, beat.device(store).await.id(), led_by));
        for account in beat.accounts(store, 4).await {
            let (territory, digest, root) = (beat.territory, 0, None);
            book.accounts.insert(account, AccountRow { id: account, territory, digest, root });
            accounts.push(account);
        }
        territories.push((beat.territory, None));
    }
    let theirs = Beat { person: manager, territory: territories[0].0 };
    people.push((manager, theirs.device(store).await.id(), None));
    let whole = store.put_territory("whole", "whole", None).await.unwrap();
    let part = store.put_territory("part", "part", Some(whole)).await.unwrap();
    territories.extend([(whole, None), (part, Some(whole))]);
    let limbo = TerritoryId::from_bytes([9; 16]);
    for id in territories.iter().map(|(id, _)| *id).chain([limbo]) {
        book.territories.insert(id, Territory { id, devices: BTreeSet::new() });
    }
    let holdings = holdings(store).await;
    let mut model = Model { book, territories, limbo, people, holdings, by };
    model.settle();
    (model, accounts)
}

/// One step, by the server and by the book. Which holdings there are is the server's to say; what follows from them is not.
async fn step(dice: &mut Dice, store: &Store, by: &By, model: &mut Model, accounts: &[AccountId]) {
    let places: Vec<TerritoryId> = model.territories.iter().map(|(id, _)| *id).collect();
    let (place, someone) = (dice.of(&places), dice.of(&model.people).0);
    match dice.below(6) {
        0..=2 => {
            let some: Vec<AccountId> = accounts.iter().copied().filter(|_| dice.below(3) == 0).collect();
            let new = to_territory(Selection::Accounts(some.clone()), place);
            let new = NewReassignment { allow_unheld: true, ..new };
            match store.reassign(&new, by.person).await {
                Ok(_) => {}
                Err(error) => assert_eq!(error.code(), "nothing_to_move"),
            }
            model.place(&some, place);
        }
        3 => {
            let holds = model.holdings.iter().any(|it| it.1 == someone && it.2 == place);
            if !holds {
                let (person, territory, capacity) = (someone, place, Capacity::Cover);
                let (from_ms, to_ms, end) = (None, None, EndTerms::default());
                let new = NewHolder { person, territory, capacity, from_ms, to_ms, end };
                store.hold(by, HolderId::new(1_800_000_000_000, id_bytes()), &new).await.unwrap();
            }
        }
        4 => {
            if !model.holdings.is_empty() {
                let (id, _, territory, _) = dice.of(&model.holdings);
                store.end_hold(by, territory, id, None, End::Now, None).await.unwrap();
            }
        }
        _ => match store.reassign(&to_person(Selection::Territory(place), someone), by.person).await {
            Ok(_) => {}
            Err(error) => assert_eq!(error.code(), "nothing_to_move"),
        },
    }
    model.holdings = holdings(store).await;
    model.settle();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_and_the_book_agree_on_leases_after_any_history() {
    for seed in [17, 4_711, 20_261_128] {
        let database = Database::new().await;
        let (store, _background) = database.open().await;
        let by = admin(&store).await;
        let (mut model, accounts) = world(&store, by.person).await;
        let mut dice = Dice(seed);
        let mut seen = BTreeSet::new();
        for n in 0..STEPS {
            step(&mut dice, &store, &by, &mut model, &accounts).await;
            let found = leases(&store).await;
            assert_eq!(found, model.leases(), "seed {seed}, step {n}");
            seen.insert(found);
        }
        assert!(seen.len() > STEPS / 3, "the history changed something: {}", seen.len());
        assert_settled(&store).await;
    }
}
