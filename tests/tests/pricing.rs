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
    let order = phone.call(&["order", "--account", account, "--line", "042:10", "--discount", "2%"]).json();
    assert_eq!(
        (&order["priced"]["net_minor"], &order["judgement"]["consent"]),
        (&json!(13_720), &json!("within"))
    );
    let kept = phone.call(&["show", order["record"].as_str().unwrap()]).json();
    assert_eq!(kept["derived"]["total_minor"], 13_720, "{kept}");
    let words =
        phone.call(&["price", "--day", "2026-12-01", "--account", account, "--line", "011:12", "--explain"]);
    assert!(words.ok().contains("Dairy by the dozen: 1 free for 11 bought"));
}

#[test]
fn what_waits_on_the_phone_is_owed_and_goods_are_taxed_where_they_go() {
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
    let limit = json!({ "document": { "currency": "USD", "credit_limit_minor": 40_000 } });
    let (status, said) = office.ask(&server, "PATCH", &path, &[("if-match", &version)], Some(&limit));
    assert_eq!(status, 200, "{said}");
    phone.sync();
    server.stop();
    // Singaporean Hokkien Fried Mee, 20 x 14.00 each time.
    let submit = || phone.call(&["order", "--account", account, "--line", "042:20", "--submit"]).json();
    let (first, second) = (submit(), submit());
    let gross_minor = first["priced"]["gross_minor"].as_i64().unwrap();
    assert_eq!(
        (&first["judgement"]["consent"], &first["judgement"]["credit_left_minor"]),
        (&json!("within"), &json!(40_000 - gross_minor))
    );
    assert_eq!(second["judgement"]["credit_left_minor"], 40_000 - 2 * gross_minor);
    assert_eq!(second["judgement"]["reasons"][0]["code"], "credit_limit");
    let abroad = price(&phone, &[account, "--line", "042:10", "--set", "ship_country=DK"]);
    assert_eq!(
        (&abroad["priced"]["net_minor"], &abroad["priced"]["tax_minor"]),
        (&json!(14_000), &json!(3_500))
    );
    let ordered = ["order", "--account", account, "--line", "042:10", "--set", "ship_country=DK"];
    let kept = phone.call(&ordered).json();
    assert_eq!(kept["priced"]["tax_minor"], 3_500, "and so it is captured");
}
