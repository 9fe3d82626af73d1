//! Territories at the command line, with the real binary and Northwind's tree: made, moved, held for a time, ruled.

use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const JANET: &str = "janet.leverling@northwind.example";

#[test]
fn an_admin_keeps_the_tree_its_holders_and_its_rules() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let territory = |args: &[&str]| server.tool(&[&["admin", "territory"], args].concat());
    let before = territory(&["list"]).json().as_array().unwrap().len();
    territory(&["add", "HARBOUR", "The harbour", "--under", "region-1"]).ok();
    assert_eq!(territory(&["add", "HARBOUR", "Again"]).error_code(), "code_taken");
    assert_eq!(territory(&["add", "NEW", "New", "--under", "nowhere"]).error_code(), "unknown_territory");
    let moved = territory(&["move", "HARBOUR", "--under", "region-2"]).json();
    assert_eq!(moved["territory"]["path"], json!(["region-2", "HARBOUR"]));
    assert_eq!(territory(&["move", "region-2", "--under", "HARBOUR"]).error_code(), "territory_cycle");
    assert_eq!(territory(&["list"]).json().as_array().unwrap().len(), before + 1);

    let hold = |args: &[&str]| server.tool(&[&["admin", "hold", JANET, "HARBOUR"], args].concat());
    assert_eq!(hold(&["--from", "2001-01-01"]).error_code(), "past_time");
    assert_eq!(hold(&["--from", "2098-02-01", "--to", "2098-01-01"]).error_code(), "ends_before_it_begins");
    hold(&["--as", "cover", "--from", "2098-01-01", "--to", "2098-02-01T06:00:00Z"]).ok();
    let planned = "select from_at = '2098-01-01Z' and begun_at is null from org.holder where to_at = '2098-02-01 06:00Z'";
    assert_eq!(server.value(planned), true);

    let file = scratch.arg("rules.json");
    let rules = |text: &Json| std::fs::write(&file, text.to_string()).unwrap();
    let germans = json!([{ "criteria": { "countries": ["germany"] }, "note": "All of them." }]);
    rules(&json!({ "rules": germans }));
    assert_eq!(territory(&["rules", "set", "HARBOUR", &file]).error_code(), "bad_rules_file");
    rules(&json!([{ "criteria": { "postal_codes": ["1*"] } }]));
    assert_eq!(territory(&["rules", "set", "HARBOUR", &file]).error_code(), "no_country");
    rules(&germans);
    let version = territory(&["rules", "set", "HARBOUR", &file]).json()["version"].to_string();
    let preview = territory(&["rules", "preview"]).json();
    assert_eq!(preview["proposals"].as_array().unwrap().len(), 11, "Northwind has eleven German customers");
    let apply = |more: &[&str]| territory(&[&["rules", "apply", "--version", &version], more].concat());
    assert_eq!(apply(&[]).error_code(), "nobody_holds");
    assert_eq!(hold(&["--as", "owner"]).error_code(), "already_holds", "there is the planned cover");
    let nancy = "nancy.davolio@northwind.example";
    server.tool(&["admin", "hold", nancy, "HARBOUR"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", nancy);
    assert_eq!(apply(&["--account", "ALFKI"]).json()["done"]["accounts"], 1);
    assert_eq!(apply(&[]).json()["done"]["accounts"], 10);
    phone.sync();
    let german = "select count(*) from sync.lease join record.accounts on accounts.id = lease.account_id
                  where country = 'Germany' and withdrawn is null
                    and device_id in (select id from org.device where name = 'nancy')";
    assert_eq!(server.value(german), 11);

    assert_eq!(territory(&["archive", "HARBOUR"]).error_code(), "territory_not_empty");
    let archived = territory(&["archive", "HARBOUR", "--successor", "06897"]).json();
    assert_eq!(archived["done"]["accounts"], 11);
    assert_eq!(territory(&["list"]).json().as_array().unwrap().len(), before);
    territory(&["list", "--archived"]).ok();
    territory(&["add", "NOBODY", "Nobody's"]).ok();
    territory(&["assign", "ALFKI", "--to", "NOBODY", "--allow-unheld"]).ok();
    let waiting = territory(&["unassigned"]).json();
    let alfki = waiting.as_array().unwrap().iter().filter(|row| row["name"] == "Alfreds Futterkiste");
    assert_eq!(alfki.map(|row| row["reason"].clone()).collect::<Vec<_>>(), ["no_holder"]);
    server.stop();
}
