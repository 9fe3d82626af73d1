//! A field that two devices wrote at once: shown on both and in the office's inbox with who wrote what, ended by one
//! resolution, and gone everywhere.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

/// The telephone number that a device shows, and what it shows of conflicts.
fn shown(phone: &Phone, account: &str) -> (Json, Vec<Json>) {
    let record = phone.call(&["show", account]).json();
    let conflicts = record["conflicts"].as_array().unwrap().clone();
    (record["fields"]["phone"].clone(), conflicts)
}

#[test]
fn devices_converge_on_a_resolution_and_the_conflict_is_gone_everywhere() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let anne = "anne.dodsworth@northwind.example";
    let (one, two) =
        (Phone::enrol(&scratch, &server, "one", anne), Phone::enrol(&scratch, &server, "two", anne));
    one.sync();
    two.sync();
    let page = one.call(&["list", "account", "--limit", "1"]).json();
    let account = page["records"][0]["record"].as_str().unwrap();
    one.call(&["edit", account, "--set", "phone=111"]).ok();
    two.call(&["edit", account, "--set", "phone=222"]).ok();
    for phone in [&one, &two, &one] {
        phone.sync();
    }
    assert_eq!(shown(&one, account), shown(&two, account));
    let (stands, conflicts) = shown(&one, account);
    assert_eq!((conflicts.len(), &conflicts[0]["path"]), (1, &json!(["phone"])));
    let brief = one.call(&["brief", account]).json().to_string();
    assert!(brief.contains("Several people wrote phone of an account at once"), "{brief}");

    let office = Caller::of(&server, "office@northwind.example");
    let (status, inbox) = office.ask(&server, "GET", "/v1/conflicts", &[], None);
    assert_eq!((status, inbox["items"].as_array().unwrap().len()), (200, 1));
    let conflict = &inbox["items"][0];
    let sides = conflict["values"].as_array().unwrap();
    assert!(sides.iter().all(|side| side["person_name"] == "Anne Dodsworth"), "{sides:?}");
    let devices: Vec<&str> = sides.iter().map(|side| side["device_name"].as_str().unwrap()).collect();
    assert!(devices.contains(&"one") && devices.contains(&"two"), "{devices:?}");
    let other = sides.iter().find(|side| side["value"] != stands).unwrap();

    let path = format!("/v1/records/{account}/conflicts/phone");
    let version = format!("\"{}\"", conflict["version"]);
    let take = json!({ "take": other["take"] });
    let (status, done) = office.ask(&server, "POST", &path, &[("if-match", &version)], Some(&take));
    assert_eq!(status, 200, "{done}");
    one.sync();
    two.sync();
    for phone in [&one, &two] {
        assert_eq!(shown(phone, account), (other["value"].clone(), vec![]));
    }
    let stored = format!("select phone from record.accounts where id = '{account}'");
    assert_eq!(server.value(&stored), other["value"]);
    let (_, inbox) = office.ask(&server, "GET", "/v1/conflicts", &[], None);
    assert_eq!(inbox["items"], json!([]));
    let digest = |phone: &Phone| phone.call(&["show"]).json()["digest"].clone();
    assert_eq!(digest(&one), digest(&two), "the replicas agree");
    assert_eq!(server.tool(&["verify"]).json()["sound"], true);
    let told = server.tool(&["admin", "why", "--record", account]).json();
    assert_eq!(told["standing"], "in_the_record");
    assert!(
        told["steps"].to_string().contains("Changed by Anne Dodsworth on Anne Dodsworth's two"),
        "{told}"
    );
}
