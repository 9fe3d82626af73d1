//! What strangers work with, against the real server: the protocol's second implementation (enrolment, a first fill, and an
//! idle reconnect), and the conformance kit on a server that is there.

use std::path::Path;
use std::process::{Command, Output};

use roadbook_tests::{Scratch, Server, binary};
use serde_json::Value as Json;

#[test]
fn h5_a_client_in_another_language_fills_and_reconnects_in_two_messages() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let code = server.tool(&["user", "code", "nancy.davolio@northwind.example"]).json();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/node/session.mjs");
    let output = Command::new("node")
        .arg(script)
        .arg(server.url())
        .arg(code["code"].as_str().unwrap())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["messages"], &report["idle"], &report["differs"]),
        (&2.into(), &true.into(), &false.into())
    );
    let bytes = report["bytes_up"].as_u64().unwrap() + report["bytes_down"].as_u64().unwrap();
    assert!(bytes < 300, "{report}");
}

/// The kit with the Rust device as the client.
fn kit(server: &Server, token: &str, more: &[&str]) -> std::io::Result<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/run.mjs");
    let mut kit = Command::new("node");
    kit.arg(script).args([
        "--driver",
        "node drivers/roadbook.mjs",
        "--server",
        server.url(),
        "--token",
        token,
    ]);
    kit.args(more).env("ROADBOOK", binary::path()).output()
}

#[test]
fn the_conformance_kit_takes_the_address_of_any_server_and_leaves_nothing_out_in_silence() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    let token = server.tool(&["user", "token", "admin@localhost"]).json();
    let token = token["token"].as_str().unwrap();
    let run = |more: &[&str]| {
        let output = kit(&server, token, more).unwrap();
        let words = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code(), words)
    };

    let three = ["--only", "01-capture", "--only", "04-held", "--only", "08-dropped"];
    let (code, words) = run(&three);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("2 held, 0 failed, 1 not run, 0 skipped"), "{words}");
    assert!(words.contains("not run  08-dropped-link: needs a line that can be cut"), "{words}");

    let (code, words) = run(&[&three[2..], &["--skip", "08-dropped-link"]].concat());
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("1 held, 0 failed, 0 not run, 1 skipped"), "{words}");

    // A name that changed would else be skipped for ever.
    let (code, words) = run(&["--skip", "08-dropped"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("no scenario is called 08-dropped"), "{words}");
}
