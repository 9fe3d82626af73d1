//! Orders as UBL 2.1, checked against the schema of OASIS (`tests/ubl`): those of Northwind, and ones with everything in them that
//! an order may hold.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const NANCY: &str = "nancy.davolio@northwind.example";
const OFFICE: &str = "office@northwind.example";

/// What the checker says of these files, and whether all are valid.
fn validate(files: &[PathBuf]) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut checker = Command::new("python3");
    checker.arg(root.join("tests/ubl/validate.py")).args(files).env("PYTHONPATH", root.join("target/ubl"));
    let output = checker.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// An order as a file.
fn written(scratch: &Scratch, server: &Server, order: &str) -> PathBuf {
    let file = scratch.path(&format!("{order}.xml"));
    let out = file.to_str().unwrap();
    server.tool(&["admin", "--by", OFFICE, "order", order, "--as", "ubl", "--out", out]).ok();
    file
}

#[test]
fn every_order_is_valid_by_the_schema_of_ubl_whatever_stands_in_it() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let office = Caller::of(&server, OFFICE);
    let ask = |method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Json>| {
        let (status, answer) = office.ask(&server, method, path, headers, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    };
    let listed = ask("GET", "/v1/orders?state=accepted&limit=12", &[], None);
    let ids =
        listed["items"].as_array().unwrap().iter().map(|order| order["id"].as_str().unwrap().to_owned());
    let mut files: Vec<PathBuf> = ids.map(|id| written(&scratch, &server, &id)).collect();
    assert_eq!(files.len(), 12);

    // One with nothing but a line, and no day; one with all there is, and none of it markup. The seller is known by now.
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let mine = phone.call(&["list", "account"]).json();
    let account = mine.as_array().or_else(|| mine["records"].as_array()).unwrap()[0]["record"].clone();
    let account = account.as_str().unwrap();
    let bare = phone.capture(&["order", "--account", account, "--line", "034:1"]);
    phone.call(&["edit", &bare, "--set", "order_date="]).ok();
    phone.call(&["ask", "submit", &bare]).ok();
    phone.sync();
    files.push(written(&scratch, &server, &bare));
    let tag = format!("\"{}\"", ask("GET", "/v1/settings", &[], None)["version"]);
    let seller = json!({
        "seller_name": "North & <Wind>", "seller_address": "Weg 1\nSeattle\n", "seller_tax_id": "DE <123>", "order_terms": "Net & 30.\n\nLate: 2 %",
    });
    ask("PATCH", "/v1/settings", &[("if-match", &tag)], Some(&seller));
    let more: Vec<String> = [
        "reference=PO-7]]>&<x/>",
        "delivery_date=2027-01-31",
        "payment_terms=14 days & then some",
        "ship_name=<b>Dock</b> 4",
        "ship_street=Kai 1",
        "ship_city=Bremen",
        "ship_region=HB",
        "ship_postal_code=28195",
        "ship_country=DE",
    ]
    .iter()
    .flat_map(|set| ["--set".to_owned(), (*set).to_owned()])
    .collect();
    let full = phone.capture(&[
        "order",
        "--account",
        account,
        "--line",
        "034:10:3%",
        "--line",
        "011:12@19.90",
        "--line",
        "072:1",
        "--discount",
        "1%",
        "--goodwill",
        "0.50",
        "--freight",
        "12.34",
        "--notes",
        "<script>alert(1)</script>\u{1}\n\u{1f69a}",
    ]);
    phone
        .call(&[&["edit", full.as_str()][..], &more.iter().map(String::as_str).collect::<Vec<_>>()].concat())
        .ok();
    phone.call(&["ask", "submit", &full]).ok();
    phone.sync();
    // More was granted than a rep may: it goes out once it is accepted.
    ask("POST", &format!("/v1/records/{full}/requests"), &[], Some(&json!({ "verb": "accept" })));
    let file = written(&scratch, &server, &full);
    files.push(file.clone());
    let (is_valid, said) = validate(&files);
    assert!(is_valid, "{said}");
    assert_eq!(said.trim(), "14 checked, 0 faults");

    // The check finds what is wrong: an order of elements, a value, a missing one, what is no XML.
    let xml = fs::read_to_string(&file).unwrap();
    let id = xml.split("<cbc:ID>").nth(1).unwrap().split("</cbc:ID>").next().unwrap();
    let id = format!("<cbc:ID>{id}</cbc:ID>");
    let broken = [
        xml.replacen("<cbc:UBLVersionID>2.1</cbc:UBLVersionID>", "", 1).replacen(
            &id,
            &format!("{id}<cbc:UBLVersionID>2.1</cbc:UBLVersionID>"),
            1,
        ),
        xml.replacen("<cbc:LineCountNumeric>3", "<cbc:LineCountNumeric>three", 1),
        xml.replacen(&id, "", 1),
        xml.replacen("</cac:OrderLine>", "", 1),
    ];
    for (n, broken) in broken.iter().enumerate() {
        assert_ne!(broken, &xml, "{n}");
        let file = scratch.path(&format!("broken-{n}.xml"));
        fs::write(&file, broken).unwrap();
        let (is_valid, said) = validate(&[file]);
        assert!(!is_valid && said.contains("1 checked"), "{n}: {said}");
    }
}
