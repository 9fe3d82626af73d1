//! What became of held work: what a device keeps of it, and for how long.

use roadbook_model::{AccountId, DeviceId, PersonId, TerritoryId};
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

#[test]
fn a_store_that_a_version_before_set_aside_is_carried_over_as_it_is() {
    let (scratch, server) = (Scratch::new("aside-before"), Server::start());
    let account = server.import_account("Harbour Deli");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let unsent = visit(&device, account, "never sent");
    drop(device);
    let path = scratch.path("alice").join("store.sqlite");
    let before = "ALTER TABLE item DROP COLUMN beneath_cbor; PRAGMA user_version = 5;";
    rusqlite::Connection::open(&path).unwrap().execute_batch(before).unwrap();
    crate::store::damage_search(&path);
    let device = Device::open(&scratch.path("alice")).unwrap();
    assert!(device.recovered().is_some(), "the check comes before the schema");
    assert_eq!(device.sync(SyncOptions::default()).unwrap().carried.records, [unsent]);
}
