//! The protocol's second implementation against the real server: enrolment, a first fill, and an idle reconnect.

use std::path::Path;
use std::process::Command;

use roadbook_tests::{Scratch, Server};
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
