//! Files in and out with the real binary: an import by the command line, its rows that were not taken, an export that is
//! imported again, and an import that goes on after the server was killed.

use std::fs;

use roadbook_tests::api::Caller;
use roadbook_tests::{Answer, Scratch, Server};
use serde_json::{Value as Json, json};

const OFFICE: &str = "office@northwind.example";

fn admin(server: &Server, args: &[&str]) -> Answer {
    server.tool(&[&["admin", "--by", OFFICE], args].concat())
}

fn northwind(scratch: &Scratch) -> Server {
    let server = Server::start(scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    server
}

#[test]
fn a_file_is_imported_and_what_is_not_taken_comes_back() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let (file, failed) = (scratch.path("customers.csv"), scratch.path("failed.csv"));
    let rows = "Debitor;Firma;Ort;Gebiet\n alfki ;Alfreds Futterkiste;Potsdam;\nX-1;Hafenladen;Kiel;19713\nX-2;Nirgends;Kiel;NOWHERE\n";
    fs::write(&file, rows).unwrap();
    let (file, failed) = (file.to_str().unwrap(), failed.to_str().unwrap());
    let order = ["import", file, "--kind", "account", "--map", "Debitor=external_id", "--failed", failed];
    let looked = admin(&server, &[&order[..], &["--dry-run"]].concat()).json();
    let counts = json!({ "added": 1, "changed": 1, "unchanged": 0, "failed": 1 });
    assert_eq!(looked["counts"], counts, "{looked}");
    let town = "select city from record.accounts where external_id = 'ALFKI'";
    assert_eq!(server.value(town), "Berlin", "only looked");
    let done = admin(&server, &order).json();
    assert_eq!((&done["state"], &done["counts"]), (&json!("done"), &counts), "{done}");
    assert_eq!(server.value(town), "Potsdam");
    assert_eq!(
        fs::read_to_string(failed).unwrap(),
        "Debitor,Firma,Ort,Gebiet,line,reason\r\nX-2,Nirgends,Kiel,NOWHERE,4,There is no territory with the code NOWHERE.\r\n"
    );
    assert_eq!(
        admin(&server, &["import", file, "--kind", "contact", "--map", "Farbe=name"]).error_code(),
        "bad_map"
    );
    let none = scratch.path("none.geojson");
    fs::write(&none, "{}").unwrap();
    let none = none.to_str().unwrap();
    assert_eq!(admin(&server, &["import", none, "--kind", "account"]).error_code(), "import_failed");

    for (kind, ending, format) in
        [("account", "csv", "csv"), ("contact", "csv", "csv"), ("contact", "vcf", "vcard")]
    {
        let file = scratch.path(&format!("{kind}.{ending}"));
        let file = file.to_str().unwrap();
        admin(&server, &["export", file, "--kind", kind, "--format", format]).ok();
        let again = admin(&server, &["import", file, "--kind", kind]).json();
        let counts = &again["counts"];
        assert_eq!(
            (&counts["changed"], &counts["added"], &counts["failed"]),
            (&json!(0), &json!(0), &json!(0)),
            "{again}"
        );
        assert_eq!(counts["unchanged"], again["rows"]);
    }
    assert_eq!(server.tool(&["verify"]).json()["sound"], true);
    server.stop();
}

#[test]
fn a_catalogue_and_consents_come_from_files_too() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let import = |name: &str, kind: &str, rows: &str, more: &[&str]| {
        let file = scratch.path(name);
        fs::write(&file, rows).unwrap();
        let file = file.to_str().unwrap();
        admin(&server, &[&["import", file, "--kind", kind], more].concat()).json()["counts"].clone()
    };
    let count = |added: u32, changed: u32, unchanged: u32, failed: u32| json!({ "added": added, "changed": changed, "unchanged": unchanged, "failed": failed });
    let catalogue = "SKU;Bezeichnung;Preis;Waehrung\nTEA-1;Green tea;12,99;EUR\nTEA-2;Black tea;1.200;EUR\n";
    let price =
        "select json ->> 'unit_price_minor' from sync.reference where set = 'products' and key = 'TEA-1'";
    assert_eq!(import("products.csv", "products", catalogue, &["--dry-run"]), count(1, 0, 0, 1));
    assert_eq!(server.value("select count(*) from sync.reference where key = 'TEA-1'"), 0, "only looked");
    assert_eq!(import("products.csv", "products", catalogue, &[]), count(1, 0, 0, 1));
    assert_eq!(server.value(price), "1299");
    assert_eq!(import("prices.csv", "products", "sku,unit_price\nTEA-1,13.49\n", &[]), count(0, 1, 0, 0));
    assert_eq!(server.value(price), "1349");
    let contact = server.value("select id from record.contacts order by id limit 1");
    let contact = contact.as_str().unwrap();
    let consents = format!(
        "contact_id,channel,purpose,decision,at,proof\n{contact},email,marketing,given,2026-01-31,Form 7\n"
    );
    assert_eq!(import("consents.csv", "consent", &consents, &[]), count(1, 0, 0, 0));
    assert_eq!(import("consents.csv", "consent", &consents, &[]), count(0, 0, 1, 0));
    let out = scratch.path("out.csv");
    admin(&server, &["export", out.to_str().unwrap(), "--kind", "consent"]).ok();
    assert!(fs::read_to_string(&out).unwrap().contains("2026-01-31T00:00:00Z,other,Form 7,yes"));
    assert_eq!(server.tool(&["verify"]).json()["sound"], true);
    server.stop();
}

#[test]
fn an_import_goes_on_after_the_server_was_killed() {
    let scratch = Scratch::new();
    let mut server = northwind(&scratch);
    let rows: String = (0..3_000).map(|n| format!("K{n},Shop {n},19713\n")).collect();
    let office = Caller::of(&server, OFFICE);
    let ask = |server: &Server, method: &str, path: &str, body: Json| {
        let (status, body) =
            office.ask(server, method, path, &[], Some(&body).filter(|body| !body.is_null()));
        assert!(status < 300, "{method} {path}: {status} {body}");
        body
    };
    let made = ask(
        &server,
        "POST",
        "/v1/imports",
        json!({ "kind": "account", "format": "csv", "file_name": "k.csv" }),
    );
    let path = format!("/v1/imports/{}", made["id"].as_str().unwrap());
    let file = format!("external_id,name,territory\n{rows}");
    let part = json!({ "base64": base64(file.as_bytes()) });
    ask(&server, "PUT", &format!("{path}/parts/0"), part);
    ask(&server, "POST", &format!("{path}/check"), json!({}));
    let until = |server: &Server, is: &dyn Fn(&Json) -> bool| loop {
        let found = ask(server, "GET", &path, Json::Null);
        if is(&found) {
            return found;
        }
    };
    until(&server, &|found| found["state"] == "checked");
    ask(&server, "POST", &format!("{path}/run"), Json::Null);
    until(&server, &|found| found["rows_passed"].as_u64() > Some(0));
    server.kill();
    server.restart();
    let done = until(&server, &|found| found["state"] == "done");
    assert_eq!(done["counts"], json!({ "added": 3_000, "changed": 0, "unchanged": 0, "failed": 0 }));
    let made = "select count(*) || ' ' || count(distinct external_id) from record.accounts where external_id like 'K%' and name like 'Shop %'";
    assert_eq!(server.value(made), "3000 3000");
    assert_eq!(server.tool(&["verify"]).json()["sound"], true);
    server.stop();
}

/// The bytes in base64, as a browser would send them.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * place) & 63]);
            text.push(if place <= three.len() { letter } else { '=' });
        }
    }
    text
}
