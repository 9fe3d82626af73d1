//! The plan on Northwind: what a rep's device says of a period, offline, is what the office says once everything was sent,
//! to the last digit; before that, what waits stands apart. And a manager's coaching reaches the rep and is answered.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const OFFICE: &str = "office@northwind.example";
const MANAGER: &str = "andrew.fuller@northwind.example";
const NANCY: &str = "nancy.davolio@northwind.example";

struct World {
    scratch: Scratch,
    server: Server,
    office: Caller,
}

impl World {
    fn new() -> Self {
        let scratch = Scratch::new();
        let server = Server::start(&scratch);
        server.tool(&["import", "northwind", "--bundled"]).ok();
        let office = Caller::of(&server, OFFICE);
        Self { scratch, server, office }
    }

    fn get(&self, path: &str) -> Json {
        let (status, body) = self.office.ask(&self.server, "GET", path, &[], None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn post(&self, path: &str, body: &Json) -> Json {
        let (status, answer) = self.office.ask(&self.server, "POST", path, &[], Some(body));
        assert!((200..300).contains(&status), "{path}: {answer}");
        answer
    }

    fn nancy(&self) -> Json {
        let people = self.get("/v1/people?limit=500");
        let all = people["items"].as_array().unwrap();
        all.iter().find(|person| person["email"] == NANCY).unwrap()["id"].clone()
    }
}

fn month(phone: &Phone, period: &str) -> Json {
    phone.call(&["month", "--period", period, "--utc-offset", "+02:00"]).json()
}

fn accounts(phone: &Phone) -> Vec<String> {
    let page = phone.call(&["list", "account"]).json();
    page["records"].as_array().unwrap().iter().map(|one| one["record"].as_str().unwrap().to_owned()).collect()
}

/// Sends and fetches until the device knows what became of everything.
fn settle(phone: &Phone) {
    phone.sync();
    phone.sync();
    assert_eq!(phone.call(&["outbox"]).json(), json!([]));
}

#[test]
fn the_device_and_the_office_say_the_same_of_every_period_to_the_last_digit() {
    let world = World::new();
    let nancy = world.nancy();
    let phone = Phone::enrol(&world.scratch, &world.server, "nancy", NANCY);
    settle(&phone);
    let mine = accounts(&phone);
    let goals = json!({ "items": {
        "own": { "person": nancy, "period": "2026-06", "measure": "order_amount", "currency": "USD", "target": 100_000 },
        "kept": { "person": nancy, "period": "2026-06", "measure": "promises_kept_percent", "target": 90 },
    } });
    world.post("/v1/reference/goals", &goals);
    phone.sync();
    let before = month(&phone, "2026-06");
    // A visit late in the evening counts on the next day two hours east of UTC: the last one is of July.
    phone.capture(&[
        "visit",
        "--account",
        &mine[0],
        "--at",
        "2026-06-01T08:00:00Z",
        "--next-step",
        "Mend the shelf",
        "--next-step-due",
        "2026-06-09",
    ]);
    phone.capture(&["visit", "--account", &mine[0], "--at", "2026-06-09T21:30:00Z", "--outcome", "order"]);
    phone.capture(&["visit", "--account", &mine[1], "--at", "2026-06-30T22:30:00Z"]);
    phone.capture(&["visit", "--account", &mine[1], "--planned", "2026-06-15T08:00:00Z"]);
    phone.capture(&[
        "order",
        "--account",
        &mine[1],
        "--line",
        "034:10@14.00",
        "--set",
        "order_date=2026-06-10",
        "--submit",
    ]);
    phone.capture(&[
        "order",
        "--account",
        &mine[0],
        "--line",
        "011:3@21.00:5%",
        "--set",
        "order_date=2026-06-30",
        "--set",
        "state=quote",
    ]);
    let task =
        phone.capture(&["task", "--account", &mine[2], "--subject", "Ring the chef", "--due", "2026-06-12"]);
    phone.capture(&["edit", &task, "--set", "state=done", "--set", "done_at=2026-06-12T21:59:00Z"]);
    // Agreed on the telephone and kept by the next call; a case and an opportunity's step whose days are over.
    let add = |kind: &str, fields: &[&str]| {
        let mut args = vec!["add", kind, "--account", &mine[2]];
        args.extend(fields.iter().flat_map(|field| ["--set", *field]));
        phone.capture(&args)
    };
    let began = "started_at=2026-06-02T10:00:00Z";
    add("call", &["direction=incoming", began, "next_step=Send the list", "next_step_due=2026-06-20"]);
    add("call", &["direction=outgoing", "started_at=2026-06-18T10:00:00Z"]);
    add("case", &["case_type=complaint", "subject=Glass in the jam", "state=open", "due=2026-06-19"]);
    let step = ["next_step=Offer", "next_step_due=2026-06-25"];
    add("opportunity", &["subject=A second fridge", "stage=proposed", step[0], step[1]]);
    add("opportunity", &["subject=A third fridge", "stage=lost", step[0], step[1]]);
    let offline = month(&phone, "2026-06");
    assert_eq!(offline["record"], before["record"], "what waits is not in the record yet");
    let of = |month: &Json, part: &str, name: &str| month[part][name].as_i64().unwrap();
    assert_eq!(of(&offline, "waiting", "visits_made"), 2);
    assert_eq!(of(&offline, "waiting", "planned_missed"), 1);
    assert_eq!((of(&offline, "waiting", "promises_kept"), of(&offline, "waiting", "promises_due")), (3, 5));
    assert_eq!(of(&offline, "waiting", "promises_broken"), 2);
    assert_eq!(offline["waiting"]["turnover"][0]["amount_minor"], 14_000);
    assert_eq!(offline["goals"][1]["value"], before["goals"][1]["value"], "a goal is measured by the record");
    settle(&phone);
    let nancy = nancy.as_str().unwrap();
    let mut seen = 0;
    for period in
        ["2026-06", "2026-06-09", "2026-Q2", "2026-07", "2026", "1998-04", "1997-Q3", "1997", "1998"]
    {
        let here = month(&phone, period);
        let there = world.get(&format!("/v1/people/{nancy}/figures?period={period}&offset=120"));
        assert_eq!(here["record"], there["record"], "{period}");
        assert_eq!(here["goals"], there["goals"], "{period}");
        assert_eq!((&here["first"], &here["last"]), (&there["first"], &there["last"]));
        assert_eq!(here["waiting"]["visits_made"], 0);
        assert_eq!(here["waiting"]["turnover"], json!([]));
        seen += here["record"]["turnover"].as_array().unwrap().len();
    }
    assert!(seen >= 4, "Northwind's own orders were compared, too");
    let sent = month(&phone, "2026-06");
    assert_eq!(of(&sent, "record", "visits_made"), of(&before, "record", "visits_made") + 2);
    assert_eq!(of(&sent, "record", "promises_due"), of(&before, "record", "promises_due") + 5);
    assert_eq!(sent["goals"][1]["key"], "own");
    assert_eq!(sent["goals"][1]["value"], 14_000);
    // The list says the same as the person's own page.
    let listed = world.get("/v1/figures?period=2026-06&offset=120&limit=500");
    let own = listed["items"].as_array().unwrap().iter().find(|one| one["person_id"] == nancy).unwrap();
    assert_eq!(own["record"], sent["record"]);
}

#[test]
fn whom_it_is_time_to_visit_is_the_same_on_the_device_and_in_the_office() {
    let world = World::new();
    let phone = Phone::enrol(&world.scratch, &world.server, "nancy", NANCY);
    settle(&phone);
    let mine = accounts(&phone);
    world.post(
        "/v1/reference/cadence",
        &json!({ "items": { "default": { "every_days": 30, "grace_days": 5 } } }),
    );
    phone.capture(&["visit", "--account", &mine[0]]);
    settle(&phone);
    let token = Caller::of(&world.server, NANCY);
    let (status, there) = token.ask(&world.server, "GET", "/v1/due?least=due&limit=500", &[], None);
    assert_eq!(status, 200);
    let here = phone.call(&["due"]).json();
    let told = |one: &Json| {
        let account = if one["account"].is_null() { &one["account_id"] } else { &one["account"] };
        let names = [
            "standing",
            "every_days",
            "grace_days",
            "last_visit",
            "due",
            "days_over",
            "urgency",
            "next_planned",
        ];
        json!([account, names.map(|name| one[name].clone())])
    };
    let of = |list: &Json| list.as_array().unwrap().iter().map(told).collect::<Vec<_>>();
    assert_eq!(of(&here), of(&there["items"]));
    assert!(!here.as_array().unwrap().is_empty());
    assert!(of(&here).iter().all(|one| one[0] != mine[0].as_str()), "who was visited today is not due");
}

#[test]
fn a_day_is_planned_without_a_connection_and_the_person_has_the_last_word() {
    let world = World::new();
    let phone = Phone::enrol(&world.scratch, &world.server, "nancy", NANCY);
    settle(&phone);
    let World { server, .. } = world;
    let mine = accounts(&phone);
    for (n, account) in mine.iter().take(4).enumerate() {
        let latitude = format!("latitude_microdeg={}", 47_600_000 + 50_000 * n as i64);
        phone.call(&["edit", account, "--set", &latitude, "--set", "longitude_microdeg=-122300000"]).ok();
    }
    // What lies nowhere is on no way.
    for account in &mine[4..] {
        phone.call(&["edit", account, "--set", "latitude_microdeg=", "--set", "longitude_microdeg="]).ok();
    }
    server.stop();
    let visit = phone.capture(&["visit", "--account", &mine[3], "--planned", "2026-12-01T09:00:00Z"]);
    let day = |more: &[&str]| {
        phone.call(&[&["plan", "--day", "2026-12-01", "--from", "47.6,-122.3"], more].concat()).json()
    };
    let keys = |day: &Json| -> Vec<String> {
        day["stops"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stop| stop["account"].as_str().unwrap().to_owned())
            .collect()
    };
    let made = day(&[]);
    assert_eq!(keys(&made), [&mine[0], &mine[1], &mine[2], &mine[3]].map(String::clone));
    assert_eq!(made["stops"][3]["visit"], visit.as_str());
    // Three times a twentieth of a degree of the mean great circle, each rounded.
    assert_eq!((&made["length_m"], &made["stops"][0]["leg_m"]), (&json!(3 * 5_560), &json!(0)));
    let own = ["--order", &visit, "--order", &mine[0], "--order", &mine[2]];
    let other = day(&[&["--leave-out", mine[1].as_str()], &own[..]].concat());
    assert_eq!(keys(&other), [&mine[3], &mine[0], &mine[2]].map(String::clone));
    assert!(other["length_m"].as_i64() > other["shortest_m"].as_i64());
    let few = day(&["--stops", "2"]);
    assert_eq!(keys(&few).len(), 2);
    let words = roadbook_tests::roadbook(["device", "--home", phone.home(), "plan", "--day", "2026-12-01"]);
    assert!(words.ok().contains("over the ground, from the first stop"));
}

#[test]
fn a_managers_coaching_reaches_the_phone_on_the_visit_and_in_tasks_and_is_answered() {
    let world = World::new();
    let phone = Phone::enrol(&world.scratch, &world.server, "nancy", NANCY);
    settle(&phone);
    let mine = accounts(&phone);
    let visit = phone.capture(&[
        "visit",
        "--account",
        &mine[0],
        "--outcome",
        "no_decision",
        "--notes",
        "Liked the cheese.",
    ]);
    settle(&phone);
    let manager = Caller::of(&world.server, MANAGER);
    let body = json!({
        "comment": "Good opening. Ask for the order before you leave.",
        "follow_up": { "subject": "Ask for the order at the next visit", "due": "2030-01-31" },
    });
    let path = format!("/v1/records/{visit}/coaching");
    let (status, coached) = manager.ask(&world.server, "POST", &path, &[], Some(&body));
    assert_eq!(status, 201, "{coached}");
    phone.sync();
    let task = coached["task_id"].as_str().unwrap();
    let shown = phone.call(&["show", task]).json();
    let fields = &shown["fields"];
    assert_eq!((&fields["task_type"], &fields["subject_id"]), (&json!("coaching"), &json!(visit)));
    assert_eq!(fields["assignee_id"], world.nancy());
    let tasks = phone.call(&["list", "task"]).json();
    assert!(
        tasks["records"].as_array().unwrap().iter().any(|one| one["record"] == task),
        "it is among the tasks"
    );
    let comment = phone.call(&["show", coached["comment_id"].as_str().unwrap()]).json();
    assert_eq!(comment["fields"]["subject_id"], visit.as_str(), "the comment stands on the visit");
    // It counts as a promise of its due day, and the answer goes the same way back.
    let day = phone.call(&["month", "--period", "2030-01-31"]).json();
    assert_eq!(day["record"]["promises_due"], 1);
    phone.capture(&["comment", "--on", &visit, "--body", "Did it: they took two boxes."]);
    phone.capture(&["edit", task, "--set", "state=done", "--set", "done_at=2026-11-28T10:00:00Z"]);
    settle(&phone);
    let (status, remarks) =
        manager.ask(&world.server, "GET", &format!("/v1/records/{visit}/remarks"), &[], None);
    assert_eq!(status, 200);
    let seen = remarks["items"].as_array().unwrap();
    assert!(seen.iter().any(|one| one["text"] == "Did it: they took two boxes."), "{remarks}");
    let done = seen.iter().find(|one| one["id"] == task).unwrap();
    assert_eq!((&done["state"], &done["assignee_name"]), (&json!("done"), &json!("Nancy Davolio")));
}
