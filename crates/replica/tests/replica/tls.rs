//! Secure connections: whom a device believes, and what it says when it does not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use roadbook_replica::device::NewDevice;
use roadbook_replica::transport::{Address, Http, Patience, TransportError, Trust, WebSocket};
use roadbook_replica::{Device, Road, SyncOptions};
use roadbook_testkit::tls::{Authority, Span, TlsFront};

use crate::devices::visit;
use crate::scratch::Scratch;
use crate::server::{CODE, Server};

const BRIEF: Patience = Patience {
    connect: Duration::from_secs(2),
    write: Duration::from_secs(2),
    silence: Duration::from_secs(2),
    stall: Duration::from_secs(4),
};

/// What a device says to a server at this address, by both roads.
fn refusals(address: &str, trust: &Trust) -> [TransportError; 2] {
    let address = Address::parse(address).unwrap();
    [
        WebSocket::connect(&address, trust, BRIEF).unwrap_err(),
        Http::new(&address, trust, BRIEF).unwrap().exchange(&[]).unwrap_err(),
    ]
}

fn trusting(authority: &Authority) -> Trust {
    Trust::with_authority(authority.pem().as_bytes()).unwrap()
}

#[test]
fn a_device_enrols_and_syncs_under_tls_by_both_roads() {
    let (scratch, authority) = (Scratch::new("tls"), Authority::new());
    let front = TlsFront::new(&authority.issue("localhost", Span::Now));
    let url = format!("https://localhost:{}", front.port());
    let server = Server::known_as(&url);
    front.lead_to(server.url.trim_start_matches("http://"));
    let account = server.import_account("Harbour Deli");
    let home = scratch.path("alice");
    let pem = authority.pem().as_bytes();
    let new = NewDevice { server: &url, code: CODE, name: "phone", authority: Some(pem) };
    drop(Device::enrol(&home, &new).unwrap());
    // The authority is kept with the enrolment.
    let device = Device::open(&home).unwrap();
    device.sync(SyncOptions::default()).unwrap();
    for road in [Road::WebSocket, Road::Http, Road::Any] {
        visit(&device, account, "Autumn list");
        let report = device.sync(SyncOptions { road, patience: BRIEF, ..SyncOptions::default() }).unwrap();
        assert_eq!((report.in_record, report.held, report.refused), (1, 0, 0));
        assert_eq!(device.status().unwrap().waiting, 0);
    }
    assert_eq!(device.sync(SyncOptions::default()).unwrap().traffic.frames_up, 1, "idle again");
}

#[test]
fn a_proof_for_one_scheme_does_not_hold_for_the_other() {
    let (scratch, authority) = (Scratch::new("scheme"), Authority::new());
    let front = TlsFront::new(&authority.issue("localhost", Span::Now));
    // The same host and port, but the server takes itself to be reached in plain text.
    let server = Server::known_as(&format!("http://localhost:{}", front.port()));
    front.lead_to(server.url.trim_start_matches("http://"));
    let url = format!("https://localhost:{}", front.port());
    let pem = authority.pem().as_bytes();
    let new = NewDevice { server: &url, code: CODE, name: "phone", authority: Some(pem) };
    let device = Device::enrol(&scratch.path("alice"), &new).unwrap();
    for road in [Road::WebSocket, Road::Http] {
        let error = device.sync(SyncOptions { road, patience: BRIEF, ..SyncOptions::default() }).unwrap_err();
        assert_eq!(error.code(), "not_enrolled");
    }
}

#[test]
fn a_certificate_that_does_not_hold_is_told_by_what_is_wrong_with_it() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let cases = [
        ("localhost", Span::Now, &stranger, "tls_untrusted", "--ca FILE"),
        ("sync.example.com", Span::Now, &authority, "tls_name", "check the server's address"),
        ("localhost", Span::Past, &authority, "tls_expired", "renew the certificate"),
        ("localhost", Span::Future, &authority, "tls_too_early", "clock may be slow"),
    ];
    for (name, span, issuer, code, advice) in cases {
        let front = TlsFront::new(&issuer.issue(name, span));
        for error in refusals(&format!("https://localhost:{}", front.port()), &trusting(&authority)) {
            assert_eq!(error.code(), code, "{error}");
            let text = error.to_string();
            assert!(text.contains(advice) && text.contains("work is safe here"), "{text}");
        }
    }
}

#[test]
fn an_authority_of_the_company_s_own_is_trusted_beside_the_system_s_and_by_nobody_else() {
    let authority = Authority::new();
    let front = TlsFront::new(&authority.issue("127.0.0.1", Span::Now));
    let url = format!("https://127.0.0.1:{}", front.port());
    for error in refusals(&url, &Trust::default()) {
        assert!(["tls_untrusted", "tls_no_authorities"].contains(&error.code()), "{error}");
    }
    // With it the handshake holds: the front closes because it leads nowhere.
    for error in refusals(&url, &trusting(&authority)) {
        assert_eq!(error.code(), "server_unreachable", "{error}");
    }
}

#[test]
fn what_is_no_authority_is_refused_before_anything_is_sent() {
    let scratch = Scratch::new("no-ca");
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let new = NewDevice {
            server: "https://localhost:1",
            code: CODE,
            name: "phone",
            authority: Some(pem.as_bytes()),
        };
        assert_eq!(Device::enrol(&scratch.path("home"), &new).unwrap_err().code(), "bad_ca", "{pem:?}");
    }
    assert!(!scratch.path("home").exists(), "nothing is left behind");
}

#[test]
fn a_connection_that_is_cut_in_the_middle_of_the_handshake() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut hello = [0; 512];
            let _read = stream.read(&mut hello);
            // The head of a handshake record, and not what it announces.
            let _sent = stream.write_all(&[0x16, 3, 3, 0, 122, 2, 0]);
        }
    });
    for error in refusals(&url, &trusting(&Authority::new())) {
        assert_eq!(error.code(), "server_unreachable", "{error}");
        assert!(error.to_string().contains("your work is safe here"), "{error}");
    }
}

#[test]
fn somebody_who_speaks_no_tls_and_somebody_who_speaks_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut hello = [0; 4096];
            let _read = stream.read(&mut hello);
            let _sent = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let authority = Authority::new();
    for error in refusals(&plain, &trusting(&authority)) {
        assert_eq!(error.code(), "tls_failed", "{error}");
    }
    let front = TlsFront::new(&authority.issue("localhost", Span::Now));
    for error in refusals(&format!("http://localhost:{}", front.port()), &Trust::default()) {
        assert!(["not_a_roadbook_server", "server_unreachable"].contains(&error.code()), "{error}");
    }
}
