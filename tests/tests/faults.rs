//! Bad input at the edges: each is a coded error that says what to do, and nothing is lost by it.

use std::fs;
use std::net::TcpListener;

use roadbook_tests::{Phone, Scratch, Server, roadbook};

#[test]
fn a_server_that_cannot_start_says_why() {
    let scratch = Scratch::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = scratch.arg("data");
    let serve = |more: &[&str]| {
        roadbook(["--json", "serve", "--data", &data].into_iter().chain(more.iter().copied())).error_code()
    };
    assert_eq!(serve(&["--listen", &address]), "port_in_use");
    assert_eq!(serve(&["--listen", "nowhere"]), "cannot_listen");
    let free = ["--listen", "127.0.0.1:0"];
    assert_eq!(serve(&[&free[..], &["--public-url", "sync.example.com"]].concat()), "bad_public_url");
    assert_eq!(
        serve(&[&free[..], &["--database-url", "postgresql://127.0.0.1:1/nobody"]].concat()),
        "database_unreachable"
    );
    assert_eq!(serve(&[&free[..], &["--database-url", "nonsense"]].concat()), "bad_database_url");
    fs::write(scratch.path("file"), "not a folder").unwrap();
    let answer = roadbook(["--json", "serve", "--listen", "127.0.0.1:0", "--data", &scratch.arg("file")]);
    assert!(!answer.error()["text"].as_str().unwrap().is_empty());
}

#[test]
fn a_data_folder_has_one_server_and_a_mistyped_one_makes_none() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    let second = roadbook(["--json", "serve", "--listen", "127.0.0.1:0", "--data", &scratch.arg("server")]);
    assert_eq!(second.error_code(), "data_in_use");
    let typo = scratch.arg("servr");
    assert_eq!(roadbook(["--json", "verify", "--data", &typo]).error_code(), "no_data");
    assert_eq!(roadbook(["--json", "user", "list", "--data", &typo]).error_code(), "no_data");
    assert!(!scratch.path("servr").exists());
    assert_eq!(server.tool(&["user", "code", "nobody@example.com"]).error_code(), "unknown_person");
    assert_eq!(
        server.tool(&["admin", "move", "--account", "X", "--to", "Y"]).error_code(),
        "unknown_account"
    );
    server.stop();
}

#[test]
fn a_device_says_what_it_lacks_and_loses_nothing() {
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let blank = Phone::blank(&scratch, "blank");
    assert_eq!(blank.call(&["status"]).error_code(), "not_enrolled");
    let enrol = |code: &str, url: &str| blank.call(&["enrol", "--server", url, "--code", code]).error_code();
    assert_eq!(enrol("AAAA-BBBB-CCCC", server.url()), "wrong_code");
    assert_eq!(enrol("AAAA-BBBB-CCCC", "nonsense"), "bad_server_address");
    assert_eq!(enrol("AAAA-BBBB-CCCC", "http://127.0.0.1:1"), "server_unreachable");

    let nancy = Phone::enrol(&scratch, &server, "nancy", "nancy.davolio@northwind.example");
    nancy.sync();
    // Published before the device was enrolled, and there all the same.
    let products = nancy.call(&["products", "--limit", "500"]).json();
    assert_eq!(products.as_array().map(Vec::len), Some(77));
    let code = |args: &[&str]| nancy.call(args).error_code();
    assert_eq!(code(&["enrol", "--server", server.url(), "--code", "AAAA"]), "already_enrolled");
    assert_eq!(code(&["visit", "--account", "QUICK"]), "unknown_record");
    assert_eq!(code(&["visit", "--account", "Fra"]), "ambiguous_name");
    assert_eq!(code(&["visit", "--account", "ALFKI", "--outcome", "gold"]), "not_a_choice");
    assert_eq!(code(&["edit", "ALFKI", "--set", "credit_limit_minor=5"]), "not_permitted");
    assert_eq!(code(&["edit", "ALFKI", "--set", "fone=5"]), "unknown_field");
    assert_eq!(code(&["order", "--account", "ALFKI", "--line", "999:1"]), "unknown_product");

    let visit = nancy.capture(&["visit", "--account", "ALFKI", "--notes", "Kept."]);
    server.kill();
    assert_eq!(code(&["sync"]), "server_unreachable");
    assert_eq!(nancy.call(&["status"]).json()["waiting"], 1);
    server.restart();
    nancy.sync();
    assert_eq!(nancy.call(&["show", &visit]).json()["sync"], "in_the_record");
    let notes = format!("select notes from record.visits where id = '{visit}'");
    assert_eq!(server.value(&notes), "Kept.");
    server.stop();
}
