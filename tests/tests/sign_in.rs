//! How the first admin, and then others, come in: the real binary, from the printed link to a key exchanged under it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::Stdio;

use roadbook_tests::api::exchange;
use roadbook_tests::{Answer, Scratch, Server, binary};
use serde_json::{Value as Json, json};

const PASSWORD: &str = "eleven small trains";

/// Asks a server and gives back status and body.
fn ask(server: &Server, method: &str, path: &str, token: Option<&str>, body: &Json) -> (u16, Json) {
    let body = (!body.is_null()).then_some(body);
    let (status, _, body) = exchange(server.listening(), method, path, token, &[], body);
    (status, serde_json::from_str(&body).unwrap_or(Json::Null))
}

/// Calls a tool with something on its standard input.
fn tool_with(server: &Server, args: &[&str], input: &str) -> Answer {
    let data = server.data().display().to_string();
    let all = args.iter().copied().chain(["--data", &data, "--json"]);
    let mut child = binary::command(all).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn secret(url: &Json) -> String {
    url.as_str().unwrap().split_once("/link#").unwrap().1.to_owned()
}

fn sign_in(server: &Server, email: &str, password: &str) -> (u16, Json) {
    ask(server, "POST", "/v1/session", None, &json!({ "email": email, "password": password }))
}

#[test]
fn from_the_first_link_to_everybody_elses() {
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch);
    let first = server.said()["first_link"].clone();
    assert_eq!(first["email"], "admin@localhost");
    let chosen = json!({ "link": secret(&first["url"]), "password": PASSWORD });
    let (status, tokens) = ask(&server, "POST", "/v1/session/link", None, &chosen);
    assert_eq!((status, &tokens["person"]["role"]), (201, &json!("admin")), "{tokens}");
    let (status, _) = ask(&server, "POST", "/v1/session/link", None, &chosen);
    assert_eq!(status, 403, "once");

    // Killed and started again: no new link, the password and the session hold.
    server.kill();
    server.restart();
    assert_eq!(server.said()["first_link"], Json::Null);
    assert_eq!(sign_in(&server, "admin@localhost", PASSWORD).0, 201);
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let (status, tokens) = ask(&server, "POST", "/v1/session/refresh", None, &refresh);
    assert_eq!(status, 200, "{tokens}");
    let admin = tokens["access_token"].as_str().unwrap();

    // The import's own admin does not make the command line ask in whose name.
    server.tool(&["import", "northwind", "--bundled"]).ok();
    server.tool(&["admin", "move", "--account", "ALFKI", "--to", "19713", "--dry-run"]).ok();

    server.tool(&["user", "add", "zoe@example.com", "--name", "Zoe", "--role", "admin"]).ok();
    let whose = server.tool(&["admin", "move", "--account", "ALFKI", "--to", "19713", "--dry-run"]);
    assert_eq!(whose.error_code(), "which_admin", "two who are there for good do");

    // Another person, by link; and by password from the command line.
    server.tool(&["user", "add", "anna@example.com", "--name", "Anna Berg", "--role", "rep"]).ok();
    let link = server.tool(&["user", "link", "anna@example.com", "--url", server.url()]).json();
    let chosen = json!({ "link": secret(&link["url"]), "password": "twelve small trains" });
    assert_eq!(ask(&server, "POST", "/v1/session/link", None, &chosen).0, 201);
    let set = |input: &str| tool_with(&server, &["user", "password", "anna@example.com"], input);
    assert_eq!(set("short\n").error_code(), "weak_password");
    assert_eq!(set(&"x".repeat(1000)).error_code(), "weak_password");
    set("thirteen small trains\n").ok();
    assert_eq!(sign_in(&server, "anna@example.com", "twelve small trains").0, 401);
    let (status, anna) = sign_in(&server, "anna@example.com", "thirteen small trains");
    assert_eq!(status, 201, "{anna}");
    let anna = anna["access_token"].as_str().unwrap();

    // Another key under the running server: tokens by the old one still hold.
    let rotated = server.tool(&["admin", "rotate-keys"]).json();
    assert_eq!(rotated["audited"], true);
    let (_, audit) = ask(&server, "GET", "/v1/audit?limit=1", Some(admin), &Json::Null);
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["detail"]["kid"]),
        (&json!("keys.rotate"), &rotated["kid"])
    );
    assert_eq!(ask(&server, "GET", "/v1/me", Some(anna), &Json::Null).0, 200);
    let (_, jwks) = ask(&server, "GET", "/.well-known/jwks.json", None, &Json::Null);
    assert_eq!((&jwks["keys"][0]["kid"], &jwks["keys"][1]["kid"]), (&rotated["kid"], &rotated["retired"]));
    let token = server.tool(&["user", "token", "anna@example.com", "--url", server.url()]).json();
    let token = token["token"].as_str().unwrap();
    assert_eq!(ask(&server, "GET", "/v1/me", Some(token), &Json::Null).0, 200);

    // Out, and back.
    let done = server.tool(&["user", "deactivate", "anna@example.com"]).json();
    assert_eq!(done["sessions"], 1);
    for token in [anna, token] {
        assert_eq!(ask(&server, "GET", "/v1/me", Some(token), &Json::Null).0, 401);
    }
    assert_eq!(server.tool(&["user", "link", "anna@example.com"]).error_code(), "unknown");
    server.tool(&["user", "reactivate", "anna@example.com"]).ok();
    assert_eq!(sign_in(&server, "anna@example.com", "thirteen small trains").0, 201);
    assert_eq!(ask(&server, "GET", "/v1/audit", Some(admin), &Json::Null).0, 200);
    assert_eq!(server.tool(&["user", "link", "nobody@example.com"]).error_code(), "unknown_person");
    assert_eq!(
        server.tool(&["user", "deactivate", "admin@localhost"]).code,
        0,
        "Northwind brought another admin"
    );
    server.tool(&["verify"]).ok();
    server.stop();
}
