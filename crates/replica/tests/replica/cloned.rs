//! Two copies of a home that are both used: they take over from each other a few times, then one is told so and is enrolled
//! anew.

use std::fs;
use std::path::Path;

use roadbook_protocol::{code, limits};
use roadbook_replica::device::NewDevice;
use roadbook_replica::{Device, DeviceError, SyncOptions};

use crate::devices::{enrolled, visit};
use crate::scratch::Scratch;
use crate::server::{CODE, CODE_AGAIN, Server};

fn again<'a>(server: &'a Server, code: &'a str) -> NewDevice<'a> {
    NewDevice { server: &server.url, code, name: "phone", authority: None }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_copy_is_told_and_enrolled_anew_with_all_that_it_captured() {
    let (scratch, server) = (Scratch::new("cloned"), Server::start());
    let account = server.import_account("Blauer See Delikatessen");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    drop(device);
    let homes = [scratch.path("alice"), scratch.path("copy")];
    copy(&homes[0], &homes[1]);

    let mut visits = Vec::new();
    let refused = (0..4 * limits::RENEWALS_MAX).find_map(|turn| {
        let home = &homes[turn % 2];
        let device = Device::open(home).unwrap();
        visits.push(visit(&device, account, &format!("visit {turn}")));
        device.sync(SyncOptions::default()).err().map(|error| (home, error))
    });
    let (home, error): (_, DeviceError) = refused.expect("it has an end");
    assert_eq!((error.code(), error.is_passing()), (code::CLONED, false), "{error}");

    // It still captures, and cannot be enrolled for somebody else.
    let device = Device::open(home).unwrap();
    visits.push(visit(&device, account, "while nobody answers"));
    drop(device);
    assert_eq!(Device::enrol_anew(home, &again(&server, CODE)).unwrap_err().code(), "another_person");
    assert!(Device::enrol_anew(home, &again(&server, "wrong")).is_err());

    let old = Device::open(home).unwrap().identity().clone();
    let device = Device::enrol_anew(home, &again(&server, CODE_AGAIN)).unwrap();
    assert!(device.identity().device != old.device && device.identity().person == old.person);
    device.sync(SyncOptions::default()).unwrap();
    let records = server.memory().book.records.clone();
    for visit in &visits {
        assert!(records.contains_key(visit), "{visit} of {} is lost", visits.len());
    }
    // Both go on, each for itself.
    for home in [&homes[0], &homes[1]].into_iter().filter(|other| *other != home) {
        Device::open(home).unwrap().sync(SyncOptions::default()).unwrap();
    }
    device.sync(SyncOptions::default()).unwrap();
}
