//! What the office's console reads: a record, an account's story, visits, tasks and orders in lists, each in reach only.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Envelope, Fields, Kind, RecordId, Value};
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::office::people::NewPerson;
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};

use crate::support::{
    Answer, Beat, TestServer, ask_as, document_of, fields, id_bytes, open_stream, set, text, token, token_of,
};

/// A moment of a day in June 2025.
pub fn june(day: i64, hour: i64) -> Value {
    Value::Timestamp(1_748_736_000_000 + ((day - 1) * 24 + hour) * 3_600_000)
}

/// A record of an account, as another system knew it.
pub async fn has(store: &Store, beat: &Beat, account: AccountId, kind: Kind, content: Fields) -> RecordId {
    let id = RecordId::new(1_700_000_000_000, id_bytes());
    let envelope = Envelope { id, kind, account, creator: beat.person, generation: 0 };
    let imported = Imported {
        envelope,
        fields: content,
        captured_ms: 1_700_000_000_000,
        territory: None,
        decision: None,
    };
    store.import(vec![imported]).await.unwrap();
    id
}

async fn visit(store: &Store, beat: &Beat, account: AccountId, subject: &str, at: Value) -> RecordId {
    let content = [
        ("state", text("checked_in")),
        ("subject", text(subject)),
        ("checked_in_at", at),
        ("notes", Value::Text("Asked for the new list.".into())),
    ];
    has(store, beat, account, Kind::VISIT, fields(&content)).await
}

async fn task(store: &Store, beat: &Beat, account: AccountId, subject: &str, due: Option<&str>) -> RecordId {
    let mut content = vec![("subject", text(subject)), ("state", text("open"))];
    content.extend(due.map(|due| ("due", text(due))));
    content.push(("assignee_id", text(&beat.person.to_string())));
    has(store, beat, account, Kind::TASK, fields(&content)).await
}

pub async fn get(server: &TestServer, token: &str, path: &str) -> Answer {
    ask_as(server, token, "GET", path, &[], &Json::Null).await
}

/// One key of every item of a list, page by page, so that the pages are tested with it.
pub async fn listed(server: &TestServer, token: &str, path: &str, key: &str) -> Vec<Json> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = get(server, token, &format!("{path}{joint}limit=2{after}")).await;
        assert_eq!(page.status, 200, "{path}: {:?}", page.outcome());
        let page = page.json();
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item[key].clone()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

/// Two beats that do not see each other, the first with a day's work.
pub struct Desk {
    pub server: TestServer,
    pub north: Beat,
    pub account: AccountId,
    pub office: String,
    pub rep: String,
    pub stranger: String,
}

impl Desk {
    pub async fn new() -> Self {
        let server = TestServer::new().await;
        let north = Beat::new(server.store(), "north").await;
        let south = Beat::new(server.store(), "south").await;
        let account = north.account(server.store(), "Corner Shop").await;
        let office = token(&server, Role::Office).await;
        let (rep, stranger) =
            (token_of(&server, north.person, Role::Rep), token_of(&server, south.person, Role::Rep));
        Self { server, north, account, office, rep, stranger }
    }

    pub fn store(&self) -> &Store {
        self.server.store()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_shows_its_document_and_what_only_the_centre_knows() {
    let desk = Desk::new().await;
    let line = id_bytes();
    let line = RecordId::new(1_700_000_000_000, line).to_string();
    let lines = Fields::from_iter([(
        line.clone(),
        Value::Map(fields(&[
            ("sku", text("11")),
            ("quantity", Value::Int(3)),
            ("unit_price_minor", Value::Int(700)),
        ])),
    )]);
    let content = fields(&[
        ("state", text("draft")),
        ("currency", text("USD")),
        ("freight_minor", Value::Int(50)),
        ("lines", Value::Map(lines)),
    ]);
    let order = has(desk.store(), &desk.north, desk.account, Kind::ORDER, content).await;
    let path = format!("/v1/records/{order}");
    let read = get(&desk.server, &desk.rep, &path).await;
    let body = read.json();
    assert_eq!(read.header("etag"), format!("\"{}\"", body["version"]));
    assert_eq!(
        json!([body["id"], body["kind"], body["account_id"], body["account_name"], body["creator_name"]]),
        json!([order.to_string(), "order", desk.account.to_string(), "Corner Shop", "north"])
    );
    assert_eq!(json!([body["decision"], body["conflicts"], body["held"]]), json!([null, 0, 0]));
    let document = &body["document"];
    assert_eq!(document["lines"][0]["id"], line);
    assert_eq!(json!([document["total_minor"], document["notes"], document["id"]]), json!([2150, "", null]));

    let submit = format!("{path}/requests");
    let done = ask_as(&desk.server, &desk.office, "POST", &submit, &[], &json!({ "verb": "submit" })).await;
    assert_eq!(done.status, 200, "{:?}", done.outcome());
    let decided = get(&desk.server, &desk.office, &path).await.json();
    assert_eq!(
        json!([
            decided["decision"]["state"],
            decided["decision"]["total_minor"],
            decided["document"]["state"]
        ]),
        json!(["submitted", 2150, "draft"])
    );
    assert_eq!(decided["decision"]["decided_by_name"], "A office");
    assert!(decided["decision"]["number"].is_string());
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accounts_story_is_told_latest_first_with_what_needs_a_look() {
    let desk = Desk::new().await;
    let (store, account) = (desk.store(), desk.account);
    let second = visit(store, &desk.north, account, "second", june(3, 9)).await;
    visit(store, &desk.north, account, "first", june(2, 9)).await;
    let order = fields(&[
        ("state", text("draft")),
        ("currency", text("USD")),
        ("reference", text("PO 7")),
        ("order_date", text("2025-06-03")),
    ]);
    has(store, &desk.north, account, Kind::ORDER, order).await;
    let comment = fields(&[
        ("subject_id", text(&second.to_string())),
        ("at", june(3, 10)),
        ("body", Value::Text("Well done.".into())),
    ]);
    has(store, &desk.north, account, Kind::COMMENT, comment).await;
    has(store, &desk.north, account, Kind::CONTACT, fields(&[("name", text("Ann"))])).await;

    let path = format!("/v1/accounts/{account}/timeline");
    let titles = listed(&desk.server, &desk.rep, &path, "title").await;
    // The account's own beginning stands above what is said to have been before it.
    assert_eq!(Json::from(titles), json!(["Ann", null, null, "second", "PO 7", "first"]));
    let kinds = listed(&desk.server, &desk.rep, &format!("{path}?kind=visit"), "kind").await;
    assert_eq!(Json::from(kinds), json!(["visit", "visit"]));
    let of_kind = get(&desk.server, &desk.rep, &format!("{path}?kind=comment")).await.json();
    assert_eq!(of_kind["items"][0]["text"], "Well done.");
    assert_eq!(get(&desk.server, &desk.rep, &format!("{path}?kind=lease")).await.outcome().1, "malformed");

    // Two devices write the subject at once: the visit needs a look.
    let (mut one, mut two) = (desk.north.device(store).await, desk.north.device(store).await);
    let doc = document_of(store, second).await;
    for (device, subject) in [(&mut one, "mine"), (&mut two, "yours")] {
        let lease = device.lease(store, Subject::Account(account)).await;
        let item = device.edits(Kind::VISIT, second, &mut doc.clone(), lease, &[set("subject", subject)]);
        store.push(&device.row, vec![item]).await.unwrap();
    }
    let items = get(&desk.server, &desk.office, &path).await.json()["items"].clone();
    let looks: Vec<_> = items.as_array().unwrap().iter().map(|item| item["conflicts"].clone()).collect();
    assert_eq!(Json::from(looks), json!([0, 0, 0, 1, 0, 0]));
    assert_eq!(
        get(&desk.server, &desk.office, &format!("/v1/records/{second}")).await.json()["conflicts"],
        1
    );
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visits_are_found_by_time_person_and_place() {
    let desk = Desk::new().await;
    let store = desk.store();
    let (account, other) = (desk.account, desk.north.account(store, "Mill").await);
    visit(store, &desk.north, account, "monday", june(2, 9)).await;
    visit(store, &desk.north, other, "tuesday", june(3, 9)).await;
    let planned =
        fields(&[("state", text("planned")), ("subject", text("friday")), ("planned_start", june(6, 9))]);
    has(store, &desk.north, account, Kind::VISIT, planned).await;
    let country = store.put_territory("country", "Country", None).await.unwrap();
    let under = "update org.territory set parent_id = $1 where id = $2";
    let under = sqlx::query(under).bind(country.uuid()).bind(desk.north.territory.uuid());
    under.execute(store.pool()).await.unwrap();
    let (person, elsewhere) = (desk.north.person, store.put_territory("sea", "Sea", None).await.unwrap());
    for (query, expected) in [
        (String::new(), json!(["friday", "tuesday", "monday"])),
        ("?from=2025-06-03T00:00:00Z&to=2025-06-06T00:00:00Z".into(), json!(["tuesday"])),
        (format!("?account={account}"), json!(["friday", "monday"])),
        (format!("?person={person}&to=2025-06-03T00:00:00Z"), json!(["monday"])),
        (format!("?person={other}"), json!([])),
        (format!("?holder={person}"), json!(["friday", "tuesday", "monday"])),
        (format!("?holder={other}"), json!([])),
        (format!("?territory={country}"), json!(["friday", "tuesday", "monday"])),
        (format!("?territory={elsewhere}"), json!([])),
    ] {
        let path = format!("/v1/visits{query}");
        for token in [&desk.office, &desk.rep] {
            let subjects = listed(&desk.server, token, &path, "subject").await;
            assert_eq!(Json::from(subjects), expected, "{path}");
        }
        assert_eq!(listed(&desk.server, &desk.stranger, &path, "subject").await, [Json::Null; 0], "{path}");
    }
    for bad in [
        "/v1/visits?from=yesterday",
        "/v1/visits?to=-262143-01-01T00:00:00Z",
        "/v1/tasks?due_before=-262143-01-01",
        "/v1/visits?after=nowhere",
        "/v1/visits?limit=0",
        "/v1/visits?persons=1",
    ] {
        assert_eq!(get(&desk.server, &desk.office, bad).await.status, 400, "{bad}");
    }
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_that_was_called_off_is_listed_when_that_was_done_with_why() {
    let desk = Desk::new().await;
    let store = desk.store();
    let shut = [
        ("state", text("planned")),
        ("subject", text("autumn range")),
        ("notes", Value::Text("The shop is shut.".into())),
    ];
    has(store, &desk.north, desk.account, Kind::VISIT, fields(&shut)).await;
    let planned =
        fields(&[("state", text("planned")), ("subject", text("friday")), ("planned_start", june(6, 9))]);
    has(store, &desk.north, desk.account, Kind::VISIT, planned).await;
    // Whatever the day of its making was: what one looks for is what was called off of late.
    let times = "update record.visits set created_at = '2025-01-01', changed_at = '2025-07-02' where planned_start is null";
    sqlx::query(times).execute(store.pool()).await.unwrap();
    let path = "/v1/visits?from=2025-07-01T00:00:00Z";
    assert_eq!(listed(&desk.server, &desk.rep, path, "text").await, [json!("The shop is shut.")]);
    let path = format!("/v1/accounts/{}/timeline?kind=visit", desk.account);
    let mut told = listed(&desk.server, &desk.rep, &path, "called_off").await;
    told.sort_by_key(|one| one.as_bool());
    assert_eq!(told, [json!(false), json!(true)]);
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_are_found_by_who_is_to_do_them_and_when() {
    let desk = Desk::new().await;
    let store = desk.store();
    task(store, &desk.north, desk.account, "some day", None).await;
    task(store, &desk.north, desk.account, "soon", Some("2025-06-03")).await;
    task(store, &desk.north, desk.account, "later", Some("2025-07-01")).await;
    let done = fields(&[("subject", text("done")), ("state", text("done")), ("due", text("2025-06-01"))]);
    has(store, &desk.north, desk.account, Kind::TASK, done).await;
    let person = desk.north.person;
    for (query, expected) in [
        (String::new(), json!(["done", "soon", "later", "some day"])),
        ("?open=true".into(), json!(["soon", "later", "some day"])),
        ("?open=false".into(), json!(["done"])),
        ("?open=true&due_before=2025-07-01".into(), json!(["soon"])),
        (format!("?person={person}"), json!(["soon", "later", "some day"])),
        (format!("?account={}", desk.account), json!(["done", "soon", "later", "some day"])),
        (format!("?holder={person}&open=false"), json!(["done"])),
        (format!("?holder={}", desk.account), json!([])),
        (format!("?department={person}"), json!([])),
    ] {
        let path = format!("/v1/tasks{query}");
        assert_eq!(Json::from(listed(&desk.server, &desk.rep, &path, "subject").await), expected, "{path}");
        assert_eq!(listed(&desk.server, &desk.stranger, &path, "subject").await, [Json::Null; 0], "{path}");
    }
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_found_by_state_person_account_and_time() {
    let desk = Desk::new().await;
    let store = desk.store();
    let taker = NewPerson {
        external_id: None,
        name: "Taker".into(),
        email: "taker@example.org".into(),
        role: Role::Rep,
        manager: None,
    };
    let taker = store.put_person(&taker).await.unwrap();
    for (day, state) in [("2025-06-02", "draft"), ("2025-06-04", "quote")] {
        let content = [
            ("state", text(state)),
            ("currency", text("USD")),
            ("order_date", text(day)),
            ("rep_id", text(&taker.to_string())),
        ];
        has(store, &desk.north, desk.account, Kind::ORDER, fields(&content)).await;
    }
    desk.north.order(store, desk.account).await;
    for (query, expected) in [
        (String::new(), json!([null, "2025-06-04", "2025-06-02"])),
        ("?state=quote".into(), json!(["2025-06-04"])),
        (format!("?person={taker}"), json!(["2025-06-04", "2025-06-02"])),
        (format!("?account={}&to=2025-06-04T00:00:00Z", desk.account), json!(["2025-06-02"])),
        ("?from=2025-06-04T00:00:00Z&to=2025-06-05T00:00:00Z".into(), json!(["2025-06-04"])),
        ("?number=9".into(), json!([])),
    ] {
        let path = format!("/v1/orders{query}");
        assert_eq!(
            Json::from(listed(&desk.server, &desk.rep, &path, "order_date").await),
            expected,
            "{path}"
        );
        assert_eq!(listed(&desk.server, &desk.stranger, &path, "id").await, [Json::Null; 0], "{path}");
    }
    // As described: found by `cargo xtask api`.
    let path = format!("/v1/orders?state={}", "x".repeat(41));
    let answer = ask_as(&desk.server, &desk.rep, "GET", &path, &[], &Json::Null).await;
    assert_eq!(answer.outcome(), (400, "malformed".to_owned()));
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_beginnings_of_words_in_every_kind_and_only_in_reach() {
    let desk = Desk::new().await;
    let (store, account) = (desk.store(), desk.account);
    let met = visit(store, &desk.north, account, "Spring offer", june(2, 9)).await;
    task(store, &desk.north, account, "Send the spring list", None).await;
    let contact = [
        ("name", text("Ann O'Neil")),
        ("phone", text("030-0074321")),
        ("email", text("ann@corner.example.org")),
    ];
    has(store, &desk.north, account, Kind::CONTACT, fields(&contact)).await;
    let comment =
        [("subject_id", text(&met.to_string())), ("body", Value::Text("Blumen für Ännchen".into()))];
    has(store, &desk.north, account, Kind::COMMENT, fields(&comment)).await;
    let line =
        fields(&[("sku", text("AB-11")), ("quantity", Value::Int(3)), ("unit_price_minor", Value::Int(7))]);
    let order = [
        ("state", text("draft")),
        ("currency", text("USD")),
        ("reference", text("PO 7711")),
        (
            "lines",
            Value::Map(Fields::from_iter([(
                RecordId::new(1_700_000_000_000, id_bytes()).to_string(),
                Value::Map(line),
            )])),
        ),
    ];
    has(store, &desk.north, account, Kind::ORDER, fields(&order)).await;
    let about = [("subject_id", text(&met.to_string())), ("body", Value::Text("Wants more AB-11.".into()))];
    has(store, &desk.north, account, Kind::COMMENT, fields(&about)).await;
    let named = json!({ "items": { "AB-11": { "name": "Jasmine Tea, green" } } });
    let published = ask_as(&desk.server, &desk.office, "POST", "/v1/reference/products", &[], &named).await;
    assert_eq!(published.status, 200, "{:?}", published.outcome());
    for (q, kinds) in [
        ("corner", json!(["account", "contact"])),
        ("CORN sho", json!(["account"])),
        ("spring", json!(["task", "visit"])),
        ("new%20list", json!(["visit"])),
        ("o'neil", json!(["contact"])),
        ("0074321", json!(["contact"])),
        ("ann@corner", json!(["contact"])),
        ("%C3%A4nn", json!(["comment"])),
        ("7711", json!(["order"])),
        ("AB-11", json!(["order", "comment"])),
        ("AB", json!(["comment"])),
        ("jasm", json!(["order"])),
        ("green tea", json!(["order"])),
        ("%20", json!([])),
        ("%27%20%7C%20:*!", json!([])),
    ] {
        let path = format!("/v1/search?q={}", q.replace(' ', "%20"));
        for token in [&desk.office, &desk.rep] {
            let found = get(&desk.server, token, &path).await;
            assert_eq!(found.status, 200, "{q}: {:?}", found.outcome());
            let mut found: Vec<_> =
                found.json()["items"].as_array().unwrap().iter().map(|item| item["kind"].clone()).collect();
            if q == "spring" {
                found.sort_by_key(Json::to_string);
            }
            assert_eq!(Json::from(found), kinds, "{q}");
        }
        assert_eq!(get(&desk.server, &desk.stranger, &path).await.json()["items"], json!([]), "{q}");
    }
    let of_kind = get(&desk.server, &desk.office, "/v1/search?q=spring&kind=visit&limit=1").await.json();
    let found = &of_kind["items"][0];
    assert_eq!(
        json!([found["record_id"], found["account_name"], found["title"], found["snippet"]]),
        json!([met.to_string(), "Corner Shop", "Spring offer", "Asked for the new list."])
    );
    let names = format!("/v1/names?ids={met},{account},{}", RecordId::new(1, id_bytes()));
    for (token, count) in [(&desk.office, 2), (&desk.rep, 2), (&desk.stranger, 0)] {
        let found = get(&desk.server, token, &names).await.json();
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{found}");
    }
    let found = get(&desk.server, &desk.office, &names).await.json();
    let mut called: Vec<&str> =
        found["items"].as_array().unwrap().iter().filter_map(|item| item["name"].as_str()).collect();
    called.sort_unstable();
    assert_eq!(called, ["Corner Shop", "Spring offer"]);
    for ids in ["x".to_owned(), vec![met.to_string(); 101].join(",")] {
        let refused = get(&desk.server, &desk.office, &format!("/v1/names?ids={ids}")).await;
        assert_eq!(refused.outcome(), (400, "malformed".into()));
    }
    let missing = get(&desk.server, &desk.office, "/v1/search").await;
    assert_eq!(missing.outcome(), (400, "malformed".into()));
    let long = get(&desk.server, &desk.office, &format!("/v1/search?q={}", "a".repeat(201))).await;
    assert_eq!(long.outcome(), (400, "malformed".into()));
    assert_eq!(store.verify().await.unwrap().problems, [], "what a search adds is no content");
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_the_feed_says_who_did_what_where() {
    let desk = Desk::new().await;
    let (store, account) = (desk.store(), desk.account);
    visit(store, &desk.north, account, "Spring offer", june(2, 9)).await;
    let order = desk.north.order(store, account).await;
    let submit = format!("/v1/records/{order}/requests");
    ask_as(&desk.server, &desk.office, "POST", &submit, &[], &json!({ "verb": "submit" })).await;
    desk.north.device(store).await;
    let plain = get(&desk.server, &desk.office, "/v1/log").await.json();
    assert!(plain["entries"].as_array().unwrap().iter().all(|entry| entry.get("summary").is_none()));
    let page = get(&desk.server, &desk.office, "/v1/log?summary=true").await.json();
    let said: Vec<Json> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["summary"])
        .map(|said| json!([said["action"], said["kind"], said["title"], said["state"]]))
        .collect();
    let number =
        get(&desk.server, &desk.office, &format!("/v1/records/{order}")).await.json()["decision"]["number"]
            .clone();
    assert_eq!(
        Json::from(said),
        json!([
            ["created", "account", "Corner Shop", null],
            ["checked_in", "visit", "Spring offer", "checked_in"],
            ["created", "order", number, "submitted"],
            ["submit", "order", number, "submitted"],
            [null, null, null, null],
        ])
    );
    let line = &page["entries"][1]["summary"];
    assert_eq!(json!([line["person_name"], line["account_name"]]), json!(["north", "Corner Shop"]));
    let headers = [("authorization", desk.office.as_str()), ("accept", "text/event-stream")];
    let mut stream = open_stream(&desk.server, "/v1/log?summary=true&after=1", &headers).await;
    stream.until("\"action\":\"checked_in\"").await;
    desk.server.stop().await;
}
