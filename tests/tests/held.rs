//! Held work by its person's hand: the real binary, from the tray to the record or out of it.

use roadbook_tests::{Phone, Scratch, Server};
use serde_json::Value as Json;

const NANCY: &str = "nancy.davolio@northwind.example";

#[test]
fn held_work_is_re_applied_once_its_account_is_back_or_given_up() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let nancy = Phone::enrol(&scratch, &server, "nancy", NANCY);
    nancy.sync();
    let visit = nancy.capture(&["visit", "--account", "ALFKI", "--notes", "Wants the autumn list."]);
    let other = nancy.capture(&["visit", "--account", "ALFKI", "--notes", "By mistake."]);
    let go = |to: &str| {
        let terms = ["--policy", "review"];
        server.tool(&[&["admin", "move", "--account", "ALFKI", "--to", to], &terms[..]].concat()).ok();
    };
    go("anne.dodsworth@northwind.example");
    assert_eq!(nancy.sync()["sync"]["held"], 2);
    let tray = || nancy.call(&["held"]).json();
    let numbers: Vec<String> =
        tray().as_array().unwrap().iter().map(|item| item["number"].to_string()).collect();
    assert!(tray()[0]["reapply"].as_str().is_some_and(|word| word != "now"));
    assert!(!nancy.call(&["held", "--reapply", &numbers[0]]).error_code().is_empty());
    assert_eq!(nancy.call(&["held", "--reapply", "99"]).error_code(), "not_held");

    go(NANCY);
    nancy.sync();
    assert_eq!(tray()[0]["reapply"], "now");
    let status = nancy.call(&["status"]).json();
    assert_eq!((&status["held"], &status["reappliable"]), (&Json::from(2), &Json::from(2)));
    let words = status["text"].as_str().unwrap();
    assert!(words.contains("2 held, 2 of them can be re-applied now"), "{words}");
    let done = nancy.call(&["held", "--reapply", &numbers[0]]).json();
    assert_eq!(done["by"]["record"], Json::from(visit.as_str()));
    assert_eq!(nancy.call(&["held", "--reapply", &numbers[0]]).error_code(), "underway");
    nancy.call(&["held", "--discard", &numbers[1]]).ok();
    nancy.sync();
    assert_eq!(tray(), Json::Array(Vec::new()));
    let notes = |id: &str| server.value(&format!("select notes from record.visits where id = '{id}'"));
    assert_eq!(notes(&visit), "Wants the autumn list.");
    let kept = format!("select count(*) from record.visits where id = '{other}'");
    assert_eq!(server.value(&kept), 0);
    let fates = "select string_agg(fate, ' ' order by number) from sync.held where fate is not null";
    assert_eq!(server.value(fates), "re_applied discarded");
    server.stop();
}
