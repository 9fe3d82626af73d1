//! Visits, calls, opportunities and cases from beginning to end: a rep's phone writes them offline, the office goes on with
//! them, and the phone, the lists of the office and the account's timeline agree on how each ended.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const OFFICE: &str = "office@northwind.example";
const NANCY: &str = "nancy.davolio@northwind.example";

struct World {
    _scratch: Scratch,
    server: Server,
    office: Caller,
    phone: Phone,
    account: String,
}

impl World {
    fn new() -> Self {
        let scratch = Scratch::new();
        let server = Server::start(&scratch);
        server.tool(&["import", "northwind", "--bundled"]).ok();
        let office = Caller::of(&server, OFFICE);
        let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
        phone.sync();
        let accounts = phone.call(&["list", "account"]).json();
        let account = accounts["records"][0]["record"].as_str().unwrap().to_owned();
        Self { _scratch: scratch, server, office, phone, account }
    }

    fn add(&self, kind: &str, fields: &[&str]) -> String {
        let set = fields.iter().flat_map(|field| ["--set", *field]);
        let args: Vec<&str> = ["add", kind, "--account", &self.account].into_iter().chain(set).collect();
        self.phone.capture(&args)
    }

    fn edit(&self, record: &str, fields: &[&str]) {
        let set = fields.iter().flat_map(|field| ["--set", *field]);
        self.phone.capture(&["edit", record].into_iter().chain(set).collect::<Vec<_>>());
    }

    /// Fields of a record on the phone.
    fn on_phone(&self, record: &str, names: &[&str]) -> Json {
        let shown = self.phone.call(&["show", record]).json();
        names.iter().map(|name| shown["fields"][*name].clone()).collect()
    }

    fn get(&self, path: &str) -> Json {
        let (status, body) = self.office.ask(&self.server, "GET", path, &[], None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The office writes fields of a record as it stands.
    fn write(&self, record: &str, document: &Json) {
        let path = format!("/v1/records/{record}");
        let version = format!("\"{}\"", self.get(&path)["version"]);
        let body = json!({ "document": document });
        let (status, said) =
            self.office.ask(&self.server, "PATCH", &path, &[("if-match", &version)], Some(&body));
        assert_eq!(status, 200, "{said}");
    }

    /// Some cells of a list of the office, at the account alone.
    fn listed(&self, list: &str, query: &str, names: &[&str]) -> Json {
        let body = self.get(&format!("/v1/{list}?account={}{query}", self.account));
        let rows = body["items"].as_array().unwrap().iter();
        rows.map(|row| names.iter().map(|name| row[*name].clone()).collect::<Json>()).collect()
    }
}

#[test]
fn opportunities_are_won_and_lost_for_a_reason_on_the_phone_and_at_the_desk() {
    let world = World::new();
    let amount = ["amount_minor=250000", "currency=USD", "expected_close=2026-12-15", "source=visit"];
    let fridge = world.add("opportunity", &[&["subject=A second fridge"][..], &amount].concat());
    let range =
        world.add("opportunity", &["subject=Winter range", "next_step=Offer", "next_step_due=2026-12-01"]);
    assert_eq!(world.on_phone(&fridge, &["stage"]), json!(["identified"]));
    for stage in ["qualified", "proposed", "negotiation"] {
        world.edit(&fridge, &[&format!("stage={stage}")]);
    }
    world.edit(&fridge, &["stage=won", "close_reason=service", "closed_at=2026-11-27T10:00:00Z"]);
    world.phone.sync();

    let cells = ["subject", "stage", "close_reason"];
    let won = json!([["A second fridge", "won", "service"]]);
    assert_eq!(world.listed("opportunities", "&open=false", &cells), won);
    assert_eq!(
        world.listed("opportunities", "&open=true", &cells),
        json!([["Winter range", "identified", null]])
    );
    assert_eq!(
        world.listed("opportunities", "&stage=won", &["amount_minor", "currency"]),
        json!([[250_000, "USD"]])
    );

    let lost = json!({ "stage": "lost", "close_reason": "competitor", "closed_at": "2026-11-28T09:00:00Z" });
    world.write(&range, &lost);
    world.phone.sync();
    assert_eq!(world.on_phone(&range, &["stage", "close_reason"]), json!(["lost", "competitor"]));
    assert_eq!(world.on_phone(&fridge, &["stage", "close_reason"]), json!(["won", "service"]));
    assert_eq!(world.listed("opportunities", "&open=true", &cells), json!([]));
    let timeline = world.get(&format!("/v1/accounts/{}/timeline?kind=opportunity", world.account));
    let told: Vec<[&Json; 2]> =
        timeline["items"].as_array().unwrap().iter().map(|row| [&row["title"], &row["outcome"]]).collect();
    assert_eq!(json!(told), json!([["Winter range", "competitor"], ["A second fridge", "service"]]));
}

#[test]
fn a_case_is_worked_on_offline_resolved_and_closed_by_the_office() {
    let world = World::new();
    let about = ["case_type=complaint", "subject=Two jars broken", "cause=damaged", "due=2026-12-04"];
    let case = world.add("case", &[&about[..], &["opened_at=2026-11-27T08:00:00Z"]].concat());
    world.add("case", &["case_type=return", "subject=Sends it back"]);
    assert_eq!(world.on_phone(&case, &["state"]), json!(["open"]));
    world.edit(&case, &["state=in_progress"]);
    world.phone.sync();
    let cells = ["subject", "state"];
    assert_eq!(
        world.listed("cases", "&open=true", &cells),
        json!([["Two jars broken", "in_progress"], ["Sends it back", "open"]])
    );

    let done = ["state=resolved", "remedy=replacement", "resolved_at=2026-11-28T08:00:00Z"];
    world.edit(&case, &[&done[..], &["resolution=Two new jars went with the van."]].concat());
    world.phone.sync();
    assert_eq!(world.listed("cases", "&open=true", &cells), json!([["Sends it back", "open"]]));
    world.write(&case, &json!({ "state": "closed" }));
    world.phone.sync();
    let end = ["state", "remedy", "resolution"];
    let ended = json!(["closed", "replacement", "Two new jars went with the van."]);
    assert_eq!(world.on_phone(&case, &end), ended);
    assert_eq!(world.listed("cases", "&open=false", &cells), json!([["Two jars broken", "closed"]]));
    let brief = world.phone.call(&["brief", &world.account]).ok();
    assert!(
        brief.contains("Sends it back") && !brief.contains("Two jars broken"),
        "what is over is no warning: {brief}"
    );
}

#[test]
fn what_is_agreed_on_the_telephone_is_kept_by_the_next_visit_which_says_what_is_next() {
    let world = World::new();
    let agreed = ["--outcome", "follow_up", "--next-step", "Bring samples"];
    let visit = world.phone.capture(&[&["visit", "--account", &world.account][..], &agreed].concat());
    let rang = ["direction=incoming", "outcome=follow_up", "started_at=2026-11-02T09:00:00Z"];
    let call =
        world.add("call", &[&rang[..], &["next_step=Send the list", "notes=Asked for prices."]].concat());
    world.phone.sync();
    let timeline = world.get(&format!("/v1/accounts/{}/timeline?limit=500", world.account));
    let row = |id: &str| {
        let all = timeline["items"].as_array().unwrap();
        let found = all.iter().find(|row| row["record_id"] == id).unwrap();
        json!([found["kind"], found["outcome"], found["person_name"]])
    };
    assert_eq!(row(&visit), json!(["visit", "follow_up", "Nancy Davolio"]));
    assert_eq!(row(&call), json!(["call", "follow_up", "Nancy Davolio"]));
    let brief = world.phone.call(&["brief", &world.account]).ok();
    assert!(brief.contains("Bring samples"), "{brief}");
    assert!(
        !brief.contains("Send the list"),
        "the visit kept what was agreed on the telephone before: {brief}"
    );
}
