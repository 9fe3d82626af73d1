//! Submitted orders against the prices that stand: what differs or goes too far is said, waits, and is decided by people.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Envelope, Kind, PersonId, RecordId, Value, Verb};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};
use sqlx::{Connection, PgConnection};

use crate::support::{
    Answer, Beat, Database, TestServer, ask_as, entries, fields, id_bytes, person, text, token_of,
};

/// The day of an order whose own prices hold.
#[expect(clippy::disallowed_methods, reason = "the server judges as of its own clock")]
pub fn today() -> String {
    chrono::Utc::now().date_naive().to_string()
}

pub const LINE: &str = "01234567-89ab-7def-8123-456789abcdef";

/// A rep with an account, a manager above, the office, and tea at 600 with discretion up to 5% and 10%.
pub struct Shop {
    pub server: TestServer,
    pub beat: Beat,
    pub account: AccountId,
    pub rep: String,
    manager: String,
    pub office: String,
}

impl Shop {
    pub async fn new() -> Self {
        let server = TestServer::new().await;
        let [manager, office] = [("Mona", Role::Manager), ("Olga", Role::Office)];
        let manager = person(server.store(), manager.0, manager.1).await.id;
        let office = person(server.store(), office.0, office.1).await.id;
        let beat = Beat::led(server.store(), "north", Some(manager)).await;
        let account = beat.account(server.store(), "Corner Shop").await;
        let token = |person: PersonId, role| token_of(&server, person, role);
        let tokens = [(beat.person, Role::Rep), (manager, Role::Manager), (office, Role::Office)]
            .map(|(p, r)| token(p, r));
        let [rep, manager, office] = tokens;
        let shop = Self { server, beat, account, rep, manager, office };
        shop.publish(
            "products",
            json!({ "TEA": { "name": "Tea", "unit_price_minor": 600, "currency": "EUR" } }),
        )
        .await;
        let limits = |role: &str, bp: i64| json!({ "role": role, "line_discount_bp_max": bp, "header_discount_bp_max": 0, "goodwill_minor_max": 0, "currency": "EUR" });
        shop.publish("discretion", json!({ "rep": limits("rep", 500), "manager": limits("manager", 1_000) }))
            .await;
        shop
    }

    pub async fn publish(&self, set: &str, items: Json) {
        let path = format!("/v1/reference/{set}");
        let answer = self.ask(&self.office, "POST", &path, json!({ "items": items })).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    pub async fn ask(&self, token: &str, method: &str, path: &str, body: Json) -> Answer {
        ask_as(&self.server, token, method, path, &[], &body).await
    }

    /// An order of the rep's for two of tea: at a price, less a discount, as it was priced then.
    pub async fn order(&self, unit_minor: i64, discount_bp: i64) -> String {
        let net_minor = 2 * unit_minor * (10_000 - discount_bp) / 10_000;
        let line = fields(&[
            ("sku", text("TEA")),
            ("quantity", Value::Int(2)),
            ("unit_price_minor", Value::Int(unit_minor)),
            ("discount_bp", Value::Int(discount_bp)),
            ("own_price", Value::Bool(false)),
            ("priced_net_minor", Value::Int(net_minor)),
            ("priced_as", text(&format!("2x{unit_minor}-{discount_bp}/0/0"))),
        ]);
        self.captured(&[
            ("state", text("draft")),
            ("currency", text("EUR")),
            ("order_date", text(&today())),
            ("priced_tax_minor", Value::Int(0)),
            ("lines", Value::Map(fields(&[(LINE, Value::Map(line))]))),
        ])
        .await
    }

    /// An order of the rep's that says this.
    pub async fn captured(&self, content: &[(&str, Value)]) -> String {
        let id = RecordId::new(1_700_000_000_000, id_bytes());
        let envelope = Envelope {
            id,
            kind: Kind::ORDER,
            account: self.account,
            creator: self.beat.person,
            generation: 0,
        };
        let order = Imported {
            envelope,
            fields: fields(content),
            captured_ms: 1_700_000_000_000,
            territory: None,
            decision: None,
        };
        self.server.store().import(vec![order]).await.unwrap();
        id.to_string()
    }

    pub async fn decide(&self, token: &str, order: &str, verb: &str, why: Option<&str>) -> Answer {
        let body = match why {
            Some(why) => json!({ "verb": verb, "text": why }),
            None => json!({ "verb": verb }),
        };
        self.ask(token, "POST", &format!("/v1/records/{order}/requests"), body).await
    }

    /// The state that follows.
    pub async fn state(&self, token: &str, order: &str, verb: &str) -> String {
        let answer = self.decide(token, order, verb, None).await.json();
        answer["state"].as_str().map_or_else(|| answer.to_string(), str::to_owned)
    }

    /// The office writes into a record.
    pub async fn edit(&self, record: &str, document: Json) {
        let path = format!("/v1/records/{record}");
        let version = format!("\"{}\"", self.record(record).await["version"]);
        let (seen, body) = ([("if-match", version.as_str())], json!({ "document": document }));
        let answer = ask_as(&self.server, &self.office, "PATCH", &path, &seen, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    pub async fn record(&self, order: &str) -> Json {
        self.ask(&self.rep, "GET", &format!("/v1/records/{order}"), Json::Null).await.json()
    }

    /// What was done stands in the log and nowhere else.
    pub async fn end(self) {
        assert_eq!(self.server.store().verify().await.unwrap().problems, []);
        self.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_that_differs_is_shown_and_decided_and_never_changed_in_silence() {
    let shop = Shop::new().await;
    let kept = shop.order(500, 0).await;
    let submitted = shop.decide(&shop.rep, &kept, "submit", None).await.json();
    assert_eq!((&submitted["state"], &submitted["total_minor"]), (&json!("prices_differ"), &json!(1_000)));
    let review = &shop.record(&kept).await["decision"]["review"];
    assert_eq!(
        *review,
        json!({
            "captured_minor": 1_000, "captured_tax_minor": 0, "priced_minor": 1_200, "priced_tax_minor": 0,
            "differs": true, "reasons": [], "approver": null,
        })
    );
    let waiting = shop.ask(&shop.manager, "GET", "/v1/orders?state=prices_differ", Json::Null).await.json();
    assert_eq!(waiting["items"][0]["id"], kept.as_str(), "{waiting}");
    let early = shop.decide(&shop.office, &kept, "accept", None).await;
    assert_eq!(early.outcome(), (409, "wrong_state".to_owned()));
    let granted = shop.decide(&shop.rep, &kept, "keep_price", None).await;
    assert_eq!(granted.outcome(), (403, "not_permitted".to_owned()), "it would grant what nobody gave");
    let answer = shop.decide(&shop.manager, &kept, "keep_price", Some("Promised.")).await.json();
    assert_eq!((&answer["state"], &answer["total_minor"]), (&json!("submitted"), &json!(1_000)));
    let decision = &shop.record(&kept).await["decision"];
    assert_eq!((&decision["text"], &decision["verb"]), (&json!("Promised."), &json!("keep_price")));
    assert_eq!(shop.state(&shop.office, &kept, "accept").await, "accepted");

    let taken = shop.order(500, 0).await;
    assert_eq!(shop.state(&shop.rep, &taken, "submit").await, "prices_differ");
    let answer = shop.decide(&shop.rep, &taken, "take_price", None).await.json();
    assert_eq!((&answer["state"], &answer["total_minor"]), (&json!("submitted"), &json!(1_200)));
    let record = shop.record(&taken).await;
    let line = &record["document"]["lines"][0];
    assert_eq!(
        (&line["unit_price_minor"], &line["total_minor"], &record["document"]["total_minor"]),
        (&json!(600), &json!(1_200), &json!(1_200)),
        "the order says what it costs"
    );
    let same = shop.order(600, 500).await;
    assert_eq!(shop.state(&shop.rep, &same, "submit").await, "submitted", "there is nothing to say");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_beyond_discretion_or_credit_waits_for_whoever_may_approve_it() {
    let shop = Shop::new().await;
    let small = shop.order(600, 800).await;
    assert_eq!(shop.state(&shop.rep, &small, "submit").await, "to_approve");
    let review = &shop.record(&small).await["decision"]["review"];
    assert_eq!((&review["approver"], &review["differs"]), (&json!("manager"), &json!(false)));
    assert_eq!(review["reasons"], json!(["line_discount", "total_discount"]));
    assert_eq!(shop.decide(&shop.rep, &small, "approve", None).await.outcome().0, 403);
    assert_eq!(shop.state(&shop.manager, &small, "approve").await, "submitted");

    let large = shop.order(600, 2_000).await;
    assert_eq!(shop.state(&shop.rep, &large, "submit").await, "to_approve");
    let refused = shop.decide(&shop.manager, &large, "approve", None).await;
    assert_eq!(refused.outcome(), (403, "not_permitted".to_owned()), "it needs the word of the office");
    let given_back = shop.decide(&shop.manager, &large, "decline", Some("Too much.")).await;
    assert_eq!(given_back.outcome(), (403, "not_permitted".to_owned()), "nor may they give it back");
    for why in [None, Some(" ")] {
        assert_eq!(
            shop.decide(&shop.office, &large, "decline", why).await.outcome().0,
            403,
            "it says no why"
        );
    }
    let long = "x".repeat(2_001);
    assert_eq!(shop.decide(&shop.office, &large, "decline", Some(&long)).await.outcome().0, 400);
    let declined = shop.decide(&shop.office, &large, "decline", Some("<b>Too</b> much.")).await.json();
    assert_eq!(declined["state"], "rejected");
    assert_eq!(shop.record(&large).await["decision"]["text"], "<b>Too</b> much.", "as it was written");
    // It is open again.
    shop.edit(&large, json!({ "lines": { LINE: { "discount_bp": 0 } } })).await;
    assert_eq!(shop.state(&shop.rep, &large, "submit").await, "submitted");

    shop.edit(&shop.account.to_string(), json!({ "credit_hold": true })).await;
    let held = shop.order(600, 0).await;
    assert_eq!(shop.state(&shop.rep, &held, "submit").await, "to_approve");
    assert_eq!(shop.record(&held).await["decision"]["review"]["reasons"], json!(["credit_hold"]));
    assert_eq!(
        shop.state(&shop.office, &held, "accept").await,
        "accepted",
        "whoever may approve may accept at once"
    );
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_office_writes_of_an_order_is_priced_by_the_same_rules() {
    let shop = Shop::new().await;
    let sweet = json!({ "name": "Sweet weeks", "kind": "percent_off", "discount_bp": 500, "skus": ["TEA"] });
    shop.publish("promotions", json!({ "sweet": sweet })).await;
    let vat = json!({ "vat": { "name": "VAT", "class": "standard", "countries": ["*"], "rate_bp": 1_900 } });
    shop.publish("taxes", vat).await;
    // Taken in the console, without a price: 10 x 6.00 less 5%.
    let line = json!({ "sku": "TEA", "quantity": 10, "unit_price_minor": 0, "own_price": false });
    let taken = |line: &Json| {
        json!({ "kind": "order", "document": {
            "state": "draft", "currency": "EUR", "order_date": today(), "lines": { LINE: line },
        } })
    };
    let path = format!("/v1/accounts/{}/records", shop.account);
    let made = shop.ask(&shop.office, "POST", &path, taken(&line)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let order = made.json()["id"].as_str().unwrap().to_owned();
    let seen = async || {
        let document = shop.record(&order).await["document"].clone();
        let line = &document["lines"][0];
        json!([document["total_minor"], document["priced_tax_minor"], line["unit_price_minor"]])
    };
    assert_eq!(seen().await, json!([5_700, 1_083, 600]));
    assert_eq!(shop.state(&shop.office, &order, "submit").await, "submitted");
    // Corrected: 12 x 6.00 less 5%, and nothing differs from what the office itself says.
    assert_eq!(shop.state(&shop.office, &order, "reopen").await, "draft");
    shop.edit(&order, json!({ "lines": { LINE: { "quantity": 12 } } })).await;
    assert_eq!(seen().await, json!([6_840, 1_300, 600]));
    assert_eq!(shop.state(&shop.office, &order, "submit").await, "submitted");
    // What the office types is its own price, and stands.
    assert_eq!(shop.state(&shop.office, &order, "reopen").await, "draft");
    shop.edit(&order, json!({ "lines": { LINE: { "unit_price_minor": 500, "own_price": true } } })).await;
    assert_eq!(seen().await, json!([6_000, 1_140, 500]));
    assert_eq!(shop.state(&shop.office, &order, "submit").await, "submitted");
    // A discount on the whole changes the tax alone, and that is priced, too.
    assert_eq!(shop.state(&shop.office, &order, "reopen").await, "draft");
    shop.edit(&order, json!({ "header_discount_bp": 1_000 })).await;
    assert_eq!(seen().await, json!([5_400, 1_026, 500]));
    assert_eq!(shop.state(&shop.office, &order, "submit").await, "submitted");
    // What no list prices needs a price.
    let unknown = json!({ "sku": "GONE", "quantity": 1, "unit_price_minor": 0, "own_price": false });
    let refused = shop.ask(&shop.office, "POST", &path, taken(&unknown)).await;
    assert_eq!(refused.outcome(), (422, "no_price".to_owned()));
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_whose_prices_hold_is_not_the_reps_to_choose() {
    let shop = Shop::new().await;
    let half = json!({ "name": "Half", "kind": "percent_off", "discount_bp": 5_000, "valid_from": "2025-06-01", "valid_until": "2025-08-31" });
    shop.publish("promotions", json!({ "half": half })).await;
    let line = fields(&[
        ("sku", text("TEA")),
        ("quantity", Value::Int(2)),
        ("unit_price_minor", Value::Int(600)),
        ("priced_net_minor", Value::Int(600)),
        ("priced_as", text("2x600-0/0/0")),
    ]);
    for day in ["2025-07-01", "2131-01-01"] {
        let order = shop
            .captured(&[
                ("state", text("draft")),
                ("currency", text("EUR")),
                ("order_date", text(day)),
                ("lines", Value::Map(fields(&[(LINE, Value::Map(line.clone()))]))),
            ])
            .await;
        assert_eq!(shop.state(&shop.rep, &order, "submit").await, "prices_differ", "{day}");
        let review = shop.record(&order).await["decision"]["review"].clone();
        assert_eq!(
            json!([review["captured_minor"], review["priced_minor"], review["reasons"], review["approver"]]),
            json!([600, 1_200, ["dated"], "manager"]),
            "{day}"
        );
        assert_eq!(shop.state(&shop.rep, &order, "take_price").await, "to_approve", "{day}");
        assert_eq!(shop.state(&shop.manager, &order, "approve").await, "submitted", "{day}");
    }
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_device_submits_with_the_order_in_one_push_is_priced_too() {
    let shop = Shop::new().await;
    let store = shop.server.store();
    let mut device = shop.beat.device(store).await;
    let lease = device.lease(store, Subject::Account(shop.account)).await;
    let line = fields(&[
        ("sku", text("TEA")),
        ("quantity", Value::Int(2)),
        ("unit_price_minor", Value::Int(500)),
        ("own_price", Value::Bool(false)),
    ]);
    let content = fields(&[
        ("state", text("draft")),
        ("currency", text("EUR")),
        ("lines", Value::Map(fields(&[(LINE, Value::Map(line))]))),
    ]);
    let (order, created): (RecordId, _) = device.creates(Kind::ORDER, shop.account, lease, &content);
    let items = vec![created, device.asks(Verb::Submit, order, lease)];
    let answer = store.push(&device.row, items).await.unwrap();
    let taken = |outcome: &Outcome| matches!(outcome, Outcome::InRecord { late: false });
    assert!(answer.receipts.iter().all(|receipt| taken(&receipt.outcome)), "{answer:?}");
    let decision = &shop.record(&order.to_string()).await["decision"];
    assert_eq!(
        (&decision["state"], &decision["verb"], &decision["review"]["priced_minor"]),
        (&json!("prices_differ"), &json!("review"), &json!(1_200))
    );
    // Handed in and taken back at once: there is nothing to price any more.
    let (order, created) = device.creates(Kind::ORDER, shop.account, lease, &content);
    let items =
        vec![created, device.asks(Verb::Submit, order, lease), device.asks(Verb::Cancel, order, lease)];
    store.push(&device.row, items).await.unwrap();
    assert_eq!(shop.record(&order.to_string()).await["decision"]["state"], "cancelled");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_published_prices_nothing_is_held_against_an_order() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let order = beat.order(server.store(), account).await;
    let rep = token_of(&server, beat.person, Role::Rep);
    let path = format!("/v1/records/{order}/requests");
    let answer = ask_as(&server, &rep, "POST", &path, &[], &json!({ "verb": "submit" })).await.json();
    assert_eq!(answer["state"], "submitted");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn q9_a_quote_that_is_over_is_renewed_first_unless_a_device_may_have_been_in_time() {
    let shop = Shop::new().await;
    let line =
        fields(&[("sku", text("TEA")), ("quantity", Value::Int(1)), ("unit_price_minor", Value::Int(600))]);
    let quote = |until: &str| {
        [
            ("state", text("quote")),
            ("currency", text("EUR")),
            ("valid_until", text(until)),
            ("lines", Value::Map(fields(&[(LINE, Value::Map(line.clone()))]))),
        ]
    };
    let over = shop.captured(&quote("2020-02-29")).await;
    for token in [&shop.rep, &shop.office] {
        let refused = shop.decide(token, &over, "submit", None).await;
        assert_eq!(refused.outcome(), (409, "quote_expired".to_owned()));
    }
    let listed = shop.ask(&shop.rep, "GET", "/v1/orders?state=quote", Json::Null).await.json();
    assert_eq!(listed["items"][0]["valid_until"], "2020-02-29");
    shop.edit(&over, json!({ "valid_until": "2999-12-31" })).await;
    assert_eq!(shop.state(&shop.rep, &over, "submit").await, "submitted");
    // What a device brings may have been captured in time: it waits for a word, and is not lost.
    let store = shop.server.store();
    let mut device = shop.beat.device(store).await;
    let lease = device.lease(store, Subject::Account(shop.account)).await;
    let (order, created) = device.creates(Kind::ORDER, shop.account, lease, &fields(&quote("2020-02-29")));
    let items = vec![created, device.asks(Verb::Submit, order, lease)];
    store.push(&device.row, items).await.unwrap();
    let decision = &shop.record(&order.to_string()).await["decision"];
    assert_eq!(
        (&decision["state"], &decision["review"]["reasons"], &decision["review"]["approver"]),
        (&json!("to_approve"), &json!(["quote_expired"]), &json!("manager"))
    );
    shop.end().await;
}

/// What is captured, whatever it says of itself.
fn told(sku: &str, quantity: i64, unit_minor: i64) -> Json {
    json!({ LINE: { "sku": sku, "quantity": quantity, "unit_price_minor": unit_minor } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quantity_that_no_order_may_hold_is_refused_by_its_name_and_leaves_nothing_behind() {
    let shop = Shop::new().await;
    let path = format!("/v1/accounts/{}/records", shop.account);
    let before = entries(shop.server.store()).await;
    for quantity in [0, -1, -1_000_000, 1_000_001] {
        let order = json!({ "kind": "order", "document": {
            "state": "draft", "currency": "EUR", "lines": told("TEA", quantity, 600),
        } });
        let answer = shop.ask(&shop.office, "POST", &path, order).await;
        assert_eq!(answer.outcome(), (422, "out_of_range".to_owned()), "{quantity}: {}", answer.json());
        assert!(answer.json()["detail"].as_str().is_some_and(|text| text.starts_with("Quantity ")));
    }
    assert_eq!(entries(shop.server.store()).await, before, "nothing was written");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_product_and_one_of_another_currency_wait_for_a_word_and_hold_up_no_other_order() {
    let shop = Shop::new().await;
    shop.publish(
        "products",
        json!({ "YEN": { "name": "Sencha", "unit_price_minor": 600, "currency": "JPY" } }),
    )
    .await;
    // A list in another currency than its order has no say either.
    shop.publish("price_lists", json!({ "J": { "name": "Japan", "currency": "JPY" } })).await;
    shop.publish("prices", json!({ "J/TEA": { "unit_price_minor": 1 } })).await;
    let captured = async |sku: &str| {
        let line = fields(&[
            ("sku", text(sku)),
            ("quantity", Value::Int(2)),
            ("unit_price_minor", Value::Int(600)),
            ("own_price", Value::Bool(false)),
            ("priced_net_minor", Value::Int(1_200)),
            ("priced_as", text("2x600-0/0/0")),
        ]);
        let content = [
            ("state", text("draft")),
            ("currency", text("EUR")),
            ("priced_tax_minor", Value::Int(0)),
            ("lines", Value::Map(fields(&[(LINE, Value::Map(line))]))),
        ];
        shop.captured(&content).await
    };
    let [unknown, mixed, plain] = [captured("GONE").await, captured("YEN").await, captured("TEA").await];
    for (order, problem) in [(&unknown, "unknown_sku"), (&mixed, "currency_mix")] {
        assert_eq!(shop.state(&shop.rep, order, "submit").await, "to_approve");
        let decision = &shop.record(order).await["decision"];
        assert_eq!(decision["review"]["reasons"], json!(["no_list_price"]), "{decision}");
        assert_eq!(decision["total_minor"], 1_200, "it stands as it was captured");
        let price =
            shop.ask(&shop.office, "GET", &format!("/v1/records/{order}/price"), Json::Null).await.json();
        let codes: Vec<&Json> =
            price["priced"]["problems"].as_array().unwrap().iter().map(|problem| &problem["code"]).collect();
        assert!(codes.contains(&&json!(problem)), "{price}");
    }
    assert_eq!(shop.state(&shop.rep, &plain, "submit").await, "submitted", "the others go on");
    shop.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prices_that_do_not_fit_together_are_published_not_at_all() {
    let shop = Shop::new().await;
    shop.publish("price_lists", json!({ "L": { "name": "L", "currency": "EUR" } })).await;
    let before = entries(shop.server.store()).await;
    let breaks = |pairs: &[(i64, i64)]| {
        let breaks: Vec<Json> =
            pairs.iter().map(|(from, minor)| json!({ "from": from, "unit_price_minor": minor })).collect();
        json!({ "unit_price_minor": 600, "breaks": breaks })
    };
    let good = breaks(&[(10, 500), (20, 400)]);
    for (key, value, code) in [
        ("NOWHERE/TEA", good.clone(), "unknown_list"),
        ("L/TEA", breaks(&[(20, 400), (10, 500)]), "break_order"),
        ("L/TEA", breaks(&[(10, 500), (20, 501)]), "break_rises"),
        ("L/TEA", json!({ "unit_price_minor": -1 }), "out_of_range"),
        ("L/TEA", json!({ "unit_price_minor": 600, "currency": "USD" }), "unknown_field"),
    ] {
        let items = json!({ "items": { "L/GOOD": good, key: value } });
        let answer = shop.ask(&shop.office, "POST", "/v1/reference/prices", items).await;
        assert_eq!(answer.outcome(), (422, "reference_invalid".to_owned()), "{code}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(&format!("{code} at {key}")), "{detail}");
    }
    assert_eq!(entries(shop.server.store()).await, before, "nor anything beside them");
    shop.end().await;
}

/// As the model and the replica in TypeScript number them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_numbers_quotes_as_the_examples_of_all_languages_say() {
    let examples: Json =
        serde_json::from_str(include_str!("../../../../protocol/vectors/quotes/numbers.json")).unwrap();
    let database = Database::new().await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let vectors = examples["vectors"].as_array().unwrap();
    assert!(vectors.len() > 5);
    for example in vectors {
        let number: String = sqlx::query_scalar("select record.quote_number($1::text::uuid)")
            .bind(example["id"].as_str())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(example["number"], number.as_str(), "{example}");
    }
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sold_no_more_waits_for_a_managers_word_and_a_quote_is_found_by_its_number() {
    let shop = Shop::new().await;
    let quote = shop
        .captured(&[("state", text("quote")), ("currency", text("EUR")), ("order_date", text(&today()))])
        .await;
    let number = quote.parse::<RecordId>().unwrap().quote_number();
    let [by_word, by_number] = [format!("/v1/search?q={number}"), format!("/v1/orders?number={number}")];
    let found = shop.ask(&shop.rep, "GET", &by_word, Json::Null).await.json();
    assert_eq!(
        (&found["items"][0]["record_id"], &found["items"][0]["title"]),
        (&json!(quote), &json!(number))
    );
    let listed = shop.ask(&shop.rep, "GET", &by_number, Json::Null).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["number"]), (&json!(quote), &json!(number)));
    let timeline = format!("/v1/accounts/{}/timeline?kind=order", shop.account);
    let told = shop.ask(&shop.rep, "GET", &timeline, Json::Null).await.json();
    assert_eq!((&told["items"][0]["title"], &told["items"][0]["number"]), (&json!(number), &json!(number)));

    let tea = json!({ "name": "Tea", "unit_price_minor": 600, "currency": "EUR", "discontinued": true });
    shop.publish("products", json!({ "TEA": tea })).await;
    let order = shop.order(600, 0).await;
    assert_eq!(shop.state(&shop.rep, &order, "submit").await, "to_approve");
    let decision = shop.record(&order).await["decision"].clone();
    assert_eq!(
        (&decision["review"]["reasons"], &decision["review"]["approver"]),
        (&json!(["discontinued"]), &json!("manager")),
        "{decision}"
    );
    assert_eq!(shop.state(&shop.manager, &order, "approve").await, "submitted");
    let listed = shop.ask(&shop.rep, "GET", &by_number, Json::Null).await.json();
    assert_eq!(
        listed["items"].as_array().map(Vec::len),
        Some(1),
        "an order's number is no quote's: {listed}"
    );
    shop.end().await;
}
