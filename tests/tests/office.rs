//! What an admin does for the organisation at the command line, over the API, with the real binary: people and their ways in,
//! departments, settings, moves by filter and by file, holdings that get an end, late work.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::{Answer, Phone, Scratch, Server, binary};
use serde_json::{Value as Json, json};

const NANCY: &str = "nancy.davolio@northwind.example";
const JANET: &str = "janet.leverling@northwind.example";
const ANNE: &str = "anne.dodsworth@northwind.example";
const ANNA: &str = "anna@example.org";

fn northwind(scratch: &Scratch) -> Server {
    let server = Server::start(scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    server
}

fn admin(server: &Server, args: &[&str]) -> Answer {
    server.tool(&[&["admin"], args].concat())
}

/// The same, where clocks are elsewhere.
fn admin_in(server: &Server, zone: &str, args: &[&str]) -> Json {
    let data = server.data().display().to_string();
    let all = ["--json", "admin"].iter().chain(args).copied().chain(["--data", &data]);
    let output = binary::command(all).env("TZ", zone).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(rows: &Json, field: &str) -> Vec<String> {
    let words = rows.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned());
    words.collect()
}

#[test]
fn people_come_in_work_in_departments_and_leave() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let person = |args: &[&str]| admin(&server, &[&["person"], args].concat());
    let added =
        person(&["add", ANNA, "--name", "Anna Berg", "--role", "rep", "--manager", "Andrew Fuller"]).json();
    assert_eq!(added["role"], "rep");
    assert_eq!(person(&["add", ANNA, "--name", "Again", "--role", "rep"]).error_code(), "email_taken");
    assert_eq!(person(&["edit", "nobody@example.org", "--role", "rep"]).error_code(), "unknown_person");
    assert!(names(&person(&["list", "--role", "rep"]).json(), "email").contains(&ANNA.to_owned()));
    let led = "select manager_id is not null from org.person where email = 'anna@example.org'";
    assert_eq!(server.value(led), true);
    let edited = person(&["edit", "Anna Berg", "--role", "manager", "--no-manager"]).json();
    assert_eq!(
        (&edited["role"], &edited["manager_id"], &edited["name"]),
        (&json!("manager"), &Json::Null, &json!("Anna Berg"))
    );

    let link = person(&["link", ANNA, "--hours", "4"]).json();
    assert!(link["url"].as_str().unwrap().contains("/link#"), "{link}");
    let picture = scratch.arg("anna.png");
    let code = person(&["code", ANNA, "--qr", "--png", &picture]).json();
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    let phone = Phone::blank(&scratch, "anna");
    phone.call(&["enrol", "--url", code["url"].as_str().unwrap(), "--name", "anna"]).ok();
    phone.sync();
    let old = server.value("select id from org.device where name = 'anna'");
    let code = person(&["code", ANNA, "--replaces", old.as_str().unwrap()]).json();
    let new = Phone::blank(&scratch, "anna-2");
    new.call(&["enrol", "--url", code["url"].as_str().unwrap(), "--name", "anna-2"]).ok();
    assert_eq!(server.value("select state from org.device where name = 'anna'"), "leaving");

    let department = |args: &[&str]| admin(&server, &[&["department"], args].concat());
    department(&["add", "Customer care", "--code", "care"]).ok();
    assert_eq!(department(&["rename", "nowhere", "Else"]).error_code(), "unknown_department");
    assert_eq!(department(&["rename", "care", "Helpdesk"]).json()["name"], "Helpdesk");
    let members = |done: Json| names(&done["members"], "name");
    assert_eq!(members(department(&["member", "add", "helpdesk", ANNA]).json()), ["Anna Berg"]);
    assert_eq!(members(department(&["member", "add", "care", ANNA]).json()), ["Anna Berg"], "twice is once");
    assert_eq!(department(&["queue", "care"]).json(), json!([]));
    assert_eq!(members(department(&["member", "remove", "care", ANNA]).json()), [""; 0]);
    department(&["remove", "care"]).ok();
    assert!(!names(&department(&["list"]).json(), "code").contains(&"care".to_owned()));

    let out = person(&["deactivate", ANNA]).json();
    assert_eq!((&out["person"]["active"], out["devices"].as_array().unwrap().len()), (&json!(false), 1));
    assert_eq!(names(&person(&["list", "--inactive"]).json(), "email"), [ANNA]);
    assert_eq!(person(&["reactivate", ANNA]).json()["active"], true);
    let audit = admin(&server, &["audit"]).json();
    let did = names(&audit, "action");
    for action in ["person.add", "person.deactivate", "department.add"] {
        assert!(did.contains(&action.to_owned()), "{action} in {did:?}");
    }
    server.stop();
}

#[test]
fn settings_and_what_is_published_are_read_and_changed() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let settings = |args: &[&str]| admin(&server, &[&["settings"], args].concat());
    let before = settings(&["show"]).json();
    let set = settings(&["set", "--offline-days", "14", "--seller-name", "Northwind Traders"]).json();
    assert_eq!((&set["offline_days"], &set["seller_name"]), (&json!(14), &json!("Northwind Traders")));
    assert_eq!(set["order_terms"], before["order_terms"], "what is not named stays");
    assert_eq!(settings(&["show"]).json(), set);
    assert_eq!(settings(&["set"]).code, 2, "say what");

    let file = scratch.arg("cadence.json");
    let publish =
        |more: &[&str]| admin(&server, &[&["reference", "publish", "cadence", &file], more].concat());
    std::fs::write(&file, json!({ "A": { "every_days": "often" } }).to_string()).unwrap();
    assert_ne!(publish(&["--dry-run"]).json()["faults"], json!([]), "it says what is wrong");
    std::fs::write(&file, json!({ "A": { "every_days": 10 } }).to_string()).unwrap();
    publish(&[]).ok();
    let rows = admin(&server, &["reference", "list", "cadence"]).json();
    assert_eq!((names(&rows, "key"), &rows[0]["value"]["every_days"]), (vec!["A".to_owned()], &json!(10)));
    assert_eq!(admin(&server, &["reference", "list", "nothing"]).error_code(), "not_found");
    server.stop();
}

#[test]
fn accounts_move_by_filter_by_file_and_to_the_territory_that_a_rep_holds() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let order = |args: &[&str]| admin(&server, &[&["move"], args].concat());
    let codes = "select jsonb_agg(code order by code) from org.territory join org.holder on territory_id = territory.id
                 join org.person on person.id = person_id where capacity <> 'cover' and email = ";
    let held = |email: &str| server.value(&format!("{codes}'{email}'"));
    let several = order(&["--account", "ALFKI", "--to", NANCY, "--dry-run"]).error();
    assert_eq!(several["code"], "which_territory");
    for code in held(NANCY).as_array().unwrap() {
        assert!(several["text"].as_str().unwrap().contains(code.as_str().unwrap()), "{several}");
    }

    // Anna covers what comes first by its code, and holds the harbour.
    let harbour = ["territory", "add", "HARBOUR", "The harbour"];
    admin(&server, &harbour).ok();
    admin(&server, &["person", "add", ANNA, "--name", "Anna Berg", "--role", "rep"]).ok();
    assert_eq!(order(&["--account", "ALFKI", "--to", ANNA]).error_code(), "no_territory");
    admin(&server, &["hold", ANNA, "06897", "--as", "cover"]).ok();
    assert_eq!(order(&["--account", "ALFKI", "--to", ANNA]).error_code(), "no_territory", "a cover is none");
    admin(&server, &["hold", ANNA, "HARBOUR"]).ok();
    let germans = ["--filter", "country=germany", "--filter", "city=Berlin"];
    let looked = order(&[&germans[..], &["--to", ANNA, "--dry-run"]].concat()).json();
    let id = server.value("select id from org.territory where code = 'HARBOUR'");
    let to = json!([{ "territory_id": id, "code": "HARBOUR", "name": "The harbour", "accounts": 1 }]);
    assert_eq!((&looked["accounts"], &looked["destinations"]), (&json!(1), &to));
    let moved = order(&[&germans[..], &["--to", ANNA]].concat()).json();
    assert_eq!((&moved["done"], &moved["destinations"]), (&json!(true), &to));
    let rows = order(&["accounts", moved["reassignment"].as_str().unwrap()]).json();
    assert_eq!(
        (names(&rows, "account_name"), names(&rows, "to")),
        (vec!["Alfreds Futterkiste".to_owned()], vec!["HARBOUR".to_owned()])
    );

    assert_eq!(order(&["--filter", "colour=red", "--to", "HARBOUR"]).error_code(), "bad_filter");
    let twice = ["--filter", "city=Berlin", "--filter", "city=Bern", "--to", "HARBOUR"];
    assert_eq!(order(&twice).error_code(), "bad_filter");
    let nowhere = ["--filter", "territory=NOWHERE", "--to", "HARBOUR"];
    assert_eq!(order(&nowhere).error_code(), "unknown_territory");

    let file = scratch.arg("moves.csv");
    std::fs::write(&file, "account,territory\nBLAUS,HARBOUR\nALFKI,06897\n").unwrap();
    let looked = order(&["--csv", &file, "--dry-run"]).json();
    assert_eq!(
        (&looked["done"], names(&looked["destinations"], "code")),
        (&json!(false), vec!["06897".to_owned(), "HARBOUR".to_owned()])
    );
    assert_eq!(order(&["--csv", &file]).json()["accounts"], 2);
    std::fs::write(&file, "account,territory\nNOBODY,HARBOUR\n").unwrap();
    assert_eq!(order(&["--csv", &file]).error_code(), "bad_csv");
    assert_eq!(order(&["--csv", &scratch.arg("none.csv")]).error_code(), "unreadable_file");
    server.stop();
}

#[test]
fn a_holding_gets_an_end_and_days_begin_where_the_caller_is() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let hold = |args: &[&str]| admin(&server, &[&["hold", JANET, "06897"], args].concat());
    hold(&["--as", "cover", "--policy", "review"]).ok();
    let of = "from org.holder join org.territory on territory.id = territory_id join org.person on person.id = person_id
              where code = '06897' and email = 'janet.leverling@northwind.example'";
    let end = || server.value(&format!("select to_at at time zone 'UTC' || ' ' || end_policy {of}"));
    let endless = || server.value(&format!("select to_at is null and end_policy = 'review' {of}"));
    assert_eq!(endless(), true);
    // Half a world away from UTC, and never with a summer time.
    admin_in(&server, "AAA-5", &["hold", JANET, "06897", "--until", "2098-01-02"]);
    assert_eq!(end(), "2098-01-01 19:00:00 review");
    hold(&["--to", "2098-03-01"]).ok();
    assert_eq!(end(), "2098-03-01 00:00:00 review");
    hold(&["--grace", "7"]).ok();
    assert_eq!(server.value(&format!("select end_grace_days {of}")), 7);
    assert_eq!(end(), "2098-03-01 00:00:00 review", "what is not said stays");
    hold(&["--until", "never"]).ok();
    assert_eq!(endless(), true);
    assert_eq!(hold(&["--until", "2001-01-01"]).error_code(), "past_time");
    assert_eq!(hold(&["--until", "soon"]).code, 2);

    let planned = [
        "move",
        "--from-rep",
        ANNE,
        "--cover",
        JANET,
        "--at",
        "2098-01-02",
        "--until",
        "2098-02-01T06:00:00Z",
    ];
    let made = admin_in(&server, "AAA+5", &planned);
    let shown = admin(&server, &["move", "status", made["reassignment"].as_str().unwrap()]).json();
    let at = |field: &str| shown[field].as_str().unwrap().to_owned();
    assert_eq!(
        (at("effect_at"), at("ends_at")),
        ("2098-01-02T05:00:00Z".into(), "2098-02-01T06:00:00Z".into())
    );
    server.stop();
}

#[test]
fn late_work_is_listed_with_the_move_that_made_it_late() {
    let scratch = Scratch::new();
    let server = northwind(&scratch);
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    assert_eq!(admin(&server, &["late", "list"]).json(), json!([]));
    let page = phone.call(&["list", "account", "--limit", "1"]).json();
    let account = page["records"][0]["record"].as_str().unwrap().to_owned();
    phone.capture(&["visit", "--account", &account, "--outcome", "follow_up", "--notes", "On the way."]);
    let moved = admin(&server, &["move", "--account", &account, "--to", "48075"]).json();
    phone.sync();
    let late = admin(&server, &["late", "list"]).json();
    assert_eq!(
        (late.as_array().unwrap().len(), &late[0]["reassignment"]["id"]),
        (1, &moved["reassignment"]),
        "{late}"
    );
    let of = |id: &str| admin(&server, &["late", "list", "--move", id]).json().as_array().unwrap().len();
    assert_eq!(of(moved["reassignment"].as_str().unwrap()), 1);
    assert_eq!(of("0196f3a0-0000-7000-8000-000000000001"), 0);
    server.stop();
}
