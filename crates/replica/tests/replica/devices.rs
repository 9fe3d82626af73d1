//! Whole devices against a server: enrolment, a day's work, both roads, and stores that must be set aside.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use roadbook_model::{AccountId, Edit, Fields, Kind, RecordId, Value, Verb};
use roadbook_replica::device::{NewDevice, WatchEvent, Watcher};
use roadbook_replica::queries::Word;
use roadbook_replica::{Device, DeviceError, Road, SyncOptions};

use crate::scratch::Scratch;
use crate::server::{CODE, NOW_MS, Server};

/// A device enrolled in a folder of this name.
pub fn enrolled(scratch: &Scratch, name: &str, server: &Server) -> Device {
    enrol(&scratch.path(name), server, CODE, name).unwrap()
}

/// Tries to enrol a device.
pub fn enrol(home: &Path, server: &Server, code: &str, name: &str) -> Result<Device, DeviceError> {
    Device::enrol(home, &NewDevice { server: &server.url, code, name, authority: None })
}

/// Content from words.
pub fn words(words: &[(&str, &str)]) -> Fields {
    words.iter().map(|(name, word)| ((*name).to_owned(), Value::Str((*word).to_owned()))).collect()
}

/// A visit at an account.
pub fn visit(device: &Device, account: AccountId, subject: &str) -> RecordId {
    device.create(Kind::VISIT, account, words(&[("state", "planned"), ("subject", subject)])).unwrap()
}

/// An edit that puts a word into a field.
pub fn put(field: &str, word: &str) -> Vec<Edit> {
    vec![Edit::Put { path: vec![field.to_owned()], value: Value::Str(word.to_owned()) }]
}

fn subject_of(device: &Device, record: RecordId) -> Option<String> {
    device.store().record(record).unwrap().map(|record| record.fields["subject"].as_str().unwrap().to_owned())
}

#[test]
fn a_wrong_code_enrols_nobody_and_a_right_one_later_does() {
    let (scratch, server) = (Scratch::new("enrol"), Server::start());
    let home = scratch.path("alice");
    let error = enrol(&home, &server, "WRONG", "phone").unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("wrong_code", "ask for a new one"));
    assert_eq!(Device::open(&home).unwrap_err().code(), "not_enrolled");
    let key = fs::read(home.join("device.key")).unwrap();

    let device = enrol(&home, &server, CODE, " phone ").unwrap();
    assert_eq!(device.identity().person_name, "Alice");
    assert_eq!(fs::read(home.join("device.key")).unwrap(), key, "the key is made once");
    let public = fs::read_to_string(home.join("device.json")).unwrap();
    assert!(public.contains("\"phone\"") && !public.contains("digest_key"), "{public}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(home.join("device.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(enrol(&home, &server, CODE, "phone").unwrap_err().code(), "already_enrolled");
    assert_eq!(Device::open(&home).unwrap_err().code(), "home_in_use");
    drop(device);
    assert!(Device::open(&home).is_ok());
}

#[test]
fn a_day_on_the_road() {
    let (scratch, server) = (Scratch::new("day"), Server::start());
    let account = server.import_account("Blauer See Delikatessen");
    let device = enrolled(&scratch, "alice", &server);
    let filled = device.sync(SyncOptions::default()).unwrap();
    assert_eq!(filled.road, Some(Road::WebSocket));
    assert_eq!(device.store().search("delik", Some(Kind::ACCOUNT), 5).unwrap().len(), 1);

    let met = visit(&device, account, "Talked about the new price list");
    let new = device.new_account(words(&[("name", "Königlich Essen")]), None).unwrap();
    let line = [
        ("sku".to_owned(), Value::Str("011".to_owned())),
        ("quantity".to_owned(), Value::Int(1)),
        ("unit_price_minor".to_owned(), Value::Int(999)),
    ];
    let key = "01234567-89ab-7def-8123-456789abcdef".to_owned();
    let mut content = words(&[("state", "draft"), ("currency", "EUR")]);
    let lines = Fields::from([(key, Value::Map(Fields::from(line)))]);
    content.insert("lines".to_owned(), Value::Map(lines));
    let order = device.create(Kind::ORDER, new, content).unwrap();
    device.edit(order, &put("reference", "PO-1")).unwrap();
    device.request(Verb::Submit, order).unwrap();
    assert_eq!(device.status().unwrap().waiting, 5);
    assert_eq!(device.store().record(met).unwrap().unwrap().summary.sync, Word::OnThisDevice);
    assert_eq!(device.store().record(order).unwrap().unwrap().summary.state.as_deref(), Some("submit asked"));

    let report = device.sync(SyncOptions::default()).unwrap();
    assert_eq!((report.in_record, report.held, report.refused), (5, 0, 0), "{report:?}");
    assert!(report.traffic.bytes_up > 0 && report.traffic.bytes_down > report.traffic.bytes_up / 10);
    let status = device.status().unwrap();
    assert!(status.text.starts_with("nothing waiting; last contact "), "{}", status.text);
    assert!(device.store().outbox().unwrap().is_empty());
    let order = device.store().record(order).unwrap().unwrap();
    assert_eq!((order.summary.sync, order.summary.state.as_deref()), (Word::InTheRecord, Some("submitted")));
    assert_eq!(server.memory().book.records.len(), 5);

    let idle = device.sync(SyncOptions::default()).unwrap();
    assert_eq!(
        (idle.traffic.frames_up, idle.traffic.frames_down),
        (1, 1),
        "one round trip when nothing is new"
    );
}

#[test]
fn what_may_be_here_already_is_hinted_at_without_a_network() {
    let (scratch, server) = (Scratch::new("alike"), Server::start());
    let known = server.import_account("Blauer See Delikatessen");
    server.import_account("Rattlesnake Canyon Grocery");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let of = |fields: &[(&str, &str)]| device.store().alike(Kind::ACCOUNT, &words(fields), None, 5).unwrap();
    let found = of(&[("name", "Delikatessen Blauer See")]);
    let records: Vec<RecordId> = found.records.iter().map(|alike| alike.summary.record).collect();
    assert_eq!((records, found.compared), (vec![known.record()], 1), "{found:?}");
    assert!(
        of(&[("name", "Blauer See Delikatessen"), ("postal_code", "1")]).records[0].likeness.points >= 600
    );
    assert!(of(&[("name", "Great Lakes Food Market")]).records.is_empty());
    assert!(of(&[]).records.is_empty());

    // It is a hint: the second is saved all the same, and then each knows of the other.
    let again = device.new_account(words(&[("name", "BLAUER SEE Delikatessen GmbH")]), None).unwrap();
    let found = device.store().alike_of(again.record(), 5).unwrap();
    assert_eq!(found.records.iter().map(|alike| alike.summary.record).collect::<Vec<_>>(), [known.record()]);
    device.edit(again.record(), &put("name", "Great Lakes Food Market")).unwrap();
    assert!(device.store().alike_of(again.record(), 5).unwrap().records.is_empty());
    assert!(of(&[("name", "Great Lakes Food Market")]).records.len() == 1);
    let subject = words(&[("subject", "Blauer See Delikatessen")]);
    assert_eq!(device.store().alike(Kind::TASK, &subject, None, 5).unwrap().compared, 0);
}

#[test]
fn what_one_captures_the_other_gets_and_what_both_write_is_shown_as_conflict() {
    let (scratch, server) = (Scratch::new("two"), Server::start());
    let account = server.import_account("Save-a-lot Markets");
    let (alice, bob) = (enrolled(&scratch, "alice", &server), enrolled(&scratch, "bob", &server));
    alice.sync(SyncOptions::default()).unwrap();
    let met = visit(&alice, account, "Introduction");
    alice.sync(SyncOptions::default()).unwrap();
    bob.sync(SyncOptions::default()).unwrap();
    assert_eq!(subject_of(&bob, met).as_deref(), Some("Introduction"));

    alice.edit(met, &put("next_step", "send samples")).unwrap();
    bob.edit(met, &put("next_step", "call on Monday")).unwrap();
    for device in [&alice, &bob, &alice] {
        device.sync(SyncOptions::default()).unwrap();
    }
    for device in [&alice, &bob] {
        let record = device.store().record(met).unwrap().unwrap();
        assert_eq!(record.conflicts.len(), 1);
        assert_eq!(record.conflicts[0].path, ["next_step"]);
        assert_eq!(record.conflicts[0].values.iter().filter(|side| side.stands).count(), 1);
    }
}

#[test]
fn where_no_websocket_gets_through_requests_do_the_same() {
    let (scratch, server) = (Scratch::new("http"), Server::with_pages_of(600));
    server.refuse_websockets();
    let accounts: Vec<AccountId> = (0..12).map(|n| server.import_account(&format!("Shop {n}"))).collect();
    let device = enrolled(&scratch, "alice", &server);
    let filled = device.sync(SyncOptions::default()).unwrap();
    assert_eq!(filled.road, Some(Road::Http), "found by itself");
    assert_eq!(device.store().list(Kind::ACCOUNT, None, 50, None).unwrap().records.len(), 12);
    for account in &accounts {
        visit(&device, *account, "met");
    }
    let report = device.sync(SyncOptions { road: Road::Http, ..SyncOptions::default() }).unwrap();
    assert_eq!(report.in_record, 12);
    assert_eq!(device.status().unwrap().waiting, 0);
    assert_eq!(server.memory().book.records.len(), 36);
    let strict = device.sync(SyncOptions { road: Road::WebSocket, ..SyncOptions::default() }).unwrap_err();
    assert_eq!(strict.code(), "not_a_roadbook_server");
    assert!(strict.is_passing());
}

#[test]
fn a_restored_phone_is_noticed_and_what_only_it_holds_is_carried_over() {
    let (scratch, server) = (Scratch::new("restored"), Server::start());
    let account = server.import_account("Tortuga Restaurante");
    let home = scratch.path("alice");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let early = visit(&device, account, "before the backup");
    device.sync(SyncOptions::default()).unwrap();
    drop(device);
    let backup = fs::read(home.join("store.sqlite")).unwrap();

    let device = Device::open(&home).unwrap();
    let late = visit(&device, account, "after the backup");
    device.sync(SyncOptions::default()).unwrap();
    drop(device);
    fs::write(home.join("store.sqlite"), backup).unwrap();

    let device = Device::open(&home).unwrap();
    assert_eq!(subject_of(&device, late), None, "the restored phone does not know it");
    let unsent = visit(&device, account, "on the restored phone");
    device.edit(early, &put("subject", "changed on the restored phone")).unwrap();
    let report = device.sync(SyncOptions::default()).unwrap();
    assert_eq!(report.set_aside.len(), 1);
    assert!(report.set_aside[0].ends_with("store.sqlite.generation-1") && report.set_aside[0].exists());
    assert_eq!(report.carried.records.len(), 2, "{:?}", report.carried);
    assert!(report.carried.left.is_empty() && report.carried.overruled.is_empty());
    for (record, subject) in [
        (early, "changed on the restored phone"),
        (late, "after the backup"),
        (unsent, "on the restored phone"),
    ] {
        assert_eq!(subject_of(&device, record).as_deref(), Some(subject));
        assert_eq!(device.store().record(record).unwrap().unwrap().summary.sync, Word::InTheRecord);
    }
    let again = device.sync(SyncOptions::default()).unwrap();
    assert!(again.carried.records.is_empty() && again.set_aside.is_empty(), "once is enough");
}

#[test]
fn a_damaged_store_is_set_aside_and_filled_anew() {
    let (scratch, server) = (Scratch::new("damaged"), Server::start());
    let account = server.import_account("Tortuga Restaurante");
    let home = scratch.path("alice");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let sent = visit(&device, account, "sent");
    device.sync(SyncOptions::default()).unwrap();
    let unsent = visit(&device, account, "never sent");
    drop(device);
    // Half of the search index's pages: the check finds it, and the records can still be read.
    let path = home.join("store.sqlite");
    crate::store::damage_search(&path);
    let damaged = fs::read(&path).unwrap();

    let device = Device::open(&home).unwrap();
    let kept = device.recovered().unwrap().to_owned();
    assert_eq!(fs::read(&kept).unwrap(), damaged, "kept as it was found");
    assert_eq!(device.status().unwrap().records, 0);
    let report = device.sync(SyncOptions::default()).unwrap();
    assert_eq!(report.carried.records, [unsent], "{report:?}");
    assert!(report.set_aside.is_empty(), "the empty store that waited for its generation is no loss");
    assert_eq!(subject_of(&device, sent).as_deref(), Some("sent"));
    assert_eq!(subject_of(&device, unsent).as_deref(), Some("never sent"));
    assert_eq!(server.memory().book.records.len(), 4);
}

#[test]
fn a_phone_that_is_full_still_sends_and_has_room_again() {
    let (scratch, server) = (Scratch::new("fullphone"), Server::start());
    let account = server.import_account("Tortuga Restaurante");
    let home = scratch.path("alice");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    device.store().limit_pages(20).unwrap();
    let mut confirmed = 0;
    let full = loop {
        match device.create(Kind::VISIT, account, words(&[("state", "planned"), ("subject", "met")])) {
            Ok(_) => confirmed += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full.code(), "disk_full");
    assert_eq!(device.status().unwrap().waiting, confirmed);
    assert_eq!(
        device.store().search("met", None, 1_000).unwrap().len(),
        confirmed as usize,
        "reading goes on"
    );
    let reserve = home.join("store.sqlite.reserve");
    assert!(reserve.exists());
    let report = device.sync(SyncOptions::default()).unwrap();
    assert_eq!((report.in_record, device.status().unwrap().waiting), (confirmed, 0));
    assert!(!reserve.exists(), "the space kept for this was used");
    visit(&device, account, "room again");
    drop(device);
    drop(Device::open(&home).unwrap());
    assert!(reserve.exists(), "and is kept again");
}

#[test]
fn a_watch_sends_what_is_captured_and_gets_what_is_new() {
    let (scratch, server) = (Scratch::new("watch"), Server::start());
    let account = server.import_account("Hungry Coyote");
    let device = enrolled(&scratch, "alice", &server);
    let stop = AtomicBool::new(false);
    let (rests, met) = (std::sync::mpsc::channel(), std::sync::OnceLock::new());
    std::thread::scope(|scope| {
        let (tell, heard) = rests;
        let (device, stop) = (&device, &stop);
        let watching = scope.spawn(move || {
            let mut said = |event: WatchEvent<'_>| match event {
                WatchEvent::AtRest(report) => tell.send(report.in_record).unwrap(),
                WatchEvent::Failed(error, _) => panic!("{error}"),
            };
            device.watch(SyncOptions::default(), &mut Watcher { stop, tell: &mut said })
        });
        assert_eq!(heard.recv().unwrap(), 0, "filled");
        met.set(visit(device, account, "while connected")).unwrap();
        while heard.recv().unwrap() == 0 {}
        let other = server.import_account("Grown meanwhile");
        while device.store().record(other.record()).unwrap().is_none() {
            heard.recv().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        watching.join().unwrap().unwrap();
    });
    assert!(server.memory().book.records.contains_key(met.get().unwrap()));
}

#[test]
fn a_handed_over_account_drains_and_goes() {
    use roadbook_protocol::entry::LatePolicy;
    use roadbook_sync::ledger::Territory;
    use roadbook_sync::ledger::place::Handover;

    let (scratch, server) = (Scratch::new("drain"), Server::start());
    let account = server.import_account("Rattlesnake Canyon");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let met = visit(&device, account, "did not know yet");
    let elsewhere = roadbook_model::TerritoryId::from_bytes([8; 16]);
    let terms = Handover {
        policy: LatePolicy::Review,
        grace_until_ms: NOW_MS + 1,
        note: Some("Bob takes over".to_owned()),
    };
    let admin = roadbook_model::PersonId::from_bytes([9; 16]);
    {
        let mut memory = server.memory();
        let territory = Territory { id: elsewhere, devices: BTreeMap::<_, ()>::new().into_keys().collect() };
        memory.book.territories.insert(elsewhere, territory);
        memory.append(NOW_MS, |book| book.place(&[account], elsewhere, admin, &terms));
    }
    let report = device.sync(SyncOptions::default()).unwrap();
    assert_eq!((report.in_record, report.held), (1, 1), "the visit is held, the close is in: {report:?}");
    let tray = device.store().held_tray().unwrap();
    assert_eq!(tray.len(), 1);
    assert_eq!((tray[0].record, tray[0].sync, tray[0].what.as_str()), (Some(met), Word::Held, "create"));
    assert_eq!(tray[0].reason.as_ref().unwrap().code, "late_review");
    assert_eq!(tray[0].wrote.as_ref().unwrap()["subject"], "did not know yet");
    assert_eq!(tray[0].title.as_deref(), Some("did not know yet"));
    assert_eq!(device.status().unwrap().held, 1);
    assert!(device.store().record(account.record()).unwrap().is_none(), "purged");
    assert_eq!(
        device.create(Kind::VISIT, account, words(&[("state", "planned")])).unwrap_err().code(),
        "out_of_scope"
    );
}

#[test]
fn h7_when_signing_in_is_due_records_are_closed_and_work_goes_on() {
    static NOW_MS_BY_HAND: AtomicI64 = AtomicI64::new(NOW_MS);
    const DAY_MS: i64 = 86_400_000;
    let clock = || NOW_MS_BY_HAND.load(Ordering::Relaxed);
    let (scratch, server) = (Scratch::new("sign-in"), Server::start());
    let account = server.import_account("Harbour Deli");
    let device = enrolled(&scratch, "alice", &server).with_clock(clock);
    assert!(device.must_be_signed_in().is_ok(), "before the first contact there is nothing to protect");
    device.sync(SyncOptions::default()).unwrap();
    NOW_MS_BY_HAND.fetch_add(30 * DAY_MS, Ordering::Relaxed);
    assert!(device.must_be_signed_in().is_ok());
    NOW_MS_BY_HAND.fetch_add(1, Ordering::Relaxed);
    assert_eq!(device.must_be_signed_in().unwrap_err().code(), "sign_in_due");
    let visited = visit(&device, account, "in the dead zone");
    let status = device.status().unwrap();
    assert!(status.sign_in_due && status.text.starts_with("sign in: "), "{}", status.text);
    assert_eq!(status.waiting, 1);
    drop(device);

    let device = Device::open(&scratch.path("alice")).unwrap().with_clock(clock);
    assert_eq!(
        device.must_be_signed_in().unwrap_err().code(),
        "sign_in_due",
        "opening it again helps nobody"
    );
    server.memory().offline_days = 60;
    assert_eq!(device.sync(SyncOptions::default()).unwrap().in_record, 1);
    assert_eq!(subject_of(&device, visited).unwrap(), "in the dead zone");
    NOW_MS_BY_HAND.fetch_add(60 * DAY_MS, Ordering::Relaxed);
    assert!(device.must_be_signed_in().is_ok(), "the welcome gave it longer");
    assert!(!device.status().unwrap().sign_in_due);
}

#[test]
fn h6_a_device_says_once_what_it_is() {
    let (scratch, server) = (Scratch::new("facts"), Server::start());
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    let facts = server.memory().facts.take().unwrap();
    assert!(facts.client.starts_with("roadbook ") && facts.store_bytes > 0, "{facts:?}");
    device.sync(SyncOptions { road: Road::Http, ..SyncOptions::default() }).unwrap();
    assert_eq!(server.memory().facts, None);
}
