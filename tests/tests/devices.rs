//! Devices over their life, through the real binary: signing in after a long time away.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test like the test itself")]

use std::path::Path;

use roadbook_replica::Store;
use roadbook_tests::{Phone, Scratch, Server};

const NANCY: &str = "nancy.davolio@northwind.example";

/// As if the server had last answered so many days ago.
fn away(phone: &Phone, days: i64) {
    let store = Store::open(&Path::new(phone.home()).join("store.sqlite")).unwrap();
    let mut row = store.device().unwrap().unwrap();
    row.contact_ms -= days * 86_400_000;
    store.put_device(&row).unwrap();
}

#[test]
fn h7_after_a_long_time_away_records_are_closed_until_the_server_answers() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let own = phone.call(&["list", "account"]).json()["records"][0]["record"].as_str().unwrap().to_owned();
    away(&phone, 29);
    phone.call(&["list", "account"]).ok();
    away(&phone, 2);
    for look in [&["list", "account"][..], &["show", &own], &["search", "a"], &["products", "chai"]] {
        let error = phone.call(look).error();
        assert_eq!(error["code"], "sign_in_due", "{look:?}");
        assert!(error["text"].as_str().unwrap().contains("is safe"), "{error}");
    }
    // Work goes on, and one sees that it waits.
    let visit = phone.capture(&["visit", "--account", &own, "--outcome", "follow_up"]);
    let status = phone.call(&["status"]).json();
    assert_eq!((&status["waiting"], &status["sign_in_due"]), (&1.into(), &true.into()));
    assert!(phone.call(&["outbox"]).ok().contains(&visit));
    phone.sync();
    phone.call(&["show", &visit]).ok();
    assert_eq!(server.value("select count(*) from record.visits"), 1);
    let told = server.rows("select client, store_bytes > 0 as sized from org.device");
    assert!(told[0]["client"].as_str().unwrap().starts_with("roadbook "), "{told:?}");
    assert_eq!(told[0]["sized"], true);
}
