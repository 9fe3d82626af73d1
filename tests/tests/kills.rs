//! SIGKILL at every named step of a sync: of the device, of the server, of its Postgres. Whatever was said to be saved is
//! in the record once afterwards, and the device holds what the record holds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

use roadbook_tests::{Phone, Scratch, Server, Step, Wire};
use serde_json::Value as Json;

/// The steps of a sync in which both sides have something to say.
const STEPS: [Step; 12] = [
    Step { frame: "hello", passed: false },
    Step { frame: "hello", passed: true },
    Step { frame: "welcome", passed: false },
    Step { frame: "welcome", passed: true },
    Step { frame: "push", passed: false },
    Step { frame: "push", passed: true },
    Step { frame: "receipts", passed: false },
    Step { frame: "receipts", passed: true },
    Step { frame: "page", passed: false },
    Step { frame: "page", passed: true },
    Step { frame: "applied", passed: false },
    Step { frame: "applied", passed: true },
];

/// A server behind a wire, two devices with a common account, and what they said was saved.
struct Scene {
    scratch: Scratch,
    wire: Wire,
    server: Server,
    nancy: Phone,
    janet: Phone,
    saved: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let scratch = Scratch::new();
        let wire = Wire::new();
        let server = Server::start_behind(&scratch, Some(&wire.url()));
        wire.lead_to(server.listening());
        server.tool(&["import", "northwind", "--bundled"]).ok();
        server.tool(&["admin", "hold", "janet.leverling@northwind.example", "06897", "--as", "cover"]).ok();
        let nancy = Phone::enrol(&scratch, &server, "nancy", "nancy.davolio@northwind.example");
        let janet = Phone::enrol(&scratch, &server, "janet", "janet.leverling@northwind.example");
        nancy.sync();
        janet.sync();
        Self { scratch, wire, server, nancy, janet, saved: Vec::new() }
    }

    /// Both have something to tell the other.
    fn work(&mut self, words: &str) {
        for (phone, account) in [(&self.janet, "ALFKI"), (&self.nancy, "ALFKI"), (&self.nancy, "EASTC")] {
            let visit = ["visit", "--account", account, "--subject", words, "--notes", words];
            self.saved.push(phone.capture(&visit));
        }
        self.janet.sync();
    }

    /// Starts Nancy's sync and holds it at a step, for `act` to do its worst.
    fn at(&mut self, step: Step, act: impl FnOnce(&mut Server, &mut Child)) {
        let held = self.wire.hold_at(step);
        let mut syncing = self.nancy.start(&["sync"]);
        let server = &mut self.server;
        held.then(|| act(server, &mut syncing));
        let _ = syncing.kill();
        syncing.wait().unwrap();
    }

    /// Everything that was saved is in the record once, and Nancy holds what the record holds.
    fn check(&self, words: &str) {
        self.nancy.sync();
        let status = self.nancy.call(&["status"]).json();
        assert_eq!(
            (&status["waiting"], &status["held"], &status["refused"]),
            (&0.into(), &0.into(), &0.into()),
            "{words}"
        );
        let count = format!("select count(*) from record.visits where subject = '{words}'");
        assert_eq!(self.server.value(&count), 3, "{words}");
        let shown = self.nancy.call(&["show"]).json();
        let digests = self.server.rows("select id, digest from sync.account");
        for (account, digest) in shown["account_digests"].as_object().unwrap() {
            let central = digests.iter().find(|row| row["id"] == account.as_str()).unwrap();
            let central = format!("{:016x}", central["digest"].as_i64().unwrap().cast_unsigned());
            assert_eq!(digest, &Json::from(central), "{words}: {account}");
        }
    }

    /// The log makes the record that stands, and nothing is missing from it.
    fn end(self) {
        let ids: Vec<String> = self.saved.iter().map(|id| format!("'{id}'")).collect();
        let count = format!("select count(*) from record.visits where id in ({})", ids.join(","));
        assert_eq!(self.server.value(&count), self.saved.len());
        assert_eq!(self.server.tool(&["verify"]).json()["sound"], true);
        self.server.stop();
        drop(self.scratch);
    }
}

fn words(step: Step) -> String {
    format!("{} {}", if step.passed { "behind" } else { "before" }, step.frame)
}

#[test]
fn a_device_killed_at_any_step_loses_nothing_and_repeats_nothing() {
    let mut scene = Scene::new();
    for step in STEPS {
        let words = words(step);
        scene.work(&words);
        scene.at(step, |_, device| device.kill().unwrap());
        scene.check(&words);
    }
    scene.end();
}

#[test]
fn a_server_killed_at_any_step_loses_nothing_and_repeats_nothing() {
    let mut scene = Scene::new();
    for step in STEPS {
        let words = words(step);
        scene.work(&words);
        scene.at(step, |server, _| server.kill());
        let alone = scene.nancy.call(&["status"]).json();
        assert!(alone["waiting"].as_u64().is_some(), "a device works without a server");
        scene.server.restart();
        scene.check(&words);
    }
    scene.end();
}

#[test]
fn a_postgres_killed_at_any_step_is_started_again_and_nothing_is_lost() {
    let mut scene = Scene::new();
    for step in [STEPS[1], STEPS[4], STEPS[5], STEPS[6], STEPS[9]] {
        let words = words(step);
        scene.work(&words);
        scene.at(step, |server, _| server.kill_postgres());
        // The server starts it again by itself; whoever asks meanwhile is told to try again.
        let deadline = 300;
        let back = (0..deadline).any(|_| {
            let answer = scene.nancy.call(&["sync"]);
            if answer.code != 0 {
                std::thread::sleep(Duration::from_millis(100));
            }
            answer.code == 0
        });
        assert!(back, "{words}: the server did not come back");
        scene.check(&words);
    }
    scene.end();
}

#[test]
fn a_device_killed_while_it_captures_keeps_what_it_said_was_saved() {
    let mut scene = Scene::new();
    let list = scene.nancy.call(&["search", "ALFKI", "--kind", "account"]).json();
    let account = list[0]["record"].as_str().unwrap().to_owned();
    let mut said = Vec::new();
    for round in 0..4 {
        let mut command =
            roadbook_tests::binary::command(["--json", "device", "--home", scene.nancy.home(), "run"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        for stop in 0..6 {
            let fields =
                serde_json::json!({"state": "checked_out", "subject": format!("round {round} stop {stop}")});
            let line =
                serde_json::json!({"do": "create", "kind": "visit", "account": account, "fields": fields});
            writeln!(input, "{line}").unwrap();
            // The last one is killed while it is on its way.
            if stop < 5 {
                let mut answer = String::new();
                out.read_line(&mut answer).unwrap();
                let answer: Json = serde_json::from_str(&answer).unwrap();
                said.push(answer["record"].as_str().unwrap().to_owned());
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    scene.nancy.sync();
    scene.saved = said;
    scene.end();
}
