//! Leaving: what a device that is taken out of use hands over, and what is left of it.

use std::fs;
use std::path::Path;

use roadbook_model::Kind;
use roadbook_protocol::code;
use roadbook_replica::{Device, Road, SyncOptions};
use roadbook_sync::device::leave::Undecided;
use roadbook_sync::ledger::DeviceState;

use crate::devices::{enrol, enrolled, visit};
use crate::scratch::Scratch;
use crate::server::{CODE, NOW_MS, Server};

fn files(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(home).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn revoke(server: &Server, device: &Device, blocked: bool) {
    let id = device.identity().device;
    server.memory().append(NOW_MS, |book| book.revoke(id, blocked, Some("a new phone waits for you")));
}

fn state(server: &Server, device: &Device) -> DeviceState {
    server.memory().book.devices[&device.identity().device].state
}

#[test]
fn a_leaving_device_hands_over_what_it_has_and_leaves_nothing_behind() {
    for road in [Road::WebSocket, Road::Http] {
        let (scratch, server) = (Scratch::new(&format!("leave-{road:?}")), Server::start());
        let account = server.import_account("Blauer See Delikatessen");
        let device = enrolled(&scratch, "alice", &server);
        let options = SyncOptions { road, ..SyncOptions::default() };
        device.sync(options).unwrap();
        visit(&device, account, "The last one");
        revoke(&server, &device, false);
        let report = device.sync(options).unwrap();
        assert!(report.wiped && report.held == 1, "{report:?}");
        assert_eq!(state(&server, &device), DeviceState::Wiped);
        assert_eq!(server.memory().book.held.len(), 1, "what it had is with the office");
        drop(device);

        let home = scratch.path("alice");
        assert_eq!(files(&home), ["store.sqlite.lock", "wiped.json"]);
        let gone = Device::open(&home).unwrap_err();
        assert_eq!(gone.code(), code::WIPED);
        assert!(gone.to_string().contains("taken out of use"), "{gone}");
        let again = enrol(&home, &server, CODE, "anew").unwrap();
        again.sync(options).unwrap();
        assert_eq!(again.store().list(Kind::ACCOUNT, None, 10, None).unwrap().records.len(), 1);
        assert!(!files(&home).contains(&"wiped.json".to_owned()));
    }
}

#[test]
fn a_program_killed_while_it_removes_the_rest_goes_on_at_its_next_start() {
    let (scratch, server) = (Scratch::new("half-wiped"), Server::start());
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    drop(device);
    let home = scratch.path("alice");
    fs::write(home.join("wiped.json"), "{}").unwrap();
    fs::write(home.join("store.sqlite.generation-1"), "an older store").unwrap();
    assert_eq!(Device::open(&home).unwrap_err().code(), code::WIPED);
    assert_eq!(files(&home), ["store.sqlite.lock", "wiped.json"]);
}

#[test]
fn work_that_only_a_store_set_aside_holds_keeps_a_device_from_wiping_itself() {
    let (scratch, server) = (Scratch::new("leave-kept"), Server::start());
    let account = server.import_account("Blauer See Delikatessen");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let home = scratch.path("alice");
    fs::write(home.join("store.sqlite.damaged-1"), "nothing that can be read").unwrap();
    device.sync(SyncOptions::default()).unwrap();
    revoke(&server, &device, false);
    let report = device.sync(SyncOptions::default()).unwrap();
    assert!(!report.wiped);
    assert_eq!(state(&server, &device), DeviceState::Leaving);
    let status = device.status().unwrap();
    assert!(status.leaving && status.text.contains("being taken out of use"), "{}", status.text);
    let captured = device.create(Kind::VISIT, account, Default::default()).unwrap_err();
    assert_eq!(captured.code(), code::DEVICE_LEAVING);
}

#[test]
fn a_blocked_device_keeps_what_it_has_and_is_told_so() {
    let (scratch, server) = (Scratch::new("blocked"), Server::start());
    let account = server.import_account("Blauer See Delikatessen");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    visit(&device, account, "Never sent");
    revoke(&server, &device, true);
    assert_eq!(device.sync(SyncOptions::default()).unwrap_err().code(), code::BLOCKED);
    assert_eq!(device.status().unwrap().waiting, 1);
    assert!(server.memory().book.held.is_empty());
}

#[test]
fn who_signs_out_leaves_everything_in_the_record_and_nothing_on_the_device() {
    for road in [Road::WebSocket, Road::Http] {
        let (scratch, server) = (Scratch::new(&format!("sign-out-{road:?}")), Server::start());
        let account = server.import_account("Blauer See Delikatessen");
        let device = enrolled(&scratch, "alice", &server);
        let options = SyncOptions { road, ..SyncOptions::default() };
        device.sync(options).unwrap();
        visit(&device, account, "The last one");
        let report = device.sign_out(options, Undecided::Stops).unwrap();
        assert!(report.wiped && report.in_record >= 1 && report.held == 0, "{report:?}");
        assert_eq!(state(&server, &device), DeviceState::Wiped);
        drop(device);
        let home = scratch.path("alice");
        assert_eq!(files(&home), ["store.sqlite.lock", "wiped.json"]);
        enrol(&home, &server, CODE, "somebody else's now").unwrap();
    }
}

#[test]
fn nobody_signs_out_without_a_connection_or_of_what_only_this_device_has() {
    let (scratch, server) = (Scratch::new("sign-out-not"), Server::start());
    let account = server.import_account("Blauer See Delikatessen");
    let device = enrolled(&scratch, "alice", &server);
    let options = SyncOptions::default();
    device.sync(options).unwrap();
    fs::write(scratch.path("alice").join("store.sqlite.damaged-1"), "nothing that can be read").unwrap();
    let refused = device.sign_out(options, Undecided::IsLeft).unwrap_err();
    assert_eq!(refused.code(), "unsent_work_aside");
    assert_eq!(state(&server, &device), DeviceState::Active);
    visit(&device, account, "It works on");
    drop(server);
    let refused = device.sign_out(options, Undecided::IsLeft).unwrap_err();
    assert_eq!(refused.code(), "unsent_work");
    assert!(refused.to_string().contains("1 captured here"), "{refused}");
    visit(&device, account, "And on");
    assert_eq!(device.status().unwrap().waiting, 2);
}
