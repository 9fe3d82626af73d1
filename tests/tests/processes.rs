//! The three processes that come with Roadbook, each going awry, with the real binary: carried out on phones without a signal,
//! taken over by managers, worked on in departments' queues.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const OFFICE: &str = "office@northwind.example";
const NANCY: &str = "nancy.davolio@northwind.example";
const ANNE: &str = "anne.dodsworth@northwind.example";
const ANDREW: &str = "andrew.fuller@northwind.example";

/// Northwind with the processes published.
fn world(scratch: &Scratch) -> Server {
    let server = Server::start(scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let published = server.tool(&["admin", "process", "publish", "--shipped"]).json();
    assert_eq!(published["published"], json!(["complaint@1", "refused_order@1", "stock_out@1"]));
    let again = server.tool(&["admin", "process", "publish", "--shipped"]).json();
    assert_eq!(again, json!({ "published": [], "departments": [] }));
    server
}

fn first_account(phone: &Phone) -> String {
    phone.call(&["list", "account"]).json()["records"][0]["record"].as_str().unwrap().to_owned()
}

fn start(phone: &Phone, process: &str, on: &str) -> String {
    let begun = phone.call(&["process", "start", process, "--on", on]).json();
    begun["record"].as_str().unwrap().to_owned()
}

fn answer(phone: &Phone, run: &str, step: &str, said: &str) -> Json {
    phone.call(&["process", "answer", run, step, said]).json()["run"].clone()
}

fn show(phone: &Phone, run: &str) -> Json {
    phone.call(&["process", "show", run]).json()
}

/// The open tasks about a run in a department's queue, as one of its members sees it.
fn queue(server: &Server, email: &str, code: &str, run: &str) -> Vec<Json> {
    let department = server.value(&format!("select id from org.department where code = '{code}'"));
    let department = department.as_str().unwrap();
    let person = server.value(&format!("select id from org.person where email = '{email}'"));
    let member = format!("/v1/departments/{department}/members/{}", person.as_str().unwrap());
    let office = Caller::of(server, OFFICE);
    assert_eq!(office.ask(server, "PUT", &member, &[], None).0, 200);
    let asked = Caller::of(server, email).ask(
        server,
        "GET",
        &format!("/v1/departments/{department}/queue"),
        &[],
        None,
    );
    let items = asked.1["items"].as_array().unwrap().clone();
    items.into_iter().filter(|task| task["subject_id"] == run).collect()
}

/// A condition: a person has an open task about a run.
fn has_task(run: &str, email: &str) -> String {
    format!(
        "select count(*) = 1 from record.tasks where subject_id = '{run}' and state = 'open' \
         and assignee_id = (select id from org.person where email = '{email}')"
    )
}

#[test]
fn a_complaint_goes_awry_on_two_phones_and_is_handed_over_once() {
    let scratch = Scratch::new();
    let mut server = world(&scratch);
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    let other = Phone::enrol(&scratch, &server, "nancy-tablet", NANCY);
    phone.sync();
    server.rest();
    let account = first_account(&phone);
    let visit = phone.capture(&["visit", "--account", &account, "--purpose", "service"]);
    let offered = phone.call(&["process", "list", "--on", &visit]).json()["offered"].clone();
    let offered: Vec<&str> =
        offered.as_array().unwrap().iter().map(|one| one["process"].as_str().unwrap()).collect();
    assert_eq!(offered, ["complaint", "stock_out"], "a refused order is about an order");
    assert_eq!(
        phone.call(&["process", "start", "refused_order", "--on", &visit]).error_code(),
        "not_offered"
    );
    let run = start(&phone, "complaint", &visit);
    assert_eq!(
        answer(&phone, &run, "listen", "yes")["open"],
        json!(["goods", "remedy", "promise", "satisfied"])
    );
    for (step, said) in [("goods", "money"), ("satisfied", "9"), ("remedy", ""), ("nowhere", "yes")] {
        let code = phone.call(&["process", "answer", &run, step, said]).error_code();
        assert!(["wrong_answer", "unknown_step"].contains(&code.as_str()), "{step}: {code}");
    }
    answer(&phone, &run, "goods", "delivery");
    server.restart();
    phone.sync();
    other.sync();
    server.rest();

    // Neither has a signal, and both find that nothing puts it right: that is no promise yet.
    let awry = answer(&phone, &run, "remedy", "nothing");
    assert_eq!(awry["awry"][0]["path"], "no_remedy", "it begins by itself, offline");
    assert_eq!(awry["open"][0], "no_remedy/manager");
    assert_eq!(awry["hand_offs"][0]["task_state"], Json::Null, "what failed is handed to nobody else");
    answer(&other, &run, "remedy", "nothing");
    // Both say what was promised, after which the service takes over.
    let promised = answer(&phone, &run, "promise", "A credit note by Friday");
    assert_eq!(promised["hand_offs"][0]["task_state"], "open", "captured with the answer");
    let same = answer(&other, &run, "promise", "A credit note by Friday");
    assert_eq!(same["hand_offs"][0]["task"], promised["hand_offs"][0]["task"], "the same task");
    server.restart();
    phone.sync();
    other.sync();
    phone.sync();
    for device in [&phone, &other] {
        assert_eq!(device.call(&["held"]).json(), json!([]), "nobody has to look at a refusal");
        assert_eq!(show(device, &run)["hand_offs"][0]["task_state"], "open");
    }
    let tasks = queue(&server, ANNE, "service", &run);
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0]["subject"], "Carry out what was promised to the customer");
    assert!(tasks[0]["due_at"].is_string());

    // The manager takes over, and answers on a phone of his own.
    server.until(&has_task(&run, ANDREW));
    let manager = Phone::enrol(&scratch, &server, "andrew", ANDREW);
    manager.sync();
    answer(&manager, &run, "no_remedy/manager", "yes");
    let agreed = answer(&manager, &run, "no_remedy/agreed", "A credit note");
    assert_eq!(agreed["awry"][0]["is_resolved"], true);
    manager.sync();
    phone.sync();
    let end = answer(&phone, &run, "satisfied", "4");
    assert_eq!((&end["state"], &end["met"]), (&json!("done"), &json!("met")));
    phone.sync();
    let stands = server.value(&format!("select state from record.runs where id = '{run}'"));
    assert_eq!(stands, "done");
    server.tool(&["verify"]).ok();
    server.stop();
}

#[test]
fn a_stock_out_goes_awry_when_the_customer_cancels() {
    let scratch = Scratch::new();
    let mut server = world(&scratch);
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    server.rest();
    let account = first_account(&phone);
    let order = phone.capture(&["order", "--account", &account, "--line", "011:12"]);
    let run = start(&phone, "stock_out", &order);
    let begun = show(&phone, &run);
    assert_eq!(begun["hand_offs"][0]["task_state"], "open", "purchasing is asked at the beginning");
    answer(&phone, &run, "tell", "yes");
    let used = phone.call(&["process", "used", &run, "substitute", "--worked", "no"]).json();
    assert_eq!(used["run"]["responses"][0]["used"], 1);
    let cancelled = answer(&phone, &run, "choice", "cancel");
    assert_eq!(cancelled["open"], json!(["cancelled/reason", "cancelled/back", "day"]));
    assert_eq!(phone.call(&["process", "finish", &run]).error_code(), "not_complete");

    // A version that is published meanwhile is for runs that begin later.
    server.restart();
    let mut next: Json =
        serde_json::from_str(include_str!("../../crates/model/processes/stock_out.json")).unwrap();
    next["version"] = json!(2);
    next["steps"][0]["title"] = json!("Call the customer");
    let file = scratch.path("next.json");
    std::fs::write(&file, next.to_string()).unwrap();
    let file = file.display().to_string();
    let checked = server.tool(&["admin", "process", "publish", "--file", &file, "--dry-run"]).json();
    assert_eq!(checked["faults"], json!([]));
    server.tool(&["admin", "process", "publish", "--file", &file]).ok();
    phone.sync();
    assert_eq!(show(&phone, &run)["version"], 1);
    let tasks = queue(&server, ANNE, "purchasing", &run);
    assert_eq!(tasks.len(), 1, "whatever their territories: {tasks:?}");
    server.until(&has_task(&run, ANDREW));

    server.rest();
    answer(&phone, &run, "cancelled/reason", "At the market hall");
    answer(&phone, &run, "cancelled/back", "In two weeks");
    let left_out = phone.call(&["process", "answer", &run, "day", "--skip"]).json()["run"].clone();
    assert_eq!((&left_out["state"], &left_out["met"]), (&json!("done"), &json!("met")));
    assert_eq!(phone.call(&["process", "answer", &run, "tell", "no"]).error_code(), "not_running");
    let newer = start(&phone, "stock_out", &order);
    assert_eq!(show(&phone, &newer)["version"], 2);

    // Practised without a signal: an answer is no work, and what the office hears is how often.
    let practise = |answers: &[&str]| {
        let said = answers.iter().flat_map(|answer| ["--answer", *answer]);
        let args: Vec<&str> = ["process", "practise", "stock_out"].into_iter().chain(said).collect();
        phone.call(&args)
    };
    let waiting = phone.call(&["status"]).json()["waiting"].clone();
    assert_eq!(practise(&["choice=dance"]).error_code(), "wrong_answer");
    assert_eq!(practise(&["tell=yes"]).json()["state"], "running");
    for _ in 0..2 {
        assert_eq!(practise(&["tell=yes", "day", "choice=wait"]).json()["state"], "done");
    }
    assert_eq!(phone.call(&["status"]).json()["waiting"], waiting);
    server.restart();
    phone.sync();
    let practised = server.tool(&["admin", "process", "practice", "stock_out", "--role", "rep"]).json();
    let nancy =
        practised.as_array().unwrap().iter().find(|row| row["person_name"] == "Nancy Davolio").unwrap();
    assert_eq!((&nancy["version"], &nancy["times"]), (&json!(2), &json!(2)));
    assert_eq!(server.value(&format!("select count(*) from record.run_awry where run_id = '{run}'")), 1);
    server.tool(&["verify"]).ok();
    server.stop();
}

#[test]
fn a_refused_order_goes_awry_by_what_the_office_decides_and_by_a_case() {
    let scratch = Scratch::new();
    let mut server = world(&scratch);
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let account = first_account(&phone);
    let order = phone.capture(&["order", "--account", &account, "--line", "011:12", "--submit"]);
    phone.sync();
    let run = start(&phone, "refused_order", &order);
    answer(&phone, &run, "reason", "credit");
    phone.sync();
    assert_eq!(queue(&server, ANNE, "finance", &run).len(), 1);
    assert_eq!(show(&phone, &run)["awry"], json!([]), "it was handed in, not refused");

    server.tool(&["admin", "decide", "reject", &order, "--text", "First the bill of March."]).ok();
    server.until(&has_task(&run, ANDREW));
    phone.sync();
    server.rest();
    let refused = show(&phone, &run);
    assert_eq!(
        (&refused["awry"][0]["path"], &refused["awry"][0]["is_taken"]),
        (&json!("refused_again"), &json!(true))
    );
    let about = format!("order_id={order}");
    let case = ["add", "case", "--account", &account, "--set", "case_type=complaint"];
    phone.call(&[&case[..], &["--set", "subject=Nobody called", "--set", &about]].concat()).ok();
    let complained = show(&phone, &run);
    assert_eq!(complained["awry"][1]["path"], "complains", "where the trigger is seen: offline");
    assert_eq!(complained["open"][0], "refused_again/talk");
    for (step, said) in [
        ("refused_again/talk", "yes"),
        ("refused_again/outcome", "Prepayment"),
        ("complains/call", "yes"),
        ("corrected", "yes"),
    ] {
        answer(&phone, &run, step, said);
    }
    let end = answer(&phone, &run, "told", "yes");
    assert_eq!(end["state"], "done");
    server.restart();
    phone.sync();
    let paths =
        server.rows(&format!("select path from record.run_awry where run_id = '{run}' order by path"));
    assert_eq!(paths, [json!({ "path": "complains" }), json!({ "path": "refused_again" })], "each once");
    server.tool(&["verify"]).ok();
    server.stop();
}

#[test]
fn a_process_runs_offline_about_a_record_of_each_of_five_kinds() {
    let scratch = Scratch::new();
    let mut server = world(&scratch);
    let mut anywhere: Json =
        serde_json::from_str(include_str!("../../crates/model/processes/stock_out.json")).unwrap();
    anywhere["process"] = json!("anywhere");
    anywhere["applies"]["kinds"] = json!([]);
    let file = scratch.path("anywhere.json");
    std::fs::write(&file, anywhere.to_string()).unwrap();
    server.tool(&["admin", "process", "publish", "--file", &file.display().to_string()]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    server.rest();

    let account = first_account(&phone);
    let add = |kind: &str, set: &[&str]| {
        let said = set.iter().flat_map(|set| ["--set", *set]);
        phone.capture(&["add", kind, "--account", &account].into_iter().chain(said).collect::<Vec<_>>())
    };
    let visit = phone.capture(&["visit", "--account", &account, "--purpose", "service"]);
    let order = phone.capture(&["order", "--account", &account, "--line", "011:12"]);
    let sale =
        add("opportunity", &["subject=Cheese for the winter", "stage=identified", "amount_minor=180000"]);
    let case =
        add("case", &["subject=Six jars broken", "case_type=complaint", "state=open", "cause=damaged"]);
    let task = phone.capture(&["task", "--account", &account, "--subject", "Call back"]);
    for about in [&visit, &order, &sale, &case, &task] {
        let run = start(&phone, "anywhere", about);
        answer(&phone, &run, "tell", "yes");
        phone.call(&["process", "answer", &run, "day", "--skip"]).ok();
        assert_eq!(answer(&phone, &run, "choice", "wait")["state"], "done", "{about}");
    }
    server.restart();
    phone.sync();
    assert_eq!(phone.call(&["held"]).json(), json!([]));
    let runs = server.rows(
        "select record.kind, runs.state from record.runs join sync.record on record.id = runs.subject_id
         where process = 'anywhere' order by record.kind",
    );
    let about = ["case", "opportunity", "order", "task", "visit"];
    let done = about.map(|kind| json!({ "kind": kind, "state": "done" }));
    assert_eq!(runs, done);
    server.tool(&["verify"]).ok();
    server.stop();
}
