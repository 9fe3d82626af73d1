//! Hand-over briefs on Northwind: golden ones for three accounts that differ, the same offline and from the server; and
//! what a brief says of a leaver's work that has not arrived.
//!
//! The golden files lie in `golden/briefs`. After a change that is meant, renew them with
//! `RENEW_GOLDEN=1 cargo nextest run -p roadbook-tests --test brief`, and read the difference.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use roadbook_tests::{Phone, Scratch, Server, roadbook};
use serde_json::{Value as Json, json};

/// The day after Northwind's last order.
const DAY: &str = "1998-05-07";
const MANAGER: &str = "andrew.fuller@northwind.example";

fn company(scratch: &Scratch) -> Server {
    let server = Server::start(scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    server
}

/// Compares with a golden file, or renews it where that is asked for.
fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/briefs").join(name);
    if std::env::var_os("RENEW_GOLDEN").is_some() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name} differs; see the head of this file");
}

/// The server's brief without the section that a device cannot have, and that section's texts.
fn split(mut brief: Json) -> (Json, Vec<String>) {
    let sections = brief["sections"].as_array_mut().unwrap();
    let own = sections.pop().unwrap();
    assert_eq!(own["section"], "outstanding");
    let texts = own["statements"].as_array().unwrap().iter();
    (brief.clone(), texts.map(|one| one["text"].as_str().unwrap().to_owned()).collect())
}

fn texts(brief: &Json, section: &str) -> Vec<String> {
    let sections = brief["sections"].as_array().unwrap();
    let found = sections.iter().find(|one| one["section"] == section).unwrap();
    let statements = found["statements"].as_array().unwrap().iter();
    statements.map(|one| one["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn three_accounts_have_their_golden_briefs_and_the_server_says_what_the_device_says() {
    let scratch = Scratch::new();
    let server = company(&scratch);
    let phone = Phone::enrol(&scratch, &server, "andrew", MANAGER);
    phone.sync();
    for (account, name) in [
        ("SAVEA", "Save-a-lot Markets"),
        ("CENTC", "Centro comercial Moctezuma"),
        ("PARIS", "Paris spécialités"),
    ] {
        let made = phone.call(&["brief", name, "--day", DAY]).json();
        let words = roadbook(["device", "--home", phone.home(), "brief", name, "--day", DAY]).ok();
        let file = account.to_lowercase();
        golden(&format!("{file}.json"), &(serde_json::to_string_pretty(&made).unwrap() + "\n"));
        golden(&format!("{file}.txt"), &words);
        let (same, outstanding) = split(server.tool(&["admin", "brief", account, "--day", DAY]).json());
        assert_eq!(same, made, "{account}");
        assert_eq!(outstanding, Vec::<String>::new());
    }
}

#[test]
fn a_brief_follows_what_was_captured_and_tells_what_the_leaver_has_not_sent() {
    let scratch = Scratch::new();
    let server = company(&scratch);
    let andrew = Phone::enrol(&scratch, &server, "andrew", MANAGER);
    let anne = Phone::enrol(&scratch, &server, "anne", "anne.dodsworth@northwind.example");
    let mine = "select accounts.name, accounts.external_id as id from record.accounts
                join org.holder on holder.territory_id = accounts.territory_id
                join org.person on person.id = holder.person_id
                where person.name = 'Anne Dodsworth' order by 1 limit 1";
    let mine = server.rows(mine).remove(0);
    let (name, id) = (mine["name"].as_str().unwrap(), mine["id"].as_str().unwrap());
    andrew.sync();
    anne.sync();
    let visit =
        ["visit", "--account", name, "--outcome", "follow_up", "--notes", "Wants <b>samples</b> & prices."];
    anne.capture(&visit);
    let offline = anne.call(&["brief", name]).json();
    let said = texts(&offline, "visits");
    assert!(said[0].contains("visited by Anne Dodsworth"), "{said:?}");
    assert!(said[0].ends_with("outcome: follow up. Wants <b>samples</b> & prices."), "{said:?}");
    let page = roadbook(["device", "--home", anne.home(), "brief", name, "--html"]).ok();
    assert!(page.contains("Wants &lt;b&gt;samples&lt;/b&gt; &amp; prices."), "{page}");
    assert_eq!(texts(&split(server.tool(&["admin", "brief", id]).json()).0, "visits"), Vec::<String>::new());
    anne.sync();
    andrew.sync();
    let online = server.tool(&["admin", "brief", id]).json();
    assert_eq!(andrew.call(&["brief", name]).json(), split(online.clone()).0);
    assert_eq!(anne.call(&["brief", name]).json(), split(online).0);

    anne.capture(&["task", "--account", name, "--subject", "Send the samples"]);
    server.tool(&["admin", "move", "--account", id, "--to", "06897", "--policy", "review"]).ok();
    let (_, outstanding) = split(server.tool(&["admin", "brief", id]).json());
    assert_eq!(outstanding.len(), 1, "{outstanding:?}");
    assert!(
        outstanding[0].starts_with("Anne Dodsworth's anne has been handing over since "),
        "{outstanding:?}"
    );
    anne.sync();
    let brief = server.tool(&["admin", "brief", id]).json();
    let (_, outstanding) = split(brief.clone());
    assert_eq!(outstanding.len(), 1, "{outstanding:?}");
    assert!(
        outstanding[0].starts_with("Held until the office decides: a task by Anne Dodsworth, captured "),
        "{outstanding:?}"
    );
    let source = &brief["sections"][7]["statements"][0]["sources"][0]["item"];
    assert_eq!(source["number"], json!(2), "{source}");
}
