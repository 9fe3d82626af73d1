//! What became of held work: what a device keeps of it, and for how long.

use std::fs;

use roadbook_model::{AccountId, DeviceId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_replica::{Device, SyncOptions};
use roadbook_sync::ledger::Territory;
use roadbook_sync::ledger::place::Handover;

use crate::devices::{enrolled, put, visit};
use crate::scratch::Scratch;
use crate::server::{NOW_MS, Server};

const OFFICE: PersonId = PersonId::from_bytes([9; 16]);

/// Gives an account to a territory that no device holds, its late work to be looked at.
fn take_away(server: &Server, account: AccountId) {
    let elsewhere = TerritoryId::from_bytes([8; 16]);
    let terms = Handover { policy: LatePolicy::Review, grace_until_ms: NOW_MS + 1, note: None };
    let mut memory = server.memory();
    let territory = Territory { id: elsewhere, devices: Default::default() };
    memory.book.territories.insert(elsewhere, territory);
    memory.append(NOW_MS, |book| book.place(&[account], elsewhere, OFFICE, &terms));
}

/// Gives it back.
fn give_back(server: &Server, account: AccountId) {
    let terms = Handover { policy: LatePolicy::Accept, grace_until_ms: NOW_MS + 1, note: None };
    let here = TerritoryId::from_bytes([7; 16]);
    server.memory().append(NOW_MS, |book| book.place(&[account], here, OFFICE, &terms));
}

/// The office gives up what is held of a device under this number.
fn give_up(server: &Server, device: &Device, number: u64) {
    let id: DeviceId = device.identity().device;
    let generation = device.store().device().unwrap().unwrap().store_generation;
    let given_up = |book: &mut roadbook_sync::ledger::Book| {
        book.discard((id, generation, number), OFFICE, "it was entered twice")
    };
    server.memory().append(NOW_MS, given_up).unwrap();
}

#[test]
fn b2_the_tray_shows_all_that_was_written_when_what_it_builds_on_is_gone() {
    let (scratch, server) = (Scratch::new("beneath"), Server::start());
    let account = server.import_account("Harbour Deli");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    device.edit(account.record(), &put("phone", "first")).unwrap();
    device.edit(account.record(), &put("city", "second")).unwrap();
    take_away(&server, account);
    device.sync(SyncOptions::default()).unwrap();
    assert_eq!(device.store().held_tray().unwrap().len(), 2);
    give_up(&server, &device, 1);
    device.sync(SyncOptions::default()).unwrap();
    drop(device);

    let device = Device::open(&scratch.path("alice")).unwrap();
    let tray = device.store().held_tray().unwrap();
    let [left] = &tray[..] else { panic!("{tray:?}") };
    assert_eq!(left.number, 2);
    let wrote = left.wrote.as_ref().unwrap();
    assert_eq!((wrote["city"].as_str(), wrote["phone"].as_str()), (Some("second"), Some("first")));
    give_up(&server, &device, 2);
    device.sync(SyncOptions::default()).unwrap();
    let notices = device.store().notices().unwrap();
    assert_eq!(notices[1].item["wrote"]["city"], "second", "{notices:?}");
}

/// What a device's person has still to read: numbers, and the phone number that had been written.
fn told(device: &Device) -> Vec<(u64, String)> {
    let notices = device.store().notices().unwrap();
    let phone = |item: &serde_json::Value| item["wrote"]["phone"].as_str().unwrap().to_owned();
    notices.iter().map(|notice| (notice.number, phone(&notice.item))).collect()
}

/// An edit is captured as the store's first item, held, and given up by the office.
fn given_up_edit(server: &Server, device: &Device, account: AccountId, phone: &str) {
    device.edit(account.record(), &put("phone", phone)).unwrap();
    take_away(server, account);
    device.sync(SyncOptions::default()).unwrap();
    give_up(server, device, 1);
    give_back(server, account);
    device.sync(SyncOptions::default()).unwrap();
}

#[test]
fn s3_what_is_still_to_be_read_outlives_the_store_that_was_told() {
    let (scratch, server) = (Scratch::new("notices"), Server::start());
    let account = server.import_account("Harbour Deli");
    let home = scratch.path("alice");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    given_up_edit(&server, &device, account, "of the first store");
    assert_eq!(told(&device), [(1, "of the first store".to_owned())]);
    drop(device);
    let backup = fs::read(home.join("store.sqlite")).unwrap();
    let device = Device::open(&home).unwrap();
    visit(&device, account, "after the backup");
    device.sync(SyncOptions::default()).unwrap();
    drop(device);
    fs::write(home.join("store.sqlite"), backup).unwrap();

    let device = Device::open(&home).unwrap();
    assert_eq!(device.sync(SyncOptions::default()).unwrap().set_aside.len(), 1);
    assert_eq!(told(&device), [(1, "of the first store".to_owned())]);
    assert_eq!(device.status().unwrap().notices, 1);
    // The fresh store counts anew: the next one is told of under the same number.
    given_up_edit(&server, &device, account, "of the second");
    assert_eq!(told(&device), [(1, "of the first store".to_owned()), (1, "of the second".to_owned())]);
    assert!(device.store().dismiss(1).unwrap());
    assert_eq!(told(&device), [(1, "of the second".to_owned())], "one at a time, the oldest first");
    assert!(device.store().dismiss(1).unwrap() && !device.store().dismiss(1).unwrap());
    device.sync(SyncOptions::default()).unwrap();
    assert_eq!(told(&device), [], "what was read does not come back");
}

/// What an earlier version made of a store: no column for what lies beneath, where accounts lie and what was practised,
/// notices under their number alone, and nothing by which the plan and what is alike are found.
const BEFORE: &str = concat!(
    "ALTER TABLE item DROP COLUMN beneath_cbor; DROP TABLE notice; DROP TABLE handover; DROP TABLE alike;
     DROP INDEX view_by_kind_time; DROP INDEX view_visits_made; DROP INDEX view_visits_planned;
     DROP INDEX view_next_steps; DROP INDEX view_tasks_due_at; DROP INDEX view_call_steps;
     DROP INDEX view_opportunity_steps; ALTER TABLE lease DROP COLUMN lies_in;
     ALTER TABLE device DROP COLUMN practised; ALTER TABLE device DROP COLUMN told_practised;",
    include_str!("../../migrations/0004_notices.sql"),
    "INSERT INTO notice VALUES (7, 'discarded', 'why', 1, '{\"wrote\":{\"phone\":\"long ago\"}}');
     PRAGMA user_version = 5;"
);

/// A store of the version before, in a home of this name, with a visit that was never sent.
fn store_of_before(scratch: &Scratch, server: &Server) -> RecordId {
    let account = server.import_account("Harbour Deli");
    let device = enrolled(scratch, "alice", server);
    device.sync(SyncOptions::default()).unwrap();
    let unsent = visit(&device, account, "never sent");
    drop(device);
    let path = scratch.path("alice").join("store.sqlite");
    rusqlite::Connection::open(&path).unwrap().execute_batch(BEFORE).unwrap();
    unsent
}

#[test]
fn a_store_of_the_version_before_keeps_what_is_still_to_be_read() {
    let (scratch, server) = (Scratch::new("before"), Server::start());
    store_of_before(&scratch, &server);
    let device = Device::open(&scratch.path("alice")).unwrap();
    assert_eq!(told(&device), [(7, "long ago".to_owned())]);
    assert_eq!(device.sync(SyncOptions::default()).unwrap().in_record, 1);
}

#[test]
fn a_store_that_the_version_before_set_aside_is_carried_over_as_it_is() {
    let (scratch, server) = (Scratch::new("aside-before"), Server::start());
    let unsent = store_of_before(&scratch, &server);
    crate::store::damage_search(&scratch.path("alice").join("store.sqlite"));
    let device = Device::open(&scratch.path("alice")).unwrap();
    assert!(device.recovered().is_some(), "the check comes before the schema");
    assert_eq!(device.sync(SyncOptions::default()).unwrap().carried.records, [unsent]);
    assert_eq!(told(&device), [(7, "long ago".to_owned())]);
}

/// Moves an account to another territory, saying something.
fn move_saying(server: &Server, account: AccountId, to: u8, note: &str) {
    let to = TerritoryId::from_bytes([to; 16]);
    let note = Some(note.to_owned());
    let terms = Handover { policy: LatePolicy::Accept, grace_until_ms: NOW_MS + 1, note };
    let mut memory = server.memory();
    let territory = Territory { id: to, devices: Default::default() };
    memory.book.territories.entry(to).or_insert(territory);
    memory.append(NOW_MS, |book| book.place(&[account], to, OFFICE, &terms));
}

#[test]
fn l12_notes_on_accounts_that_changed_hands_are_kept_by_name_until_they_are_read() {
    let (scratch, server) = (Scratch::new("handovers"), Server::start());
    let account = server.import_account("Harbour Deli");
    let home = scratch.path("alice");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    assert_eq!(device.store().handovers().unwrap(), []);
    move_saying(&server, account, 8, "Bob knows them.");
    device.sync(SyncOptions::default()).unwrap();
    assert_eq!(device.status().unwrap().records, 0, "drained and gone");
    drop(device);

    let device = Device::open(&home).unwrap();
    let told = |device: &Device| {
        let handovers = device.store().handovers().unwrap().into_iter();
        handovers.map(|it| (it.title.unwrap_or_default(), it.gained, it.note)).collect::<Vec<_>>()
    };
    let lost = ("Harbour Deli".to_owned(), false, "Bob knows them.".to_owned());
    assert_eq!(told(&device), std::slice::from_ref(&lost));
    assert!(device.status().unwrap().text.contains("1 handed over with a note"));
    move_saying(&server, account, 7, "Back to you.");
    device.sync(SyncOptions::default()).unwrap();
    let gained = ("Harbour Deli".to_owned(), true, "Back to you.".to_owned());
    let mut both = told(&device);
    both.sort();
    assert_eq!(both, [lost, gained]);
    for handover in device.store().handovers().unwrap() {
        assert!(device.store().dismiss_handover(handover.lease).unwrap());
        assert!(!device.store().dismiss_handover(handover.lease).unwrap());
    }
    device.sync(SyncOptions::default()).unwrap();
    assert_eq!(told(&device), [], "what was read does not come back");
}
