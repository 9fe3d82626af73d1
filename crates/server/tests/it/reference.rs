//! Reference data over HTTP: all or nothing, every fault with its code and path, and what is the same makes no entry.

use roadbook_model::permission::Role;
use serde_json::{Value as Json, json};

use crate::orders::today;
use crate::support::{Answer, Beat, TestServer, ask_as, entries, token};

async fn publish(server: &TestServer, token: &str, set: &str, items: Json, dry_run: bool) -> Answer {
    let body = json!({ "items": items, "dry_run": dry_run });
    ask_as(server, token, "POST", &format!("/v1/reference/{set}"), &[], &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_is_read_and_what_is_the_same_makes_no_entry() {
    let server = TestServer::new().await;
    let office = token(&server, Role::Office).await;
    let list = json!({ "BASE": { "name": "Base", "currency": "EUR" } });
    let answer = publish(&server, &office, "price_lists", list.clone(), false).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    assert_eq!((&answer.json()["changed"], &answer.json()["removed"]), (&json!(1), &json!(0)));
    let prices = (0..2_000).map(|n| (format!("BASE/S{n:04}"), json!({ "unit_price_minor": n })));
    let prices = Json::Object(prices.collect());
    let before = entries(server.store()).await;
    let answer = publish(&server, &office, "prices", prices.clone(), false).await.json();
    assert_eq!(answer["changed"], 2_000);
    assert_eq!(entries(server.store()).await, before + 4, "in entries that a device stores at once");
    let again = publish(&server, &office, "prices", prices, false).await.json();
    assert_eq!((&again["unchanged"], &again["position"]), (&json!(2_000), &Json::Null));
    assert_eq!(entries(server.store()).await, before + 4);
    let page = ask_as(&server, &office, "GET", "/v1/reference/prices?limit=2", &[], &Json::Null).await.json();
    assert_eq!(page["items"][1]["key"], "BASE/S0001");
    let next = format!("/v1/reference/prices?limit=2&after={}", page["next"].as_str().unwrap());
    let page = ask_as(&server, &office, "GET", &next, &[], &Json::Null).await.json();
    assert_eq!(page["items"][0]["value"], json!({ "unit_price_minor": 2 }));
    for (q, keys) in [("S0007", 0), ("BASE/S0007", 1), ("%27%20!", 0)] {
        let path = format!("/v1/reference/prices?q={q}");
        let found = ask_as(&server, &office, "GET", &path, &[], &Json::Null).await.json();
        assert_eq!(found["items"].as_array().unwrap().len(), keys, "{q}");
    }
    let named = ask_as(&server, &office, "GET", "/v1/reference/price_lists?q=ba", &[], &Json::Null).await;
    assert_eq!(named.json()["items"][0]["key"], "BASE");
    let gone = publish(&server, &office, "price_lists", json!({ "BASE": null, "NONE": null }), false).await;
    assert_eq!((&gone.json()["removed"], &gone.json()["unchanged"]), (&json!(1), &json!(1)));
    let acts = "select count(*) from org.audit where action = 'reference.publish'";
    let acts: i64 = sqlx::query_scalar(acts).fetch_one(server.store().pool()).await.unwrap();
    assert_eq!(acts, 3, "what changed something is in the audit");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_fault_keeps_all_of_it_back_and_a_dry_run_names_every_one() {
    let server = TestServer::new().await;
    let office = token(&server, Role::Office).await;
    let before = entries(server.store()).await;
    let promotions = json!({
        "GOOD": { "name": "Good", "kind": "percent_off", "discount_bp": 100 },
        "BAD": { "name": "Bad", "kind": "percent_off", "discount_bp": 0, "valid_utnil": "2026-01-01", "tiers": ["gold"] },
    });
    let answer = publish(&server, &office, "promotions", promotions.clone(), false).await;
    assert_eq!(answer.outcome(), (422, "reference_invalid".to_owned()));
    assert!(answer.json()["detail"].as_str().unwrap().contains("BAD.valid_utnil"), "{}", answer.json());
    let dry = publish(&server, &office, "promotions", promotions, true).await.json();
    let faults: Vec<String> = dry["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| format!("{} {}", fault["code"].as_str().unwrap(), fault["path"]))
        .collect();
    assert_eq!(
        faults,
        [
            r#"unknown_field ["BAD","valid_utnil"]"#,
            r#"out_of_range ["BAD","discount_bp"]"#,
            r#"unknown_tier ["BAD","tiers","0"]"#
        ]
    );
    let prices = json!({ "NOWHERE/A": { "unit_price_minor": 1 } });
    assert_eq!(publish(&server, &office, "prices", prices, false).await.outcome().1, "reference_invalid");
    assert_eq!(entries(server.store()).await, before, "nothing was published");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_version_of_a_process_stays_and_its_faults_are_named() {
    let server = TestServer::new().await;
    let office = token(&server, Role::Office).await;
    let complaint: Json =
        serde_json::from_str(include_str!("../../../model/processes/complaint.json")).unwrap();
    let nobody =
        publish(&server, &office, "processes", json!({ "complaint@1": complaint }), true).await.json();
    assert_eq!(
        [&nobody["faults"][0]["code"], &nobody["faults"][0]["path"]],
        [&json!("unknown_department"), &json!(["complaint@1", "hand_offs", "tell_service"])]
    );
    let service = roadbook_model::DepartmentId::from_bytes([7; 16]);
    server.store().add_department(None, service, "Service", None).await.unwrap();
    let first = publish(&server, &office, "processes", json!({ "complaint@1": complaint }), false).await;
    assert_eq!(first.json()["changed"], 1, "{:?}", first.json());
    let mut changed = complaint.clone();
    changed["goal"] = json!("Another.");
    let refused = publish(&server, &office, "processes", json!({ "complaint@1": changed }), false).await;
    assert_eq!(refused.outcome(), (422, "reference_invalid".to_owned()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("version_published"));
    let removed = publish(&server, &office, "processes", json!({ "complaint@1": null }), false).await;
    assert_eq!(removed.status, 422, "runs keep it");
    changed["version"] = json!(2);
    let mut unfit = changed.clone();
    unfit["steps"][0]["title"] = json!("");
    let dry = publish(&server, &office, "processes", json!({ "complaint@2": unfit }), true).await.json();
    assert_eq!(dry["faults"][0]["path"], json!(["complaint@2", "steps", "listen"]));
    let second = publish(&server, &office, "processes", json!({ "complaint@2": changed }), false).await;
    assert_eq!(second.json()["changed"], 1);
    let mut withdrawn = complaint;
    withdrawn["is_offered"] = json!(false);
    let withdrawn = publish(&server, &office, "processes", json!({ "complaint@1": withdrawn }), false).await;
    assert_eq!(withdrawn.json()["changed"], 1, "that new runs begin with it is all that may change");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sets_are_not_published_here_and_not_by_everybody() {
    let server = TestServer::new().await;
    let (office, rep) = (token(&server, Role::Office).await, token(&server, Role::Rep).await);
    for set in ["people", "nothing"] {
        assert_eq!(publish(&server, &office, set, json!({}), false).await.outcome().0, 404, "{set}");
    }
    assert_eq!(publish(&server, &rep, "tiers", json!({}), false).await.outcome().0, 403);
    let items: serde_json::Map<String, Json> = (0..5_001).map(|n| (n.to_string(), Json::Null)).collect();
    assert_eq!(publish(&server, &office, "tiers", Json::Object(items), false).await.outcome().0, 413);
    server.stop().await;
}

const LINE: &str = "01234567-89ab-7def-8123-456789abcdef";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_captured_at_one_price_shows_what_it_costs_by_another() {
    let server = TestServer::new().await;
    let office = token(&server, Role::Office).await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let tea = json!({ "TEA": { "name": "Tea", "unit_price_minor": 600, "currency": "EUR" } });
    publish(&server, &office, "products", tea, false).await;
    let line = json!({
        "sku": "TEA", "quantity": 2, "unit_price_minor": 500, "discount_bp": 0, "own_price": false,
        "priced_net_minor": 900, "priced_as": "2x500-0/0/0",
    });
    let document =
        json!({ "state": "draft", "currency": "EUR", "order_date": today(), "lines": { LINE: line } });
    let path = format!("/v1/accounts/{account}/records");
    let made = json!({ "kind": "order", "document": document });
    let made = ask_as(&server, &office, "POST", &path, &[], &made).await;
    assert_eq!(made.status, 201, "{}", made.json());
    assert_eq!(made.json()["document"]["total_minor"], 900, "it comes to what it was priced at");
    let path = format!("/v1/records/{}/price", made.json()["id"].as_str().unwrap());
    let price = || async { ask_as(&server, &office, "GET", &path, &[], &Json::Null).await.json() };
    let seen = price().await;
    assert_eq!(
        [&seen["captured_minor"], &seen["priced_minor"], &seen["difference_minor"]],
        [900, 1_200, 300]
    );
    assert_eq!(seen["priced"]["lines"][0]["steps"][0]["why"], "Product: 2 x 600");
    let list = json!({ "NORTH": { "name": "North", "currency": "EUR", "territories": [beat.territory] } });
    publish(&server, &office, "price_lists", list, false).await;
    publish(&server, &office, "prices", json!({ "NORTH/TEA": { "unit_price_minor": 450 } }), false).await;
    let seen = price().await;
    assert_eq!([&seen["priced_minor"], &seen["difference_minor"]], [900, 0], "a list of its territory");
    let of_account = format!("/v1/records/{account}/price");
    let answer = ask_as(&server, &office, "GET", &of_account, &[], &Json::Null).await;
    assert_eq!(answer.outcome(), (422, "not_an_order".to_owned()));
    server.stop().await;
}
