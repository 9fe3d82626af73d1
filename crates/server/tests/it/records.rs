//! What the office writes itself, and the history of a record.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, RecordId};
use roadbook_protocol::entry::Subject;
use serde_json::{Value as Json, json};

use crate::desk::get;
use crate::support::{Answer, Beat, Device, TestServer, ask_as, document_of, entries, set, token, token_of};

/// A server with one beat, one account, and a token of the office.
struct Desk {
    server: TestServer,
    north: Beat,
    account: AccountId,
    office: String,
}

impl Desk {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let north = Beat::new(server.store(), "north").await;
        let account = north.account(server.store(), "Corner Shop").await;
        let office = token(&server, Role::Office).await;
        Self { server, north, account, office }
    }

    async fn add(&self, token: &str, body: Json, key: &str) -> Answer {
        let path = format!("/v1/accounts/{}/records", self.account);
        ask_as(&self.server, token, "POST", &path, &[("idempotency-key", key)], &body).await
    }

    /// Edits a record at a version.
    async fn edit(&self, record: &str, version: &Json, document: Json) -> Answer {
        let (path, tag) = (format!("/v1/records/{record}"), format!("\"{version}\""));
        let body = json!({ "document": document });
        ask_as(&self.server, &self.office, "PATCH", &path, &[("if-match", &tag)], &body).await
    }

    async fn read(&self, record: &str) -> Json {
        get(&self.server, &self.office, &format!("/v1/records/{record}")).await.json()
    }

    async fn history(&self, record: &str, query: &str) -> Json {
        get(&self.server, &self.office, &format!("/v1/records/{record}/history{query}")).await.json()
    }

    /// A rep's device writes a field of a record as it has it.
    async fn captures(
        &self,
        device: &mut Device,
        record: RecordId,
        kind: Kind,
        doc: &automerge::Automerge,
        edit: (&str, &str),
    ) {
        let lease = device.lease(self.server.store(), Subject::Account(self.account)).await;
        let item = device.edits(kind, record, &mut doc.clone(), lease, &[set(edit.0, edit.1)]);
        self.server.store().push(&device.row, vec![item]).await.unwrap();
    }
}

const LINE: &str = "01900000-0000-7000-8000-0000000000a1";
const OTHER: &str = "01900000-0000-7000-8000-0000000000a2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_office_adds_records_that_devices_get_like_any_other() {
    let desk = Desk::new().await;
    let order = json!({ "kind": "order", "document": {
        "state": "draft", "currency": "USD", "notes": "Call first.",
        "lines": [{ "id": LINE, "sku": "11", "quantity": 3, "unit_price_minor": 700 }],
    } });
    let made = desk.add(&desk.office, order.clone(), "one").await;
    assert_eq!(made.status, 201, "{:?}", made.outcome());
    let body = made.json();
    let id = body["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/v1/records/{id}"));
    assert_eq!(made.header("etag"), format!("\"{}\"", body["version"]));
    assert_eq!(
        json!([
            body["kind"],
            body["creator_name"],
            body["document"]["total_minor"],
            body["document"]["notes"]
        ]),
        json!(["order", "A office", 2100, "Call first."])
    );
    let again = desk.add(&desk.office, order, "one").await;
    assert_eq!((again.json(), again.header("idempotency-replayed")), (body.clone(), "true"));
    for (kind, document) in [
        ("visit", json!({ "state": "planned", "planned_start": "2030-01-01T09:00:00Z" })),
        ("task", json!({ "subject": "Call", "state": "open", "due": "2030-01-01" })),
        ("contact", json!({ "name": "Ann" })),
        ("comment", json!({ "subject_id": id, "body": "Good." })),
    ] {
        let made = desk.add(&desk.office, json!({ "kind": kind, "document": document }), kind).await;
        assert_eq!((made.status, made.json()["kind"].as_str()), (201, Some(kind)), "{:?}", made.outcome());
    }
    let counts = "select count(*) from record.timeline where account_id = $1";
    let count: i64 = sqlx::query_scalar(counts)
        .bind(desk.account.uuid())
        .fetch_one(desk.server.store().pool())
        .await
        .unwrap();
    assert_eq!(count, 5);
    // The rep goes on with it: it is a record like any other.
    let record: RecordId = id.parse().unwrap();
    let mut phone = desk.north.device(desk.server.store()).await;
    let doc = document_of(desk.server.store(), record).await;
    desk.captures(&mut phone, record, Kind::ORDER, &doc, ("reference", "PO 7")).await;
    assert_eq!(desk.read(id).await["document"]["reference"], "PO 7");
    assert_eq!(desk.server.store().verify().await.unwrap().problems, []);
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_added_is_refused_and_leaves_nothing() {
    let desk = Desk::new().await;
    let before = entries(desk.server.store()).await;
    let rep = token_of(&desk.server, desk.north.person, Role::Rep);
    for (token, body, outcome) in [
        (&desk.office, json!({ "kind": "task", "document": { "state": "open" } }), (422, "required")),
        (&desk.office, json!({ "kind": "task", "document": { "title": "x" } }), (422, "unknown_field")),
        (&desk.office, json!({ "kind": "task", "document": { "subject": 7 } }), (422, "wrong_type")),
        (&desk.office, json!({ "kind": "account", "document": { "name": "x" } }), (400, "malformed")),
        (&desk.office, json!({ "kind": "task", "document": [] }), (400, "malformed")),
        (&rep, json!({ "kind": "contact", "document": { "name": "Ann" } }), (403, "not_permitted")),
    ] {
        let answer = desk.add(token, body.clone(), &body.to_string()).await;
        assert_eq!(answer.outcome(), (outcome.0, outcome.1.to_owned()), "{body}");
    }
    assert_eq!(entries(desk.server.store()).await, before);
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_writes_what_it_names_and_nothing_else() {
    let desk = Desk::new().await;
    let order = json!({ "kind": "order", "document": {
        "state": "draft", "currency": "USD", "reference": "PO 7", "notes": "Call first.",
        "lines": [{ "id": LINE, "sku": "11", "quantity": 3, "unit_price_minor": 700 }],
    } });
    let made = desk.add(&desk.office, order, "one").await.json();
    let id = made["id"].as_str().unwrap();
    let edited = desk
        .edit(
            id,
            &made["version"],
            json!({
                "reference": null, "notes": "Call twice.",
                "lines": { LINE: { "quantity": 5 }, OTHER: { "sku": "12", "quantity": 1, "unit_price_minor": 50 } },
            }),
        )
        .await;
    assert_eq!(edited.status, 200, "{:?}", edited.outcome());
    let body = edited.json();
    assert_eq!(edited.header("etag"), format!("\"{}\"", body["version"]));
    let document = &body["document"];
    assert_eq!(
        json!([document["reference"], document["notes"], document["currency"], document["total_minor"]]),
        json!([null, "Call twice.", "USD", 3550])
    );
    let lines =
        json!([document["lines"][0]["sku"], document["lines"][0]["quantity"], document["lines"][1]["sku"]]);
    assert_eq!(lines, json!(["11", 5, "12"]));
    let removed = desk.edit(id, &body["version"], json!({ "lines": { LINE: null } })).await.json();
    assert_eq!(removed["document"]["lines"].as_array().map(Vec::len), Some(1));
    let same = desk.edit(id, &removed["version"], json!({ "notes": "Call twice." })).await;
    assert_eq!((same.status, same.json()), (200, removed.clone()), "there was nothing to write");

    let stale = desk.edit(id, &made["version"], json!({ "notes": "x" })).await;
    assert_eq!(stale.outcome(), (412, "stale".into()));
    for (document, code) in [
        (json!({ "currency": "dollars" }), "not_a_choice"),
        (json!({ "currency": null }), "required"),
        (json!({ "total": 7 }), "unknown_field"),
        (json!({ "lines": { LINE: { "quantity": 1 } } }), "required"),
    ] {
        let answer = desk.edit(id, &removed["version"], document.clone()).await;
        assert_eq!(answer.outcome(), (422, code.to_owned()), "{document}");
    }
    let unseen = format!("/v1/records/{id}");
    let unseen = ask_as(&desk.server, &desk.office, "PATCH", &unseen, &[], &json!({ "document": {} })).await;
    assert_eq!(unseen.outcome(), (428, "if_match_required".into()));
    desk.decides(id, "submit").await;
    desk.decides(id, "accept").await;
    let closed = desk.edit(id, &desk.read(id).await["version"], json!({ "notes": "late" })).await;
    assert_eq!(closed.outcome(), (409, "record_closed".into()));
    assert_eq!(desk.server.store().verify().await.unwrap().problems, []);
    desk.server.stop().await;
}

impl Desk {
    async fn decides(&self, record: &str, verb: &str) {
        let path = format!("/v1/records/{record}/requests");
        let answer = ask_as(&self.server, &self.office, "POST", &path, &[], &json!({ "verb": verb })).await;
        assert_eq!(answer.status, 200, "{verb}: {:?}", answer.outcome());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_says_who_changed_what_from_what() {
    let desk = Desk::new().await;
    let store = desk.server.store();
    let order =
        json!({ "kind": "order", "document": { "state": "draft", "currency": "USD", "reference": "PO 7" } });
    let made = desk.add(&desk.office, order, "one").await.json();
    let id = made["id"].as_str().unwrap();
    let record: RecordId = id.parse().unwrap();
    // Two devices write at once, each on what it saw; then the office, on both.
    let doc = document_of(store, record).await;
    let (mut one, mut two) = (desk.north.device(store).await, desk.north.device(store).await);
    desk.captures(&mut one, record, Kind::ORDER, &doc, ("reference", "PO 8")).await;
    desk.captures(&mut two, record, Kind::ORDER, &doc, ("reference", "PO 9")).await;
    let version = desk.read(id).await["version"].clone();
    let lines = json!({ "lines": { LINE: { "sku": "11", "quantity": 3, "unit_price_minor": 700 } }, "reference": "PO 10" });
    assert_eq!(desk.edit(id, &version, lines).await.status, 200);
    desk.decides(id, "submit").await;

    let told = desk.history(id, "").await;
    let steps: Vec<Json> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            json!([step["entry"], step["person_name"], step["device_name"], step["created"], step["state"]])
        })
        .collect();
    assert_eq!(
        Json::from(steps),
        json!([
            ["decision", "A office", null, false, "submitted"],
            ["changes", "A office", null, false, null],
            ["changes", "north", "phone", false, null],
            ["changes", "north", "phone", false, null],
            ["changes", "A office", null, true, null],
        ])
    );
    let fields = |step: usize| told["items"][step]["fields"].clone();
    assert_eq!(
        fields(2),
        json!([{ "path": ["reference"], "before": "PO 7", "after": "PO 9" }]),
        "as it saw it"
    );
    assert_eq!(fields(3), json!([{ "path": ["reference"], "before": "PO 7", "after": "PO 8" }]));
    let paths: Vec<_> = fields(1).as_array().unwrap().iter().map(|field| field["path"].clone()).collect();
    assert_eq!(Json::from(paths), json!([["lines", LINE], ["reference"]]));
    let first = fields(4);
    let first = first.as_array().unwrap().iter().find(|field| field["path"] == json!(["currency"])).unwrap();
    assert_eq!(json!([first["before"], first["after"]]), json!([null, "USD"]));

    let page = desk.history(id, "?limit=2").await;
    let rest = desk.history(id, &format!("?limit=9&after={}", page["next"].as_str().unwrap())).await;
    let all: Vec<_> =
        [&page, &rest].iter().flat_map(|page| page["items"].as_array().unwrap().clone()).collect();
    assert_eq!(Json::from(all), told["items"], "pages say the same as one");
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_tells_what_was_held_and_what_became_of_it() {
    let desk = Desk::new().await;
    let store = desk.server.store();
    let mut phone = desk.north.device(store).await;
    let lease = phone.lease(store, Subject::Account(desk.account)).await;
    let record = desk.account.record();
    // A field that only the office may write.
    let mut doc = document_of(store, record).await;
    let item = phone.edits(Kind::ACCOUNT, record, &mut doc, lease, &[set("external_id", "4711")]);
    let receipt = store.push(&phone.row, vec![item]).await.unwrap().receipts.remove(0);
    let told = desk.history(&record.to_string(), "?limit=1").await;
    let step = &told["items"][0];
    assert_eq!(
        json!([step["entry"], step["position"], step["person_name"], step["fields"]]),
        json!([step["entry"], receipt.position, "north", []])
    );
    assert!(["held", "refused"].iter().any(|word| step["entry"] == *word), "{step}");
    assert!(step["code"].is_string() && step["text"].is_string(), "{step}");
    desk.server.stop().await;
}
