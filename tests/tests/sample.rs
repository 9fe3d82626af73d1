//! Sample data by the command line, on a fresh server: loaded, worked on with a phone, removed in two steps, loaded again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const NANCY: &str = "nancy.davolio@northwind.example";

fn accounts(phone: &Phone) -> Vec<String> {
    let page = phone.call(&["list", "account"]).json();
    page["records"].as_array().unwrap().iter().map(|one| one["record"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_sample_goes_but_for_what_was_worked_on_and_comes_back_with_all_of_it() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    let sample = |verb: &[&str]| server.tool(&[&["admin", "sample"], verb].concat());
    let counts = |of: &Json| json!([of["state"], of["accounts"], of["records"]]);
    assert_eq!(sample(&["show"]).json()["state"], "absent");
    assert_eq!(sample(&["remove"]).error_code(), "sample_not_loaded");
    assert_eq!(counts(&sample(&["load"]).json()), json!(["loaded", 91, 1012]));
    assert_eq!(sample(&["load"]).error_code(), "sample_loaded");

    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let mine = accounts(&phone);
    let visit = |account: &str| phone.capture(&["visit", "--account", account, "--notes", "Tried out."]);
    visit(&mine[0]);
    phone.sync();
    visit(&mine[1]);
    let kept = sample(&["remove"]).json();
    assert_eq!(json!([kept["state"], kept["accounts"]]), json!(["partly", 1]));
    assert_eq!(kept["worked"][0]["account_id"], json!(mine[0]));
    phone.sync();
    phone.sync();
    assert_eq!(accounts(&phone), mine[..1], "the phone let go of the others");
    let held = server.tool(&["admin", "held", "list"]).json();
    assert!(!held.as_array().unwrap().is_empty(), "what it had not sent waits for the office");

    assert_eq!(counts(&sample(&["remove", "--with-work"]).json()), json!(["removed", 0, 0]));
    assert_eq!(server.value("select count(*) from record.accounts"), json!(0));
    server.tool(&["verify"]).ok();
    assert_eq!(counts(&sample(&["load"]).json()), json!(["loaded", 91, 1013]));
    server.tool(&["verify"]).ok();
}
