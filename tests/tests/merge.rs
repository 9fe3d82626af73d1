//! Two customers that are one, with the real binary: what two phones had not sent yet is found under the one that stays.

use roadbook_tests::{Phone, Scratch, Server};
use serde_json::Value as Json;

const NANCY: &str = "nancy.davolio@northwind.example";
const ANNE: &str = "anne.dodsworth@northwind.example";

fn account_of(server: &Server, visit: &str) -> Json {
    server.value(&format!("select account_id from record.visits where id = '{visit}'"))
}

#[test]
fn unsent_work_of_a_merged_account_is_found_under_the_other() {
    let listed = |phone: &Phone| -> Vec<String> {
        let records = phone.call(&["list", "account"]).json()["records"].clone();
        records.as_array().unwrap().iter().map(|row| row["record"].as_str().unwrap().to_owned()).collect()
    };
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let nancy = Phone::enrol(&scratch, &server, "nancy", NANCY);
    let anne = Phone::enrol(&scratch, &server, "anne", ANNE);
    nancy.sync();
    anne.sync();
    let hers = listed(&nancy);
    let (root, own) = (&hers[0], &hers[1]);
    let foreign = listed(&anne).into_iter().find(|account| !hers.contains(account)).unwrap();

    // Neither has a signal: one keeps the account that is merged, one will lose hers.
    let kept = nancy.capture(&["visit", "--account", own, "--notes", "In the dead zone."]);
    nancy.call(&["edit", own, "--set", "phone=+1 555 0100"]).ok();
    let lost = anne.capture(&["visit", "--account", &foreign, "--notes", "In the dead zone, too."]);
    let merge = |account: &str, more: &[&str]| {
        server.tool(&[&["admin", "merge", account, "--into", root], more].concat())
    };
    let looked = merge(own, &["--dry-run"]).json();
    assert_eq!((&looked["position"], looked["root_id"].as_str()), (&Json::Null, Some(root.as_str())));
    for account in [own, &foreign] {
        assert!(merge(account, &["--note", "The same shop."]).json()["position"].is_i64());
        assert_eq!(merge(account, &[]).error_code(), "already_merged");
    }

    nancy.sync();
    anne.sync();
    nancy.sync();
    for visit in [&kept, &lost] {
        assert_eq!(account_of(&server, visit), root.as_str());
        assert_eq!(nancy.call(&["show", visit]).json()["account"], root.as_str());
    }
    assert_eq!(anne.call(&["show", &lost]).error_code(), "unknown_record", "handed over, and removed");
    assert!(!listed(&anne).contains(&foreign));
    assert!(!listed(&nancy).contains(own) && listed(&nancy).contains(root));
    assert_eq!(nancy.call(&["show", own]).json()["state"], "merged");
    assert_eq!(nancy.call(&["edit", own, "--set", "phone=+1 555 0199"]).error_code(), "account_merged");
    let late =
        server.value(&format!("select late from log.entry where record_id = '{lost}' and type = 'changes'"));
    assert_eq!(late, true);

    // What was written to the merged account waits at the other for somebody to judge.
    let found = server.tool(&["admin", "conflicts", "list"]).json();
    let found: Vec<&Json> = found.as_array().unwrap().iter().filter(|it| it["origin"] == "merged").collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0]["record_id"].as_str(), &found[0]["path"][0]),
        (Some(root.as_str()), &Json::from("phone"))
    );
    let why = server.tool(&["admin", "why", "--record", &kept]).ok();
    assert!(why.contains("its records stand there since"), "{why}");
    server.tool(&["verify"]).ok();
    server.stop();
}
