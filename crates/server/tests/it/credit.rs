//! What a customer may owe and what a person may grant, where an order is not alone: others of the same append, tax, another hand,
//! an account that was merged, a line that nothing prices.

use roadbook_model::permission::Role;
use roadbook_model::{Edit, Kind, RecordId, RequestId, Value, Verb};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::merge::Merge;
use serde_json::{Value as Json, json};

use crate::orders::{LINE, Shop, today};
use crate::support::{Device, ask_as, document_of, fields, id_bytes, text};

const OTHER: &str = "01234567-89ab-7def-8123-456789abcdf0";

/// Lines of one each: key, product, price, what it came to.
fn lines(all: &[(&str, &str, i64, i64)]) -> Value {
    let items = all.iter().map(|(key, sku, unit_minor, net_minor)| {
        let line = fields(&[
            ("sku", text(sku)),
            ("quantity", Value::Int(1)),
            ("unit_price_minor", Value::Int(*unit_minor)),
            ("priced_net_minor", Value::Int(*net_minor)),
            ("priced_as", text(&format!("1x{unit_minor}-0/0/0"))),
        ]);
        ((*key).to_owned(), Value::Map(line))
    });
    Value::Map(items.collect())
}

/// An order of one product, taxed.
fn content(sku: &str, unit_minor: i64, tax_minor: i64) -> [(&'static str, Value); 5] {
    [
        ("state", text("draft")),
        ("currency", text("EUR")),
        ("order_date", text(&today())),
        ("priced_tax_minor", Value::Int(tax_minor)),
        ("lines", lines(&[(LINE, sku, unit_minor, unit_minor)])),
    ]
}

fn state_and_reasons(record: &Json) -> Json {
    json!([record["decision"]["state"], record["decision"]["review"]["reasons"]])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_of_one_append_are_owed_one_after_the_other_and_a_replaced_one_not_at_all() {
    let shop = Shop::new().await;
    shop.edit(&shop.account.to_string(), json!({ "currency": "EUR", "credit_limit_minor": 1_000 })).await;
    let store = shop.server.store();
    let mut device = shop.beat.device(store).await;
    let lease = device.lease(store, Subject::Account(shop.account)).await;
    let order = |device: &mut Device| {
        device.creates(Kind::ORDER, shop.account, lease, &fields(&content("TEA", 600, 0)))
    };
    let ((first, one), (second, two)) = (order(&mut device), order(&mut device));
    let mut items = vec![one, two];
    items.extend([first, second].map(|id| device.asks(Verb::Submit, id, lease)));
    store.push(&device.row, items).await.unwrap();
    let seen = async |id: RecordId| state_and_reasons(&shop.record(&id.to_string()).await);
    assert_eq!(seen(first).await, json!(["submitted", null]), "it was the first, and within");
    assert_eq!(seen(second).await, json!(["to_approve", ["credit_limit"]]));
    // One that takes the place of another in the same go is not owed beside it.
    let cancel = device.asks(Verb::Cancel, second, lease);
    store.push(&device.row, vec![cancel]).await.unwrap();
    let (third, three) = order(&mut device);
    let items = vec![three, device.asks(Verb::Submit, third, lease), device.asks(Verb::Cancel, first, lease)];
    store.push(&device.row, items).await.unwrap();
    assert_eq!(seen(first).await[0], "cancelled");
    assert_eq!(seen(third).await, json!(["submitted", null]));
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rep_cannot_loosen_discretion_or_credit_by_editing_the_account_in_the_same_push() {
    let shop = Shop::new().await;
    shop.edit(&shop.account.to_string(), json!({ "currency": "EUR", "credit_limit_minor": 1_000 })).await;
    let vip = json!({ "role": "rep", "segment": "VIP", "line_discount_bp_max": 10_000, "header_discount_bp_max": 10_000, "goodwill_minor_max": 0, "currency": "EUR" });
    shop.publish("discretion", json!({ "vip": vip })).await;
    let store = shop.server.store();
    let mut device = shop.beat.device(store).await;
    let lease = device.lease(store, Subject::Account(shop.account)).await;
    let put = |name: &str, value: &str| Edit::Put { path: vec![name.to_owned()], value: text(value) };
    let mut profile = document_of(store, shop.account.record()).await;
    let edits = [put("segment", "VIP"), put("currency", "USD")];
    let edited = device.edits(Kind::ACCOUNT, shop.account.record(), &mut profile, lease, &edits);
    let granted = [content("TEA", 600, 0).to_vec(), vec![("header_discount_bp", Value::Int(4_000))]].concat();
    let (order, created) = device.creates(Kind::ORDER, shop.account, lease, &fields(&granted));
    // Another in the currency that the account was to have: what it may owe is not said in that one.
    let other = [content("TEA", 6_000, 0).to_vec(), vec![("currency", text("USD"))]].concat();
    let (other, other_created) = device.creates(Kind::ORDER, shop.account, lease, &fields(&other));
    let mut items = vec![edited, created, other_created];
    items.extend([order, other].map(|id| device.asks(Verb::Submit, id, lease)));
    let answer = store.push(&device.row, items).await.unwrap();
    assert!(
        matches!(&answer.receipts[0].outcome, Outcome::Refused(reason) if reason.code == "not_permitted"),
        "{answer:?}"
    );
    let seen = async |id: RecordId| shop.record(&id.to_string()).await["decision"]["review"].clone();
    let (review, other) = (seen(order).await, seen(other).await);
    assert_eq!(review["reasons"], json!(["header_discount", "total_discount"]));
    assert_eq!(
        (&other["reasons"][0], &other["approver"]),
        (&json!("no_list_price"), &json!("office")),
        "{other}"
    );
    assert_eq!(other["reasons"][1], "credit_currency");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_orders_are_owed_with_their_tax() {
    let shop = Shop::new().await;
    shop.edit(&shop.account.to_string(), json!({ "currency": "EUR", "credit_limit_minor": 1_000 })).await;
    shop.publish(
        "taxes",
        json!({ "vat": { "name": "VAT", "class": "standard", "countries": ["*"], "rate_bp": 1_900 } }),
    )
    .await;
    shop.publish(
        "products",
        json!({ "SALT": { "name": "Salt", "unit_price_minor": 430, "currency": "EUR" } }),
    )
    .await;
    // 4.30 and 19% are 5.12; twice that is above 10.00, while twice 4.30 is not, nor 4.30 and 5.12.
    let [first, second] =
        [shop.captured(&content("SALT", 430, 82)).await, shop.captured(&content("SALT", 430, 82)).await];
    assert_eq!(shop.state(&shop.rep, &first, "submit").await, "submitted");
    assert_eq!(shop.state(&shop.rep, &second, "submit").await, "to_approve");
    assert_eq!(state_and_reasons(&shop.record(&second).await), json!(["to_approve", ["credit_limit"]]));
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_stays_owed_until_the_office_says_what_is_owed() {
    let shop = Shop::new().await;
    let account = shop.account.to_string();
    let terms = json!({ "currency": "EUR", "credit_limit_minor": 1_000, "owed_minor": 0 });
    shop.edit(&account, terms).await;
    let order = async || shop.captured(&content("TEA", 600, 0)).await;
    let (first, second, third) = (order().await, order().await, order().await);
    assert_eq!(shop.state(&shop.rep, &first, "submit").await, "submitted");
    assert_eq!(shop.state(&shop.office, &first, "accept").await, "accepted");
    assert_eq!(shop.state(&shop.rep, &second, "submit").await, "to_approve", "the first is still owed");
    assert_eq!(shop.state(&shop.rep, &second, "cancel").await, "cancelled");
    // The system behind knows of it by now, and it was paid: the same word, said anew.
    shop.edit(&account, json!({ "owed_minor": 0 })).await;
    assert_eq!(shop.state(&shop.rep, &third, "submit").await, "submitted");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_grants_is_judged_by_their_own_role_whoever_made_the_order() {
    let shop = Shop::new().await;
    let document = json!({
        "state": "draft", "currency": "EUR", "order_date": today(),
        "lines": [{ "id": LINE, "sku": "TEA", "quantity": 1, "unit_price_minor": 600 }],
    });
    let path = format!("/v1/accounts/{}/records", shop.account);
    let body = json!({ "kind": "order", "document": document });
    let key = [("idempotency-key", "one")];
    let made = ask_as(&shop.server, &shop.office, "POST", &path, &key, &body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let order: RecordId = made.json()["id"].as_str().unwrap().parse().unwrap();

    let store = shop.server.store();
    let mut device = shop.beat.device(store).await;
    let lease = device.lease(store, Subject::Account(shop.account)).await;
    let put = |path: &[&str], value: Value| Edit::Put {
        path: path.iter().map(|name| (*name).to_owned()).collect(),
        value,
    };
    let edits = [
        put(&["header_discount_bp"], Value::Int(9_000)),
        put(&["lines", LINE, "priced_net_minor"], Value::Int(60)),
        put(&["lines", LINE, "priced_as"], text("1x600-0/9000/0")),
    ];
    let mut doc = document_of(store, order).await;
    let edited = device.edits(Kind::ORDER, order, &mut doc, lease, &edits);
    store.push(&device.row, vec![edited]).await.unwrap();
    let asks = async |token: &str| {
        let path = format!("/v1/records/{order}/price");
        shop.ask(token, "GET", &path, Json::Null).await.json()["needs_approval"].clone()
    };
    assert_eq!((asks(&shop.office).await, asks(&shop.rep).await), (json!(false), json!(true)));
    let submit = device.asks(Verb::Submit, order, lease);
    store.push(&device.row, vec![submit]).await.unwrap();
    let record = shop.record(&order.to_string()).await;
    assert_eq!(
        state_and_reasons(&record),
        json!(["to_approve", ["header_discount", "total_discount"]]),
        "the office made it, and the rep gave it away"
    );
    assert_eq!(record["decision"]["review"]["approver"], "office");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_a_merged_account_is_priced_owed_and_sent_as_that_of_the_one_it_is_part_of() {
    let shop = Shop::new().await;
    let store = shop.server.store();
    let root = shop.beat.account(store, "Root & Sons").await;
    shop.edit(
        &root.to_string(),
        json!({ "currency": "EUR", "credit_limit_minor": 1_000, "price_list": "low" }),
    )
    .await;
    shop.publish(
        "price_lists",
        json!({ "low": { "name": "Low", "currency": "EUR", "accounts": ["nobody"] } }),
    )
    .await;
    shop.publish("prices", json!({ "low/TEA": { "unit_price_minor": 590 } })).await;
    let body = json!({ "kind": "contact", "document": { "name": "Ann Example" } });
    let path = format!("/v1/accounts/{}/records", shop.account);
    let key = [("idempotency-key", "contact")];
    let contact = ask_as(&shop.server, &shop.office, "POST", &path, &key, &body).await.json();
    let named = [("contact_id", text(contact["id"].as_str().unwrap()))];
    let order = [content("TEA", 590, 0).to_vec(), named.to_vec()].concat();
    let [first, second] = [shop.captured(&order).await, shop.captured(&order).await];

    let by = By::at_console(shop.beat.person, Role::Office);
    let merge = Merge { account: shop.account, into: root, terms: EndTerms::default() };
    store.merge_accounts(&by, &merge, RequestId::new(1, id_bytes()).uuid()).await.unwrap();

    assert_eq!(shop.state(&shop.rep, &first, "submit").await, "submitted", "at the price of the root's list");
    assert_eq!(shop.state(&shop.rep, &second, "submit").await, "to_approve");
    assert_eq!(state_and_reasons(&shop.record(&second).await), json!(["to_approve", ["credit_limit"]]));
    let price = shop.ask(&shop.rep, "GET", &format!("/v1/records/{first}/price"), Json::Null).await.json();
    assert_eq!((&price["priced_minor"], &price["difference_minor"]), (&json!(590), &json!(0)));
    let sheet = shop.ask(&shop.rep, "GET", &format!("/v1/orders/{first}"), Json::Null).await.json();
    assert_eq!(
        (&sheet["buyer"]["name"], &sheet["contact_name"]),
        (&json!("Root & Sons"), &json!("Ann Example"))
    );
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_nothing_prices_hides_no_other_whose_price_differs() {
    let shop = Shop::new().await;
    let mixed = |tea_minor: i64| {
        [
            ("state", text("draft")),
            ("currency", text("EUR")),
            ("order_date", text(&today())),
            ("priced_tax_minor", Value::Int(0)),
            ("lines", lines(&[(LINE, "TEA", tea_minor, tea_minor), (OTHER, "GONE", 1_299, 1_299)])),
        ]
    };
    let other = shop.captured(&mixed(500)).await;
    assert_eq!(shop.state(&shop.rep, &other, "submit").await, "prices_differ");
    let review = shop.record(&other).await["decision"]["review"].clone();
    assert_eq!(
        json!([review["captured_minor"], review["priced_minor"], review["reasons"]]),
        json!([1_799, 1_899, ["no_list_price"]]),
        "the other line counts on both sides at what it was captured at"
    );
    assert_eq!(shop.state(&shop.rep, &other, "take_price").await, "to_approve");
    let record = shop.record(&other).await;
    let of = |sku: &str| {
        let lines = record["document"]["lines"].as_array().unwrap();
        lines.iter().find(|line| line["sku"] == sku).unwrap()["total_minor"].clone()
    };
    assert_eq!((of("TEA"), of("GONE")), (json!(600), json!(1_299)));
    let same = shop.captured(&mixed(600)).await;
    assert_eq!(shop.state(&shop.rep, &same, "submit").await, "to_approve", "only its price is not known");
    // One that is too dear by as much as another is too cheap: the sum is the same, and the lines are not.
    shop.publish(
        "products",
        json!({ "GONE": { "name": "Back", "unit_price_minor": 1_399, "currency": "EUR" } }),
    )
    .await;
    let both = shop.captured(&mixed(700)).await;
    assert_eq!(shop.state(&shop.rep, &both, "submit").await, "prices_differ");
    let review = shop.record(&both).await["decision"]["review"].clone();
    assert_eq!((&review["captured_minor"], &review["priced_minor"]), (&json!(1_999), &json!(1_999)));
    shop.end().await;
}
