//! Orders with the real binary: a submitted one is corrected on the phone, also while the office accepts it; a quote becomes one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::thread;

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const NANCY: &str = "nancy.davolio@northwind.example";
const OFFICE: &str = "office@northwind.example";

/// Nancy's phone with an account of hers, and the office.
struct Desk {
    server: Server,
    office: Caller,
    phone: Phone,
    account: String,
}

impl Desk {
    fn new(scratch: &Scratch) -> Self {
        let server = Server::start(scratch);
        server.tool(&["import", "northwind", "--bundled"]).ok();
        let phone = Phone::enrol(scratch, &server, "nancy", NANCY);
        phone.sync();
        let mine = phone.call(&["list", "account"]).json();
        let accounts = mine.as_array().or_else(|| mine["records"].as_array()).unwrap();
        let account = accounts[0]["record"].as_str().unwrap().to_owned();
        Self { office: Caller::of(&server, OFFICE), server, phone, account }
    }

    fn submitted(&self, more: &[&str]) -> String {
        let args = [&["order", "--submit", "--account", &self.account], more].concat();
        self.phone.call(&args).json()["record"].as_str().unwrap().to_owned()
    }

    fn shown(&self, order: &str) -> Json {
        self.phone.call(&["show", order]).json()
    }

    fn get(&self, path: &str) -> Json {
        let (status, answer) = self.office.ask(&self.server, "GET", path, &[], None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// What the office is answered when it accepts the order.
    fn accept(&self, order: &str) -> (u16, Json) {
        let path = format!("/v1/records/{order}/requests");
        self.office.ask(&self.server, "POST", &path, &[], Some(&json!({ "verb": "accept" })))
    }

    /// SKU and quantity of each line, as the office has them.
    fn lines(&self, order: &str) -> Vec<(String, i64)> {
        let record = self.get(&format!("/v1/records/{order}"));
        let lines = record["document"]["lines"].as_array().unwrap().iter();
        let mut lines: Vec<(String, i64)> = lines
            .map(|line| (line["sku"].as_str().unwrap().to_owned(), line["quantity"].as_i64().unwrap()))
            .collect();
        lines.sort();
        lines
    }
}

fn line(sku: &str, quantity: i64) -> (String, i64) {
    (sku.to_owned(), quantity)
}

#[test]
fn a_submitted_order_is_corrected_offline_under_its_number_and_its_history_says_who_changed_what() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch);
    let order = desk.submitted(&["--line", "034:10", "--line", "011:2"]);
    desk.phone.sync();
    let before = desk.shown(&order)["decision"].clone();
    assert_eq!((&before["state"], &before["total_minor"]), (&json!("submitted"), &json!(18_200)), "{before}");
    // A line less, another quantity, a discount of hers, a line more; nothing of it has left the phone.
    let changes = ["correct", &order, "--without", "011", "--line", "034:4:5%", "--line", "072:1@35.00"];
    let corrected = desk.phone.call(&changes).json();
    assert_eq!(corrected["priced"]["net_minor"], 8_820, "4 x 14.00 less 5%, and 35.00");
    let shown = desk.shown(&order);
    assert_eq!((&shown["state"], &shown["derived"]["total_minor"]), (&json!("submit asked"), &json!(8_820)));
    assert_eq!(desk.lines(&order), [line("011", 2), line("034", 10)], "the office has it as it was");
    desk.phone.sync();
    let after = desk.shown(&order)["decision"].clone();
    assert_eq!((&after["number"], &after["total_minor"]), (&before["number"], &json!(8_820)), "{after}");
    assert_eq!(after["state"], "submitted", "priced anew by the server, which comes to the same");
    assert_eq!(desk.lines(&order), [line("034", 4), line("072", 1)]);
    // One order, and its story.
    let orders = desk.get(&format!("/v1/orders?account={}&state=submitted", desk.account));
    let listed = orders["items"].as_array().unwrap().iter().filter(|row| row["number"] == before["number"]);
    assert_eq!(listed.count(), 1, "{orders}");
    let history = desk.get(&format!("/v1/records/{order}/history"));
    let steps: Vec<&Json> = history["items"].as_array().unwrap().iter().rev().collect();
    let told: Vec<Json> =
        steps.iter().map(|step| json!([step["entry"], step["verb"], step["person_name"]])).collect();
    let nancy = "Nancy Davolio";
    assert_eq!(
        Json::from(told),
        json!([
            ["changes", null, nancy],
            ["decision", "submit", nancy],
            ["decision", "reopen", nancy],
            ["changes", null, nancy],
            ["decision", "submit", nancy]
        ])
    );
    let fields = steps[3]["fields"].as_array().unwrap();
    let quantity = fields.iter().find(|field| field["path"][2] == "quantity").unwrap();
    assert_eq!((&quantity["before"], &quantity["after"]), (&json!(10), &json!(4)), "{quantity}");
    // Another correction, beyond what she may grant: it waits for a word, as any order does.
    desk.phone.call(&["correct", &order, "--line", "034:4:50%"]).json();
    desk.phone.sync();
    let waiting = desk.shown(&order)["decision"].clone();
    assert_eq!((&waiting["state"], &waiting["number"]), (&json!("to_approve"), &before["number"]));
    assert_eq!(desk.phone.call(&["correct", &order, "--without", "999"]).error_code(), "unknown_line");
}

#[test]
fn a_correction_that_comes_after_the_office_accepted_is_held_whole_and_refused_from_then_on() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch);
    let order = desk.submitted(&["--line", "034:10"]);
    desk.phone.sync();
    assert_eq!(desk.accept(&order).0, 200);
    desk.phone.call(&["correct", &order, "--line", "034:4"]).json();
    desk.phone.sync();
    let shown = desk.shown(&order);
    assert_eq!(
        (&shown["decision"]["state"], &shown["derived"]["total_minor"]),
        (&json!("accepted"), &json!(14_000))
    );
    assert_eq!(desk.lines(&order), [line("034", 10)]);
    let tray = desk.phone.call(&["held"]).json();
    let codes: Vec<&Json> = tray.as_array().unwrap().iter().map(|item| &item["reason"]["code"]).collect();
    assert_eq!(codes, ["wrong_state", "record_closed", "parent_held"], "{tray}");
    assert!(tray[1]["wrote"].to_string().contains("\"quantity\":4"), "what was written is all there: {tray}");
    let held = desk.get("/v1/held?state=held");
    assert_eq!(held["items"].as_array().unwrap().len(), 2, "the office sees it too");
    assert_eq!(desk.phone.call(&["correct", &order, "--line", "034:4"]).error_code(), "wrong_state");
}

#[test]
fn a_correction_and_the_offices_word_at_the_same_time_come_to_one_of_two_ends_and_lose_nothing() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch);
    for round in 0..6 {
        let order = desk.submitted(&["--line", "034:10"]);
        desk.phone.sync();
        desk.phone.call(&["correct", &order, "--line", "034:4"]).json();
        let accepted = thread::scope(|scope| {
            let sync = scope.spawn(|| desk.phone.sync());
            let accepted = desk.accept(&order);
            sync.join().unwrap();
            accepted
        });
        desk.phone.sync();
        let tray = desk.phone.call(&["held"]).json();
        let of_order: Vec<&Json> =
            tray.as_array().unwrap().iter().filter(|item| item["record"] == order.as_str()).collect();
        let (state, lines) = (desk.shown(&order)["decision"]["state"].clone(), desk.lines(&order));
        match lines.as_slice() {
            // Her correction was first; the office's word was about it, or came between its parts and was refused.
            [(_, 4)] => {
                assert_eq!(of_order, Vec::<&Json>::new(), "round {round}");
                let expected = if accepted.0 == 200 { "accepted" } else { "submitted" };
                assert_eq!(state, expected, "round {round}: {accepted:?}");
            }
            // The office was first.
            [(_, 10)] => {
                assert_eq!((accepted.0, &state), (200, &json!("accepted")), "round {round}");
                assert_eq!(of_order.len(), 3, "round {round}: {tray}");
            }
            _ => panic!("round {round}: {lines:?}"),
        }
        assert_eq!(desk.shown(&order)["fields"]["lines"].to_string().matches("\"quantity\"").count(), 1);
    }
}

#[test]
fn a_quote_becomes_an_order_without_a_signal_and_one_that_is_over_only_once_it_is_renewed() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch);
    let quote = |more: &[&str]| {
        let args = [&["order", "--quote", "--account", &desk.account, "--line", "034:10"], more].concat();
        desk.phone.call(&args).json()["record"].as_str().unwrap().to_owned()
    };
    let (lasts, over) = (quote(&[]), quote(&["--valid-until", "2020-02-29"]));
    desk.phone.sync();
    let quotes = desk.get(&format!("/v1/orders?account={}&state=quote", desk.account));
    let listed = quotes["items"].as_array().unwrap().iter().find(|row| row["id"] == lasts.as_str()).unwrap();
    let on_paper = listed["number"].as_str().unwrap();
    assert!(on_paper.starts_with('Q'), "{listed}");

    let submit = |order: &str| desk.phone.call(&["ask", "submit", order]);
    submit(&lasts).ok();
    assert_eq!(desk.shown(&lasts)["state"], "submit asked", "nothing has left the phone");
    assert_eq!(submit(&over).error_code(), "quote_expired");
    desk.phone.sync();
    let decided = |order: &str| {
        let decision = desk.shown(order)["decision"].clone();
        (decision["state"].clone(), decision["total_minor"].clone(), decision["review"].clone())
    };
    assert_eq!(
        decided(&lasts),
        (json!("submitted"), json!(14_000), Json::Null),
        "at the prices of the quote"
    );
    let number = desk.shown(&lasts)["decision"]["number"].as_str().unwrap().to_owned();
    let found = |number: &str| {
        let orders = desk.get(&format!("/v1/orders?number={number}"));
        orders["items"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(&number), [json!(lasts)]);
    assert_eq!(found(on_paper), [Json::Null; 0], "it is a quote no more");

    assert_eq!(desk.shown(&over)["decision"], Json::Null, "nothing was asked for it");
    desk.phone.call(&["edit", &over, "--set", "valid_until=2999-12-31"]).ok();
    submit(&over).ok();
    desk.phone.sync();
    assert_eq!(decided(&over), (json!("submitted"), json!(14_000), Json::Null));
}
