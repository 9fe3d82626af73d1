//! A server that comes back from a backup: what it forgot comes back from the devices, and nothing is given out twice.

use std::path::Path;
use std::process::Command;

use roadbook_tests::{Phone, Scratch, Server};
use serde_json::Value as Json;

const NANCY: &str = "nancy.davolio@northwind.example";
const ANNE: &str = "anne.dodsworth@northwind.example";

#[test]
fn what_a_restored_server_forgot_comes_back_and_no_number_is_given_twice() {
    let copy = |from: &Path, to: &Path| {
        let _gone = std::fs::remove_dir_all(to);
        assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    };
    // Submits an order from a phone; the number that the server gave it.
    let ordered = |phone: &Phone, server: &Server| {
        let order = phone.capture(&["order", "--account", "ALFKI", "--line", "011:2", "--submit"]);
        phone.sync();
        let number = server.value(&format!("select number from record.orders where id = '{order}'"));
        number.as_str().unwrap().to_owned()
    };
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let nancy = Phone::enrol(&scratch, &server, "nancy", NANCY);
    let anne = Phone::enrol(&scratch, &server, "anne", ANNE);
    nancy.sync();
    anne.sync();
    ordered(&nancy, &server);
    assert_eq!(server.tool(&["restored"]).error_code(), "server_runs");
    server.rest();
    let postgres = std::fs::read_dir(server.data()).unwrap().map(|entry| entry.unwrap().path());
    let postgres =
        postgres.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with("pg-"));
    let (postgres, backup) = (postgres.unwrap(), scratch.path("backup"));
    copy(&postgres, &backup);
    server.restart();

    let visit = nancy.capture(&["visit", "--account", "ALFKI", "--notes", "After the backup."]);
    let number = ordered(&nancy, &server);
    let unsent = nancy.capture(&["visit", "--account", "ALFKI", "--notes", "Never sent."]);
    server.rest();
    copy(&backup, &postgres);
    let epoch = server.tool(&["restored"]).json();
    assert_eq!(epoch["epoch"].as_str().unwrap().len(), 32);
    server.restart();
    let known = |id: &str| server.value(&format!("select count(*) from record.visits where id = '{id}'"));
    assert_eq!(
        (known(&visit), known(&unsent)),
        (Json::from(0), Json::from(0)),
        "the backup does not have them"
    );

    // The phone notices, is filled anew and sends what only it has.
    nancy.sync();
    nancy.sync();
    assert_eq!((known(&visit), known(&unsent)), (Json::from(1), Json::from(1)));
    assert_eq!(nancy.call(&["status"]).json()["waiting"], 0);
    let later = ordered(&nancy, &server);
    assert!(later.parse::<u64>().unwrap() > number.parse::<u64>().unwrap() + 1_000, "{later} after {number}");
    let twice = "select count(*) from (select number from record.orders where number is not null group by number having count(*) > 1) as twice";
    assert_eq!(server.value(twice), 0);
    anne.sync();
    server.tool(&["verify"]).ok();
    server.stop();
}
