//! The admin's verbs over the API, with the real binary: from a password chosen by a one-time link to a move, a revoked
//! device and the audit that tells of both; and what is said to whoever has no server, no session or no right.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use roadbook_tests::api::Caller;
use roadbook_tests::{Answer, Phone, Scratch, Server, binary, roadbook};
use serde_json::{Value as Json, json};

const OFFICE: &str = "office@northwind.example";
const NANCY: &str = "nancy.davolio@northwind.example";
const PASSWORD: &str = "eleven small trains";

/// A desk somewhere: a folder for the session of who signs in there.
struct Desk<'a> {
    scratch: &'a Scratch,
    server: &'a Server,
}

impl Desk<'_> {
    fn call(&self, args: &[&str], env: &[(&str, &str)], input: &str) -> Answer {
        let mut command = binary::command(["--json"].iter().chain(args));
        command.env_remove("ROADBOOK_TOKEN").env("XDG_CONFIG_HOME", self.scratch.path("config"));
        command.envs(env.iter().copied());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // One that fails early does not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Answer {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn admin(&self, args: &[&str]) -> Answer {
        self.call(&[&["admin", "--server", self.server.url()], args].concat(), &[], "")
    }

    fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.call(&["sign-in", "--server", self.server.url(), email], &[], &format!("{password}\n"))
    }

    /// Lets a person choose the password by a one-time link.
    fn choose(&self, email: &str) {
        let link = self.server.tool(&["user", "link", email, "--url", self.server.url()]).json();
        let secret = link["url"].as_str().unwrap().split_once("/link#").unwrap().1.to_owned();
        let chosen = json!({ "link": secret, "password": PASSWORD });
        let asked = Caller::stranger().ask(self.server, "POST", "/v1/session/link", &[], Some(&chosen));
        assert_eq!(asked.0, 201, "{}", asked.1);
    }
}

fn code_of(accounts: &Server) -> Json {
    accounts.value(
        "select territories.code from record.accounts join record.territories on territories.id = territory_id
         where accounts.external_id = 'ALFKI'",
    )
}

#[test]
fn an_admin_works_from_anywhere_in_a_session() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let desk = Desk { scratch: &scratch, server: &server };
    desk.choose(OFFICE);
    assert_eq!(desk.admin(&["audit"]).error_code(), "not_signed_in");
    assert_eq!(desk.sign_in(OFFICE, "twelve small trains").error_code(), "wrong_sign_in");
    assert_eq!(desk.sign_in(OFFICE, PASSWORD).json()["role"], "admin");
    let file = scratch.path("config/roadbook/session.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read_to_string(&file).unwrap();

    // The session goes on, also for who was killed between the exchange and the file.
    let made = desk.admin(&["territory", "add", "HARBOUR", "The harbour"]).json();
    assert_eq!(made["code"], "HARBOUR");
    assert_ne!(fs::read_to_string(&file).unwrap(), before);
    fs::write(&file, &before).unwrap();
    desk.admin(&["hold", NANCY, "HARBOUR"]).ok();
    desk.admin(&["hold", NANCY, "HARBOUR"]).ok();

    let there = code_of(&server);
    let order = ["move", "--account", "ALFKI", "--to", "HARBOUR", "--policy", "review", "--note", "Ask."];
    let looked = desk.admin(&[&order[..], &["--dry-run"]].concat()).json();
    assert_eq!((&looked["done"], &looked["accounts"]), (&json!(false), &json!(1)), "{looked}");
    assert_eq!(code_of(&server), there, "only looked");
    let moved = desk.admin(&order).json();
    assert_eq!((&moved["done"], &moved["accounts"]), (&json!(true), &json!(1)), "{moved}");
    assert_eq!(code_of(&server), "HARBOUR");
    let id = moved["reassignment"].as_str().unwrap();
    assert_eq!(desk.admin(&["move", "status", id]).json()["policy"], "review");
    assert_eq!(desk.admin(&["move", "cancel", id]).error_code(), "not_planned");
    desk.admin(&["move", "reverse", id]).ok();
    assert_eq!(code_of(&server), there);
    let planned = desk.admin(&[&order[..], &["--at", "2098-01-01", "--until", "2098-02-01"]].concat()).json();
    assert_eq!((&planned["done"], &planned["state"]), (&json!(false), &json!("planned")), "{planned}");
    let cancelled = desk.admin(&["move", "cancel", planned["reassignment"].as_str().unwrap()]).json();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(desk.admin(&["move", "list"]).json().as_array().unwrap().len(), 3);
    desk.admin(&["hold", NANCY, "HARBOUR", "--end", "--policy", "review"]).ok();
    assert_eq!(desk.admin(&["hold", NANCY, "HARBOUR", "--end"]).error_code(), "impossible");
    let ended = "select end_policy || ' ' || end_grace_days from org.holder
                 join org.territory on territory.id = territory_id where code = 'HARBOUR'";
    assert_eq!(server.value(ended), "review 30");

    let devices = desk.admin(&["devices", "list", "--person", NANCY]).json();
    let device = devices[0]["id"].as_str().unwrap();
    assert_eq!(desk.admin(&["devices", "rename", device, "Tablet"]).json()["name"], "Tablet");
    let revoked = desk.admin(&["devices", "revoke", device, "--as", "leaving"]).json();
    assert_eq!(revoked["state"], "leaving");
    assert_eq!(desk.admin(&["devices", "show", device]).json()["name"], "Tablet");
    let audit = desk.admin(&["audit", "--subject", device]).json();
    let said: Vec<&str> =
        audit.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(said.contains(&"device.revoke") && said.contains(&"device.rename"), "{said:?}");
    assert_eq!(audit[0]["person_name"], "Northwind Office");
    assert_eq!(desk.admin(&["audit", "--limit", "2"]).json().as_array().unwrap().len(), 2);

    desk.call(&["sign-out"], &[], "").ok();
    assert!(!file.exists());
    assert_eq!(desk.call(&["sign-out"], &[], "").error_code(), "not_signed_in");
    fs::write(&file, before).unwrap();
    assert_eq!(
        desk.admin(&["audit"]).error_code(),
        "not_signed_in",
        "the session is over at the server, too"
    );
    server.stop();
}

#[test]
fn held_work_and_conflicts_are_decided_at_the_command_line() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let nancy = Phone::enrol(&scratch, &server, "nancy", NANCY);
    let andrew = Phone::enrol(&scratch, &server, "andrew", "andrew.fuller@northwind.example");
    server.tool(&["admin", "hold", "janet.leverling@northwind.example", "06897", "--as", "cover"]).ok();
    let janet = Phone::enrol(&scratch, &server, "janet", "janet.leverling@northwind.example");
    for phone in [&nancy, &andrew, &janet] {
        phone.sync();
    }
    // Two reps write one field and do not know of each other.
    nancy.call(&["edit", "ALFKI", "--set", "phone=030-1"]).ok();
    janet.call(&["edit", "ALFKI", "--set", "phone=030-2"]).ok();
    nancy.sync();
    janet.sync();
    let open = server.tool(&["admin", "conflicts", "list", "--account", "ALFKI"]).json();
    assert_eq!(open[0]["path"], json!(["phone"]), "{open}");
    let record = open[0]["record_id"].as_str().unwrap();
    let resolve =
        |how: &[&str]| server.tool(&[&["admin", "conflicts", "resolve", record, "phone"], how].concat());
    assert_eq!(resolve(&["--value", "030-3"]).error_code(), "bad_value");
    assert_eq!(resolve(&["--take", "nothing"]).error_code(), "no_such_value");
    resolve(&["--value", "\"030-3\""]).ok();
    assert_eq!(server.value("select phone from record.accounts where external_id = 'ALFKI'"), "030-3");
    assert_eq!(resolve(&["--value", "null"]).error_code(), "no_conflict");

    // Work that comes after a move under review is held until somebody decides.
    nancy.sync();
    for words in ["One", "Two", "Three"] {
        nancy.capture(&["task", "--account", "ALFKI", "--subject", words]);
    }
    server.tool(&["admin", "move", "--account", "ALFKI", "--to", "48075", "--policy", "review"]).ok();
    nancy.sync();
    let held = server.tool(&["admin", "held", "list", "--person", NANCY]).json();
    let positions: Vec<String> =
        held.as_array().unwrap().iter().map(|item| item["position"].to_string()).collect();
    assert_eq!(positions.len(), 3, "{held}");
    let shown = server.tool(&["admin", "held", "show", &positions[0]]).json();
    assert_eq!(shown["content"]["kind"], "task");
    let settle = |verb: &str, position: &str| {
        server.tool(&["admin", "held", verb, position, "--why", "Decided at the desk."])
    };
    assert_eq!(settle("release", &positions[0]).json()["settled"].as_array().unwrap().len(), 1);
    settle("re-author", &positions[1]).ok();
    settle("discard", &positions[2]).ok();
    assert_eq!(settle("release", &positions[2]).error_code(), "already_settled");
    let subjects = "select string_agg(subject, ' ' order by subject) from record.tasks where subject in ('One', 'Two', 'Three')";
    assert_eq!(server.value(subjects), "One Two");
    assert_eq!(server.tool(&["admin", "held", "list"]).json(), json!([]));
    let settled = server.tool(&["admin", "held", "list", "--state", "settled"]).json();
    assert_eq!(settled.as_array().unwrap().len(), 3);
    server.stop();
}

#[test]
fn whoever_has_no_server_no_right_or_no_sense_is_told_so() {
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    {
        let desk = Desk { scratch: &scratch, server: &server };
        let token = server.tool(&["user", "token", NANCY, "--url", server.url()]).json();
        let token = token["token"].as_str().unwrap();
        let as_rep = |args: &[&str], token| {
            let all = [&["admin", "--server", server.url()], args].concat();
            desk.call(&all, &[("ROADBOOK_TOKEN", token)], "")
        };
        assert_eq!(as_rep(&["audit"], token).error_code(), "not_permitted");
        assert_eq!(as_rep(&["audit"], "no.such.token").error_code(), "unauthorised");
        as_rep(&["devices", "list"], token).ok();
        assert_eq!(server.tool(&["admin", "audit", "--by", NANCY]).error_code(), "not_permitted");
        server.tool(&["admin", "audit", "--by", OFFICE]).ok();
        assert_eq!(desk.admin(&["audit", "--by", OFFICE]).error_code(), "bad_arguments");
        let elsewhere =
            |url| desk.call(&["admin", "--server", url, "audit"], &[("ROADBOOK_TOKEN", token)], "");
        assert_eq!(elsewhere("http://127.0.0.1:1").error_code(), "server_unreachable");
        assert_eq!(elsewhere("harbour").error_code(), "bad_server_address");
        assert_eq!(
            desk.call(&["sign-in", "--server", "http://sync.example.com", OFFICE], &[], "x\n").error_code(),
            "exposed"
        );
        assert_eq!(
            server.tool(&["admin", "decide", "accept", "no-such-order"]).error_code(),
            "unknown_record"
        );
        let nowhere = ["admin", "why", "--change", &"0".repeat(64)];
        assert_eq!(server.tool(&nowhere).error_code(), "nothing_known");
    }
    // Killed, it leaves its address behind; stopped, it does not.
    server.kill();
    assert_eq!(server.tool(&["admin", "move", "list"]).error_code(), "not_running");
    server.restart();
    server.tool(&["admin", "move", "list"]).ok();
    let data = server.data().display().to_string();
    server.stop();
    let late = roadbook(["--json", "admin", "move", "list", "--data", &data]);
    assert_eq!(late.error_code(), "not_running");
}

#[test]
fn one_s_own_sign_in_is_looked_after_from_the_command_line() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let desk = Desk { scratch: &scratch, server: &server };
    desk.choose(OFFICE);
    desk.sign_in(OFFICE, PASSWORD).ok();
    let me = |args: &[&str], input: &str| {
        desk.call(&[&["me", "--server", server.url()], args].concat(), &[], input)
    };
    let sessions = me(&["sessions"], "").json();
    let sessions = sessions.as_array().unwrap();
    // The other one was begun with the link.
    assert_eq!((sessions.len(), &sessions[0]["is_this"]), (2, &json!(true)), "{sessions:?}");
    let other = sessions[1]["id"].as_str().unwrap();
    me(&["end", other], "").ok();
    assert_eq!(me(&["end", other], "").error_code(), "not_found");
    let new = "thirteen small trains";
    assert_eq!(me(&["password"], &format!("wrong\n{new}\n")).error_code(), "wrong_password");
    me(&["password"], &format!("{PASSWORD}\n{new}\n")).ok();
    assert_eq!(me(&["sessions"], "").json().as_array().unwrap().len(), 1, "this session goes on");
    assert_eq!(desk.sign_in(OFFICE, PASSWORD).error_code(), "wrong_sign_in");
    desk.sign_in(OFFICE, new).ok();
    server.stop();
}
