//! `roadbook demo`: the report of the day, with and without those who work offline, and what somebody may do then with the
//! addresses that it prints.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use roadbook_tests::api::exchange;
use roadbook_tests::{Scratch, binary, roadbook};
use serde_json::{Value as Json, json};

/// Plays a whole day and gives its report, from where it lies unless another file is named.
fn play() -> Json {
    let scratch = Scratch::new();
    let (data, file) = (scratch.arg("demo"), scratch.arg("demo/report.json"));
    let args = ["demo", "--once", "--listen", "127.0.0.1:0", "--data", &data];
    let words = roadbook(args).ok();
    assert!(words.contains("What the record says, by SQL"), "{words}");
    assert!(words.contains(&file), "it says where the report is: {words}");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// A demo that leaves its server up.
struct Staying(Child);

impl Staying {
    /// Ends it as Ctrl-C does.
    fn interrupt(&self) {
        let pid = self.0.id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -s INT $0", &pid]).status().unwrap().success());
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.interrupt();
            let _ = self.0.wait();
        }
    }
}

/// Plays a day without those who work offline, does what it says to do then, and gives its report.
fn play_and_look() -> Json {
    let scratch = Scratch::new();
    let data = scratch.arg("demo");
    let args = ["demo", "--skip-offline", "--listen", "127.0.0.1:0", "--data", &data];
    let mut demo = Staying(binary::command(args).stderr(Stdio::inherit()).spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let until = |lines: &mut dyn Iterator<Item = std::io::Result<String>>, beginning: &str| {
        lines.map(Result::unwrap).find(|line| line.trim_start().starts_with(beginning)).unwrap()
    };
    until(&mut lines, "What the record says, by SQL");
    let [office, app] = ["office  ", "app  "].map(|face| until(&mut lines, face));
    look_into_the_office(&office);
    look_into_the_app(&app, &scratch);
    demo.interrupt();
    assert!(demo.0.wait().unwrap().success());
    serde_json::from_str(&fs::read_to_string(scratch.path("demo/report.json")).unwrap()).unwrap()
}

/// The addresses in a line, each as who listens there and the rest.
fn addresses(line: &str) -> Vec<(&str, &str)> {
    let found = line.split(' ').filter_map(|word| word.strip_prefix("http://")?.split_once('/'));
    found.collect()
}

/// Opens an address as a browser does: it goes where it is sent, and must find a page there.
fn open(listening: &str, address: &str) {
    let mut path = format!("/{}", address.split('#').next().unwrap());
    loop {
        let (status, head, body) = exchange(listening, "GET", &path, None, &[], None);
        if status == 302 {
            let to = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
            assert_ne!(to, path);
            path = to.to_owned();
            continue;
        }
        assert_ne!(status, 503, "the pages are not built: cargo xtask web");
        assert_eq!(status, 200, "{path}: {head}");
        return assert!(body.trim_start().to_lowercase().starts_with("<!doctype html"), "{path}: {body}");
    }
}

/// Opens the console, and signs in as it says: chooses a password by the link, and sees the day.
fn look_into_the_office(line: &str) {
    let found = addresses(line);
    assert_eq!(found.len(), 2, "the console and a link: {line}");
    let (console, link) = (found[0], found[1]);
    assert_eq!(console.1, "office/");
    open(console.0, console.1);
    open(link.0, link.1);
    let secret = link.1.split_once('#').unwrap().1;
    let chosen = json!({ "link": secret, "password": "eleven small trains" });
    let (status, _, tokens) = exchange(link.0, "POST", "/v1/session/link", None, &[], Some(&chosen));
    assert_eq!(status, 201, "{tokens}");
    let tokens: Json = serde_json::from_str(&tokens).unwrap();
    assert!(line.contains(tokens["person"]["email"].as_str().unwrap()), "{line}: {tokens}");
    let token = tokens["access_token"].as_str();
    let (status, _, orders) = exchange(console.0, "GET", "/v1/orders?state=accepted", token, &[], None);
    assert_eq!(status, 200, "{orders}");
    assert!(orders.contains("\"11078\""), "the order of the day: {orders}");
}

/// Opens the app, and sets a phone up by the code that it is given.
fn look_into_the_app(line: &str, scratch: &Scratch) {
    let found = addresses(line);
    assert_eq!(found.len(), 1, "one link: {line}");
    let app = found[0];
    open(app.0, app.1);
    let (url, home) = (format!("http://{}/{}", app.0, app.1), scratch.arg("phone"));
    let phone = |args: &[&str]| roadbook(["--json", "device", "--home", &home].iter().chain(args));
    phone(&["enrol", "--url", &url]).ok();
    let synced = phone(&["sync"]).json();
    assert!(synced["status"]["records"].as_u64().unwrap() > 0, "{synced}");
}

fn person<'a>(day: &'a Json, name: &str) -> Option<&'a Json> {
    day["people"].as_array().unwrap().iter().find(|row| row["person"] == name)
}

fn what_always_holds(day: &Json) {
    assert_eq!(day["lost"], json!([]), "silent losses");
    assert_eq!(day["replicas"]["differ"], json!([]));
    assert_eq!(day["replicas"]["waiting"], 0);
    assert_eq!(day["replicas"]["devices"], 7);
    assert_eq!(day["verify"]["sound"], true);
    let killed =
        ["a device, while it saved", "a device, while it synced", "the server", "the server's Postgres"];
    assert_eq!(day["killed"], json!(killed));
    let refused: Vec<&str> = day["hostile"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["refused"].as_str().unwrap())
        .collect();
    assert_eq!(
        refused,
        ["unexpected_frame", "chunk_checksum", "not_permitted", "chunk_malformed", "unknown_record"]
    );
    assert_eq!(person(day, "Margaret Peacock").unwrap()["visits"], 20);
    let complaint = json!({
        "process": "complaint", "state": "running", "account": "Around the Horn",
        "handed_over": 1, "taken_over_by": ["Andrew Fuller"],
    });
    assert_eq!(day["runs"], json!([complaint]), "the service has a task, and the manager");
    assert_eq!(person(day, "Janet Leverling").unwrap()["visits"], 5);
    assert_eq!(person(day, "Andrew Fuller").unwrap()["tasks"], 1);
}

#[test]
fn a_day_on_the_road_ends_as_it_must_and_differs_without_those_who_are_offline() {
    let other = thread::spawn(play_and_look);
    let full = play();
    let without = other.join().unwrap();
    what_always_holds(&full);
    what_always_holds(&without);

    let nancy = person(&full, "Nancy Davolio").unwrap();
    let did = ["accounts", "contacts", "visits", "orders", "tasks", "comments"]
        .map(|what| nancy[what].as_u64().unwrap());
    assert_eq!(did, [1, 1, 2, 1, 1, 1]);
    assert_eq!(person(&without, "Nancy Davolio"), None);
    let quote = json!({"number": null, "state": "quote", "total_minor": 172_900, "account": "Bon app'"});
    let order = json!({"number": "11078", "state": "accepted", "total_minor": 91_960, "account": "Bon app'"});
    let nancys = json!({"number": "11079", "state": "accepted", "total_minor": 32_410, "account": "Alfreds Futterkiste"});
    assert_eq!(full["orders"], json!([quote, order, nancys]));
    assert_eq!(without["orders"], json!([quote, order]));

    let late: Vec<(&str, &str)> = full["late"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["person"].as_str().unwrap(), row["kind"].as_str().unwrap()))
        .collect();
    let cover = ("Michael Suyama", "visit");
    assert_eq!(
        late,
        [cover, ("Robert King", "visit"), ("Robert King", "account"), ("Robert King", "account")]
    );
    assert_eq!(without["late"].as_array().unwrap().len(), 1, "the visit of a cover that had ended");
    assert_eq!(full["put_back"][0]["phone"], "(1) 135-5334", "Anne's number stands");

    let held =
        |day: &Json| day["held"].as_array().unwrap().iter().filter(|row| row["state"] == "held").count();
    assert_eq!((held(&full), held(&without)), (3, 1));
    for (person, account, code) in
        [("Robert King", "Simons bistro", "late_review"), ("Robert King", "Du monde entier", "late_refused")]
    {
        let row = json!({"person": person, "account": account, "state": "held", "code": code, "fate": null});
        assert!(full["held"].as_array().unwrap().contains(&row), "{}", full["held"]);
    }
    for day in [&full, &without] {
        let leaver = |row: &Json| row["person"] == "Laura Callahan" && row["code"] == "device_leaving";
        assert!(day["held"].as_array().unwrap().iter().any(leaver), "{}", day["held"]);
    }

    let became = |device: &str, outcome: &str| {
        let rows = full["became"].as_array().unwrap().iter();
        let counts = rows.filter(|row| row["device"] == device && row["outcome"] == outcome);
        counts.map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(became("robert", "held [late_refused]"), 1);
    assert_eq!(became("robert", "in the record, late"), 3);
    assert_eq!((became("michael", "in the record, late"), became("laura", "held [device_leaving]")), (1, 1));
    let stolen =
        ["in the record", "unsent, on the blocked phone alone"].map(|outcome| became("steven", outcome));
    assert_eq!(stolen, [1, 1], "what it had sent before, and what was written on it afterwards");
    assert_eq!(became("anne", "in the record"), 3, "one of them from a phone that had forgotten the day");
    let saved: u64 =
        full["became"].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum();
    assert_eq!(Some(saved), full["saved"].as_u64(), "every capture is accounted for");

    let twice = json!({"account": "Alfreds Futterkiste", "path": ["phone"], "values": ["030-0074300", "030-0074399"]});
    assert_eq!(full["written_twice"], json!([twice]));
    assert_eq!(without["written_twice"], json!([]));
    assert!(full["saved"].as_u64() > without["saved"].as_u64());
}
