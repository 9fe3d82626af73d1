//! Prices on Northwind, without a connection: what an order would cost, why, and what the rep may grant.

use roadbook_tests::api::Caller;
use roadbook_tests::{Phone, Scratch, Server};
use serde_json::{Value as Json, json};

const NANCY: &str = "nancy.davolio@northwind.example";

fn price(phone: &Phone, more: &[&str]) -> Json {
    let args = [&["price", "--day", "2026-12-01", "--account"], more].concat();
    phone.call(&args).json()
}

#[test]
fn an_order_is_priced_without_a_connection_with_its_trace_and_what_the_rep_may_grant() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    server.stop();
    let mine = phone.call(&["list", "account"]).json();
    let accounts = mine.as_array().or_else(|| mine["records"].as_array()).unwrap();
    let account = accounts[0]["record"].as_str().unwrap();
    // Queso Cabrales, 21.00: of 12 one is free, 231.00.
    let dozen = price(&phone, &[account, "--line", "011:12"]);
    assert_eq!(dozen["priced"]["net_minor"], 23_100);
    let steps = dozen["priced"]["lines"][0]["steps"].as_array().unwrap();
    let seen: Vec<Json> =
        steps.iter().map(|step| json!([step["kind"], step["rule"], step["after_minor"]])).collect();
    assert_eq!(Json::from(seen), json!([["list", "BASE", 25_200], ["promotion", "DAIRY-DOZEN", 23_100]]));
    assert_eq!(dozen["judgement"]["consent"], "within");
    // 5% off a line are a rep's, 6% are not: the manager is asked, and nothing is locked.
    let most = price(&phone, &[account, "--line", "011:1:5%"]);
    assert_eq!(most["judgement"]["consent"], "within");
    let more = price(&phone, &[account, "--line", "011:1:6%"]);
    assert_eq!(more["judgement"]["approver"], "manager");
    assert_eq!(more["judgement"]["reasons"][0]["code"], "line_discount");
    // What is not in the catalogue counts as it is written.
    let unknown = price(&phone, &[account, "--line", "NEW:2@7.00"]);
    assert_eq!(
        (&unknown["priced"]["net_minor"], &unknown["priced"]["problems"][0]["code"]),
        (&json!(1_400), &json!("unknown_sku"))
    );
    // A captured order comes to what it was priced at, and says so on the device: 10 x 14.00 less 2%.
    let order = phone.call(&["order", "--account", account, "--line", "034:10", "--discount", "2%"]).json();
    assert_eq!(
        (&order["priced"]["net_minor"], &order["judgement"]["consent"]),
        (&json!(13_720), &json!("within"))
    );
    let kept = phone.call(&["show", order["record"].as_str().unwrap()]).json();
    assert_eq!(kept["derived"]["total_minor"], 13_720, "{kept}");
    let words =
        phone.call(&["price", "--day", "2026-12-01", "--account", account, "--line", "011:12", "--explain"]);
    assert!(words.ok().contains("Dairy by the dozen: 1 free for 11 bought"));
    // Goods are taxed where they go.
    let abroad = price(&phone, &[account, "--line", "034:10", "--set", "ship_country=DK"]);
    assert_eq!(
        (&abroad["priced"]["net_minor"], &abroad["priced"]["tax_minor"]),
        (&json!(14_000), &json!(3_500))
    );
    let ordered = ["order", "--account", account, "--line", "034:10", "--set", "ship_country=DK"];
    let kept = phone.call(&ordered).json();
    assert_eq!(kept["priced"]["tax_minor"], 3_500, "and so it is captured");
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let mine = phone.call(&["list", "account"]).json();
    let accounts = mine.as_array().or_else(|| mine["records"].as_array()).unwrap();
    let account = accounts[0]["record"].as_str().unwrap();
    let office = Caller::of(&server, "office@northwind.example");
    let path = format!("/v1/records/{account}");
    let (_, record) = office.ask(&server, "GET", &path, &[], None);
    let version = format!("\"{}\"", record["version"]);
    let yen = json!({ "document": { "currency": "JPY" } });
    let (status, said) = office.ask(&server, "PATCH", &path, &[("if-match", &version)], Some(&yen));
    assert_eq!(status, 200, "{said}");
    let fan = json!({ "items": { "FAN": { "name": "Fan", "unit_price_minor": 1_200, "currency": "JPY" } } });
    let (status, said) = office.ask(&server, "POST", "/v1/reference/products", &[], Some(&fan));
    assert_eq!(status, 200, "{said}");
    phone.sync();
    server.stop();
    let fans = price(&phone, &[account, "--line", "FAN:3@1000", "--goodwill", "500"]);
    assert_eq!(
        (&fans["order"]["lines"][0]["own_price_minor"], &fans["order"]["goodwill_minor"]),
        (&json!(1_000), &json!(500)),
        "a yen has no hundredths"
    );
    let refused = |line: &str| phone.call(&["order", "--account", account, "--line", line]).error_code();
    assert_eq!(refused("FAN:1@10.50"), "too_many_decimals");
    assert_eq!(refused("011:1"), "currency_mix", "it is known, and priced in dollars alone");
    assert_eq!(refused("NOWHERE:1"), "unknown_product");
}

#[test]
fn an_order_beyond_the_limit_asks_for_a_word_offline_and_the_server_decides_likewise() {
    let scratch = Scratch::new();
    let mut server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    phone.sync();
    let mine = phone.call(&["list", "account"]).json();
    let accounts = mine.as_array().or_else(|| mine["records"].as_array()).unwrap();
    let account = accounts[0]["record"].as_str().unwrap();
    let office = Caller::of(&server, "office@northwind.example");
    let path = format!("/v1/records/{account}");
    let (_, record) = office.ask(&server, "GET", &path, &[], None);
    let version = format!("\"{}\"", record["version"]);
    let limit = json!({ "document": { "currency": "USD", "credit_limit_minor": 40_000 } });
    let (status, said) = office.ask(&server, "PATCH", &path, &[("if-match", &version)], Some(&limit));
    assert_eq!(status, 200, "{said}");
    phone.sync();
    server.rest();
    // Sasquatch Ale, 20 x 14.00 each time; what waits on the phone is owed already.
    let submit = || phone.call(&["order", "--account", account, "--line", "034:20", "--submit"]).json();
    let (first, second) = (submit(), submit());
    let gross_minor = first["priced"]["gross_minor"].as_i64().unwrap();
    assert_eq!(
        (&first["judgement"]["consent"], &first["judgement"]["credit_left_minor"]),
        (&json!("within"), &json!(40_000 - gross_minor))
    );
    assert_eq!(second["judgement"]["credit_left_minor"], 40_000 - 2 * gross_minor);
    let asked = &second["judgement"];
    assert_eq!((&asked["consent"], &asked["approver"]), (&json!("needs_approval"), &json!("office")));
    assert_eq!(asked["reasons"].as_array().map(Vec::len), Some(1), "{asked}");
    assert_eq!(asked["reasons"][0]["code"], "credit_limit");
    server.restart();
    phone.sync();
    let decided = |order: &Json| {
        let shown = phone.call(&["show", order["record"].as_str().unwrap()]).json();
        let decision = &shown["decision"];
        json!([decision["state"], decision["review"]["reasons"], decision["review"]["approver"]])
    };
    assert_eq!(decided(&first), json!(["submitted", null, null]));
    assert_eq!(decided(&second), json!(["to_approve", [asked["reasons"][0]["code"]], asked["approver"]]));
    let path = format!("/v1/records/{}/requests", second["record"].as_str().unwrap());
    let (status, said) = office.ask(&server, "POST", &path, &[], Some(&json!({ "verb": "approve" })));
    assert_eq!(status, 200, "{said}");
    phone.sync();
    assert_eq!(decided(&second)[0], "submitted", "the office said so");
}

/// Nancy's phone, and the office.
struct Desk {
    server: Server,
    office: Caller,
    phone: Phone,
}

impl Desk {
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Json) -> Json {
        let (status, answer) = self.office.ask(&self.server, method, path, headers, Some(body));
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    fn publish(&self, set: &str, items: Json) {
        self.ask("POST", &format!("/v1/reference/{set}"), &[], &json!({ "items": items }));
    }

    /// By which list product 034 is priced for an account, and at what.
    fn listed(&self, account: &str) -> (Json, Json) {
        let priced = price(&self.phone, &[account, "--line", "034:1"]);
        let step = &priced["priced"]["lines"][0]["steps"][0];
        (step["rule"].clone(), step["after_minor"].clone())
    }
}

#[test]
fn a_price_list_by_territory_prices_offline_as_on_the_server_and_follows_the_account() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    server.tool(&["import", "northwind", "--bundled"]).ok();
    let phone = Phone::enrol(&scratch, &server, "nancy", NANCY);
    let desk = Desk { office: Caller::of(&server, "office@northwind.example"), server, phone };
    desk.phone.sync();
    let mine = desk.phone.call(&["list", "account"]).json();
    let account =
        mine.as_array().or_else(|| mine["records"].as_array()).unwrap()[0]["record"].as_str().unwrap();
    let here = desk.phone.call(&["show", account]).json()["territory"].as_str().unwrap().to_owned();
    // A list for what lies above her territory: as published, and as the phone is told of the tree.
    let above = desk.ask("POST", "/v1/territories", &[], &json!({ "code": "COAST", "name": "The coast" }));
    let above = above["id"].as_str().unwrap();
    let put_under = |desk: &Desk, territory: &str, parent: Json| {
        let path = format!("/v1/territories/{territory}");
        let (_, node) = desk.office.ask(&desk.server, "GET", &path, &[], None);
        let version = format!("\"{}\"", node["version"]);
        desk.ask("PATCH", &path, &[("if-match", &version)], &json!({ "parent_id": parent }));
    };
    put_under(&desk, &here, json!(above));
    let list =
        json!({ "name": "The coast", "currency": "USD", "territories": [above], "valid_from": "2026-01-01" });
    desk.publish("price_lists", json!({ "COAST": list }));
    desk.publish("prices", json!({ "COAST/034": { "unit_price_minor": 1_111 } }));
    desk.phone.sync();
    let (coast, base) = ((json!("COAST"), json!(1_111)), (json!("BASE"), json!(1_400)));
    assert_eq!(desk.listed(account), coast);
    let capture = || {
        let order = desk.phone.call(&["order", "--account", account, "--line", "034:2", "--submit"]).json();
        order["record"].as_str().unwrap().to_owned()
    };
    let state = |order: &str| {
        desk.phone.sync();
        desk.phone.call(&["show", order]).json()["decision"].clone()
    };
    let order = capture();
    let decision = state(&order);
    assert_eq!(
        (&decision["state"], &decision["total_minor"]),
        (&json!("submitted"), &json!(2_222)),
        "{decision}"
    );
    assert_eq!(decision["review"], Json::Null, "the server had nothing to say of its price");

    // The account moves to another territory of hers: she keeps it, and the price follows.
    let there = desk.ask("POST", "/v1/territories", &[], &json!({ "code": "INLAND", "name": "Inland" }));
    let there = there["id"].as_str().unwrap();
    let nancy = desk.server.value(&format!("select to_jsonb(id) from org.person where email = '{NANCY}'"));
    let holder = json!({ "person_id": nancy, "capacity": "owner" });
    desk.ask("POST", &format!("/v1/territories/{there}/holders"), &[], &holder);
    let leases = "select to_jsonb(count(*)) from sync.lease where account_id is not null";
    let before = desk.server.value(leases);
    let to = json!({ "what": { "accounts": [account] }, "to": { "territory": there } });
    desk.ask("POST", "/v1/reassignments", &[], &to);
    assert_eq!(desk.listed(account), coast, "not before the phone was told");
    desk.phone.sync();
    assert_eq!(desk.listed(account), base);
    assert_eq!(desk.server.value(leases), before, "no lease changed hands for it");
    assert_eq!(state(&capture())["state"], "submitted");

    // And when the tree is changed above it.
    put_under(&desk, there, json!(above));
    desk.phone.sync();
    assert_eq!(desk.listed(account), coast);
    assert_eq!(state(&capture())["state"], "submitted");
    put_under(&desk, there, Json::Null);
    desk.phone.sync();
    assert_eq!(desk.listed(account), base);
}
