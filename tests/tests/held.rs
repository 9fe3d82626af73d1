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
    go("03049");
    assert_eq!(nancy.sync()["sync"]["held"], 2);
    let tray = || nancy.call(&["held"]).json();
    let numbers: Vec<String> =
        tray().as_array().unwrap().iter().map(|item| item["number"].to_string()).collect();
    assert!(tray()[0]["reapply"].as_str().is_some_and(|word| word != "now"));
    assert!(!nancy.call(&["held", "--reapply", &numbers[0]]).error_code().is_empty());
    assert_eq!(nancy.call(&["held", "--reapply", "99"]).error_code(), "not_held");

    go("06897");
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
    assert_eq!(
        nancy.call(&["notices"]).json(),
        Json::Array(Vec::new()),
        "what she did herself is no news to her"
    );

    // What the office gives up does not go without a word.
    let third = nancy.capture(&["visit", "--account", "ALFKI", "--notes", "Asked for a discount."]);
    go("03049");
    nancy.sync();
    let held = server.tool(&["admin", "held", "list"]).json();
    let position = held[0]["position"].to_string();
    server.tool(&["admin", "held", "discard", &position, "--why", "Anne agreed on it already."]).ok();
    nancy.sync();
    assert_eq!(tray(), Json::Array(Vec::new()));
    let notices = nancy.call(&["notices"]).json();
    assert_eq!(
        (&notices[0]["fate"], &notices[0]["text"]),
        (&"discarded".into(), &"Anne agreed on it already.".into())
    );
    assert_eq!(notices[0]["item"]["record"], Json::from(third.as_str()));
    assert_eq!(notices[0]["item"]["wrote"]["notes"], "Asked for a discount.");
    let words = nancy.call(&["status"]).json()["text"].as_str().unwrap().to_owned();
    assert!(words.contains("1 decided by the office, to read"), "{words}");
    let number = notices[0]["number"].to_string();
    nancy.call(&["notices", "--dismiss", &number]).ok();
    assert_eq!(nancy.call(&["notices", "--dismiss", &number]).error_code(), "unknown_notice");
    assert_eq!(nancy.call(&["status"]).json()["notices"], 0);
    server.stop();
}
