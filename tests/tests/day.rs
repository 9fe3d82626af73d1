//! A day's work in one batch: durable when its receipt is on the way, whatever dies then.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::{Phone, Scratch, Server, Step, Wire};
use serde_json::json;

#[test]
fn none_of_35_items_is_lost_when_server_and_postgres_are_killed_at_the_receipt() {
    let scratch = Scratch::new();
    let wire = Wire::new();
    let mut server = Server::start_behind(&scratch, Some(&wire.url()));
    wire.lead_to(server.listening());
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let nancy = Phone::enrol(&scratch, &server, "nancy", "nancy.davolio@northwind.example");
    nancy.sync();
    capture_day(&nancy);
    let held = wire.hold_at(Step { frame: "receipts", passed: false });
    let mut syncing = nancy.start(&["sync"]);
    held.then(|| {
        server.kill_postgres();
        server.kill();
    });
    let _ = syncing.kill();
    syncing.wait().unwrap();
    server.restart();
    wire.lead_to(server.listening());
    // The phone is not asked: what the server was about to confirm must be there without it.
    let of_the_day = "select (select count(*) from record.visits where subject like 'Day %') as visits,
                             (select count(*) from record.orders where reference like 'Day %') as orders,
                             (select count(*) from record.accounts where phone like '+1 555 %') as profiles";
    let expected = json!({"visits": 20, "orders": 10, "profiles": 5});
    assert_eq!(server.rows(of_the_day), std::slice::from_ref(&expected));
    nancy.sync();
    assert_eq!(server.rows(of_the_day), [expected], "and pushing them again repeats nothing");
    assert_eq!(nancy.call(&["status"]).json()["waiting"], 0);
}

fn capture_day(phone: &Phone) {
    let accounts = phone.call(&["list", "account"]).json();
    let accounts: Vec<String> = accounts["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["record"].as_str().unwrap().to_owned())
        .collect();
    for n in 0..20 {
        let account = &accounts[n % accounts.len()];
        phone.capture(&[
            "visit",
            "--account",
            account,
            "--subject",
            &format!("Day {n}"),
            "--notes",
            "Went well.",
        ]);
    }
    for n in 0..10 {
        let account = &accounts[n % accounts.len()];
        phone.capture(&[
            "order",
            "--account",
            account,
            "--line",
            "011:12",
            "--reference",
            &format!("Day {n}"),
        ]);
    }
    for (n, account) in accounts.iter().take(5).enumerate() {
        phone.call(&["edit", account, "--set", &format!("phone=+1 555 {n}")]).ok();
    }
}
