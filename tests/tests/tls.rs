//! TLS end to end: behind a proxy and without one, by both roads, with a company's own authority.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test like the test itself")]

use std::fs;
use std::io::{BufRead, BufReader};

use roadbook_testkit::tls::{Authority, Issued, Span, TlsFront};
use roadbook_tests::{Phone, Scratch, Server};

const NANCY: &str = "nancy.davolio@northwind.example";

/// Writes an authority's certificate; its path as an argument.
fn kept(scratch: &Scratch, name: &str, authority: &Authority) -> String {
    fs::write(scratch.path(name), authority.pem()).unwrap();
    scratch.arg(name)
}

fn put(scratch: &Scratch, issued: &Issued) {
    fs::write(scratch.path("cert.pem"), &issued.certificate).unwrap();
    fs::write(scratch.path("key.pem"), &issued.key).unwrap();
}

fn link(server: &Server, url: &str) -> String {
    let code = server.tool(&["user", "code", NANCY, "--url", url]).json();
    code["url"].as_str().unwrap().to_owned()
}

/// Enrols by the link, captures, and syncs by both roads.
fn a_day(scratch: &Scratch, server: &Server, url: &str, ca: &str) -> Phone {
    let phone = Phone::blank(scratch, "nancy");
    let refused = phone.call(&["enrol", "--url", &link(server, url)]);
    assert_eq!(refused.error_code(), "tls_untrusted");
    phone.call(&["--ca", ca, "enrol", "--url", &link(server, url)]).ok();
    for road in ["websocket", "http"] {
        phone.call(&["sync", "--road", road]).ok();
        phone.capture(&["visit", "--account", "ALFKI", "--outcome", "follow_up"]);
        let report = phone.call(&["sync", "--road", road]).json();
        assert_eq!(report["sync"]["in_record"], 1, "{report}");
    }
    phone
}

#[test]
fn a_proxy_speaks_tls_before_the_server() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let front = TlsFront::new(&authority.issue("localhost", Span::Now));
    let url = format!("https://localhost:{}", front.port());
    let server = Server::start_behind(&scratch, Some(&url));
    front.lead_to(server.listening());
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let ca = kept(&scratch, "ca.pem", &authority);
    a_day(&scratch, &server, &url, &ca);
    assert_eq!(server.value("select count(*) from record.visits"), 2);
}

#[test]
fn the_server_speaks_tls_itself_and_takes_up_a_renewed_certificate() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    put(&scratch, &authority.issue("localhost", Span::Now));
    let (cert, key) = (scratch.arg("cert.pem"), scratch.arg("key.pem"));
    let server = Server::start_with(&scratch, &["--tls-cert", &cert, "--tls-key", &key]);
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
    let url = server.url().replace("127.0.0.1", "localhost");
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let ca = kept(&scratch, "ca.pem", &authority);
    let phone = a_day(&scratch, &server, &url, &ca);
    assert_eq!(server.value("select count(*) from record.visits"), 2);

    let successor = Authority::new();
    // Half of a renewal, and rubbish: the server goes on with what it has.
    fs::write(scratch.path("cert.pem"), "not yet").unwrap();
    server.hang_up();
    phone.call(&["sync"]).ok();
    put(&scratch, &successor.issue("localhost", Span::Now));
    server.hang_up();
    let ca = kept(&scratch, "successor.pem", &successor);
    // The signal comes when it comes.
    while phone.call(&["sync"]).code == 0 {}
    assert_eq!(phone.call(&["sync"]).error_code(), "tls_untrusted");
    phone.call(&["--ca", &ca, "sync"]).ok();
    phone.call(&["sync"]).ok();

    // An open socket hears the goodbye, and the server ends in order.
    let mut watching = phone.start(&["sync", "--watch"]);
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("at_rest"));
    server.stop();
    let told = lines.next().unwrap().unwrap();
    assert!(told.contains("retry_in_ms"), "{told}");
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[test]
fn files_that_are_no_certificate_keep_the_server_from_starting() {
    let scratch = Scratch::new();
    let data = scratch.arg("server");
    let issued = Authority::new().issue("localhost", Span::Now);
    put(&scratch, &issued);
    let stranger = Authority::new().issue("localhost", Span::Now);
    fs::write(scratch.path("other.pem"), &stranger.key).unwrap();
    let (cert, key, other) = (scratch.arg("cert.pem"), scratch.arg("key.pem"), scratch.arg("other.pem"));
    for (cert, key) in [(&cert, &other), (&key, &key), (&cert, &cert), (&scratch.arg("none.pem"), &key)] {
        let args = ["--json", "serve", "--data", &data, "--listen", "127.0.0.1:0"];
        let answer = roadbook_tests::roadbook(args.into_iter().chain(["--tls-cert", cert, "--tls-key", key]));
        assert_eq!(answer.error_code(), "bad_tls_files");
    }
    assert!(!scratch.path("server").exists(), "nothing was begun");
}

#[test]
fn a_plain_address_elsewhere_is_warned_of_once_and_a_code_is_drawn_for_a_camera() {
    let scratch = Scratch::new();
    let phone = Phone::blank(&scratch, "nancy");
    let answer = phone.call(&["enrol", "--server", "http://sync.invalid", "--code", "AAAA-BBBB-CCCC"]);
    assert_eq!(answer.err.matches("plain text").count(), 1, "{}", answer.err);
    assert_eq!(answer.error_code(), "server_unreachable");
    let answer = phone.call(&["enrol", "--url", "https://sync.invalid/nothing"]);
    assert_eq!(answer.error_code(), "bad_enrol_link");

    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let png = scratch.arg("nancy.png");
    let code = server.tool(&["user", "code", NANCY, "--url", server.url(), "--qr", "--png", &png]).json();
    assert!(fs::read(scratch.path("nancy.png")).unwrap().starts_with(b"\x89PNG"));
    phone.call(&["enrol", "--url", code["url"].as_str().unwrap()]).ok();
    let answer = phone.call(&["sync"]);
    assert_eq!(answer.err, "", "loopback is not warned of");
    answer.ok();
    let lost = server.tool(&["user", "code", NANCY, "--png", &scratch.arg("no/such/folder.png")]);
    assert_eq!(lost.error_code(), "file_access");
    let bad = server.tool(&["user", "code", NANCY, "--url", "sync.example.com"]);
    assert_eq!(bad.error_code(), "bad_server_address");
}
