//! Sample data: loaded, worked on, removed, loaded again; and what becomes of the work.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, PersonId, RecordId};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use serde_json::{Value as Json, json};

use crate::support::{Answer, Beat, Device, TestServer, ask_as, fields, sample, text, token};

async fn asked(server: &TestServer, admin: &str, what: &str, body: Json) -> Answer {
    ask_as(server, admin, "POST", &format!("/v1/sample/{what}"), &[], &body).await
}

async fn load(server: &TestServer, admin: &str) -> Answer {
    asked(server, admin, "load", Json::Null).await
}

/// The shops of the sample, its rep, and the territory of both.
fn parts() -> (Vec<AccountId>, Beat) {
    let what = sample().unwrap();
    let accounts = what.records.iter().map(|record| record.envelope.account).collect();
    (accounts, Beat { person: what.people[0].id, territory: what.territories[1].id })
}

/// How many rows of the whole central record are of these records, whatever the table.
async fn rows(store: &Store, records: &[AccountId]) -> usize {
    let tables = "select class.relname::text, attribute.attname::text from pg_index key
        join pg_class class on class.oid = key.indrelid and class.relnamespace = 'record'::regnamespace
        join pg_attribute attribute on attribute.attrelid = class.oid and attribute.attname = 'account_id'
        where key.indisprimary";
    let tables: Vec<(String, String)> = sqlx::query_as(tables).fetch_all(store.pool()).await.unwrap();
    assert!(tables.len() > 10);
    let ids: Vec<uuid::Uuid> = records.iter().map(|id| id.uuid()).collect();
    let mut found = 0;
    for (table, column) in tables {
        let sql =
            sqlx::AssertSqlSafe(format!("select count(*) from record.{table} where {column} = any($1)"));
        let count: i64 = sqlx::query_scalar(sql).bind(&ids).fetch_one(store.pool()).await.unwrap();
        found += usize::try_from(count).unwrap();
    }
    found
}

async fn is_sound(store: &Store) {
    let found = store.verify().await.unwrap();
    assert!(found.is_sound(), "{:?}", found.problems);
}

async fn visit(store: &Store, device: &mut Device, account: AccountId) -> (RecordId, Outcome) {
    let lease = device.lease(store, Subject::Account(account)).await;
    let content = fields(&[("state", text("planned")), ("subject", text("Try it out"))]);
    let (record, item) = device.creates(Kind::VISIT, account, lease, &content);
    let answer = store.push(&device.row, vec![item]).await.unwrap();
    (record, answer.receipts[0].outcome.clone())
}

async fn is_active(store: &Store, person: PersonId) -> bool {
    let sql = "select active from org.person where id = $1";
    sqlx::query_scalar(sql).bind(person.uuid()).fetch_one(store.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_is_loaded_removed_and_loaded_again() {
    let server = TestServer::new().await;
    let (store, admin) = (server.store(), token(&server, Role::Admin).await);
    let own = Beat::new(store, "north").await;
    let corner = own.account(store, "Corner Shop").await;
    let (accounts, beat) = parts();
    assert_eq!(
        asked(&server, &admin, "remove", json!({})).await.outcome(),
        (409, "sample_not_loaded".into())
    );
    let loaded = load(&server, &admin).await.json();
    let seen = ["state", "accounts", "records", "people", "territories", "reference", "worked"];
    let seen = |of: &Json| Json::from(seen.map(|name| of[name].clone()).to_vec());
    assert_eq!(seen(&loaded), json!(["loaded", 2, 2, 1, 2, 2, []]));
    assert_eq!(load(&server, &admin).await.outcome(), (409, "sample_loaded".into()));
    let phone = beat.device(store).await;
    assert!(phone.holds(store, Subject::Account(accounts[0])).await);

    let removed = asked(&server, &admin, "remove", json!({})).await.json();
    assert_eq!(seen(&removed), json!(["removed", 0, 0, 0, 0, 0, []]));
    assert_eq!(
        asked(&server, &admin, "remove", json!({})).await.outcome(),
        (409, "sample_not_loaded".into())
    );
    assert_eq!(rows(store, &accounts).await, 0);
    assert_eq!(rows(store, &[corner]).await, 1, "what is not of the sample stays");
    assert!(!phone.holds(store, Subject::Account(accounts[0])).await);
    assert!(!is_active(store, beat.person).await && is_active(store, own.person).await);
    let get = async |path: &str| ask_as(&server, &admin, "GET", path, &[], &Json::Null).await;
    assert_eq!(get(&format!("/v1/accounts/{}", accounts[0])).await.status, 404);
    for path in ["/v1/accounts?q=sample", "/v1/search?q=sample", "/v1/accounts?unassigned=true"] {
        assert_eq!(get(path).await.json()["items"], json!([]), "{path}");
    }
    let tree = get("/v1/territories").await.json();
    assert_eq!(tree["items"].as_array().unwrap().len(), 1, "{tree}");
    is_sound(store).await;

    let again = load(&server, &admin).await.json();
    assert_eq!(seen(&again), seen(&loaded));
    assert_eq!(rows(store, &accounts).await, 2);
    assert!(is_active(store, beat.person).await);
    let name = get(&format!("/v1/accounts/{}", accounts[0])).await.json();
    assert_eq!(
        (&name["fields"]["name"], &name["territory_id"]),
        (&json!("Sample Shop"), &json!(beat.territory))
    );
    let phone = beat.device(store).await;
    assert!(phone.holds(store, Subject::Account(accounts[0])).await, "who holds it gets it again");
    is_sound(store).await;
    let audit = get("/v1/audit?limit=500").await.json();
    let acts = |action: &str| {
        audit["items"].as_array().unwrap().iter().filter(|row| row["action"] == action).count()
    };
    assert_eq!((acts("sample.load"), acts("sample.remove")), (2, 1), "a refusal is no act");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_on_which_somebody_worked_stays_unless_it_is_to_go_too() {
    let server = TestServer::new().await;
    let (store, admin) = (server.store(), token(&server, Role::Admin).await);
    let (accounts, beat) = parts();
    load(&server, &admin).await;
    let mut phone = beat.device(store).await;
    let (record, outcome) = visit(store, &mut phone, accounts[0]).await;
    assert_eq!(outcome, Outcome::InRecord { late: false });

    let kept = asked(&server, &admin, "remove", json!({})).await.json();
    assert_eq!(
        json!([kept["state"], kept["accounts"], kept["people"], kept["territories"], kept["reference"]]),
        json!(["partly", 1, 1, 2, 2]),
        "with its territory, its rep and the catalogue"
    );
    assert_eq!(kept["worked"][0]["account_id"], json!(accounts[0]));
    assert_eq!((rows(store, &accounts[..1]).await, rows(store, &accounts[1..]).await), (2, 0));
    assert!(phone.holds(store, Subject::Account(accounts[0])).await);
    assert!(!phone.holds(store, Subject::Account(accounts[1])).await, "though its territory is still held");
    let again = beat.device(store).await;
    assert!(!again.holds(store, Subject::Account(accounts[1])).await, "nor does a new device get it");
    is_sound(store).await;

    let gone = asked(&server, &admin, "remove", json!({ "with_work": true })).await.json();
    assert_eq!(json!([gone["state"], gone["people"], gone["reference"]]), json!(["removed", 0, 0]));
    assert_eq!(rows(store, &accounts).await, 0);
    let history = format!("/v1/records/{record}/history");
    let history = ask_as(&server, &admin, "GET", &history, &[], &Json::Null).await;
    assert_eq!(history.status, 200, "what was captured is still in the log, and read there");
    is_sound(store).await;
    let again = load(&server, &admin).await.json();
    assert_eq!((&again["accounts"], &again["records"]), (&json!(2), &json!(3)), "the work came back, too");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_phone_still_had_is_held_and_brings_its_account_back_once_it_is_released() {
    let server = TestServer::new().await;
    let (store, admin) = (server.store(), token(&server, Role::Admin).await);
    let (accounts, beat) = parts();
    load(&server, &admin).await;
    let mut phone = beat.device(store).await;
    let lease = phone.lease(store, Subject::Account(accounts[0])).await;
    let content = fields(&[("state", text("planned")), ("subject", text("Captured in a dead zone"))]);
    let (record, item) = phone.creates(Kind::VISIT, accounts[0], lease, &content);
    asked(&server, &admin, "remove", json!({})).await;

    let answer = store.push(&phone.row, vec![item]).await.unwrap();
    assert!(matches!(answer.receipts[0].outcome, Outcome::Held(_)), "{:?}", answer.receipts);
    assert_eq!(rows(store, &accounts).await, 0);
    let held = ask_as(&server, &admin, "GET", "/v1/held", &[], &Json::Null).await.json();
    let position = &held["items"][0]["position"];
    let release = json!({ "verdict": "release", "text": "it was real" });
    let settled = ask_as(&server, &admin, "POST", &format!("/v1/held/{position}/fate"), &[], &release).await;
    assert_eq!(settled.status, 200, "{:?}", settled.outcome());
    assert_eq!((rows(store, &accounts[..1]).await, rows(store, &accounts[1..]).await), (2, 0));
    let shown = ask_as(&server, &admin, "GET", &format!("/v1/records/{record}"), &[], &Json::Null).await;
    assert_eq!(shown.status, 200);
    let stands = ask_as(&server, &admin, "GET", "/v1/sample", &[], &Json::Null).await.json();
    assert_eq!((&stands["state"], &stands["accounts"]), (&json!("partly"), &json!(1)));
    is_sound(store).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_imported_before_is_the_organisations_own() {
    let server = TestServer::new().await;
    let (store, admin) = (server.store(), token(&server, Role::Admin).await);
    store.import_organisation(sample().unwrap(), false).await.unwrap();
    assert_eq!(load(&server, &admin).await.outcome(), (409, "sample_known".into()));
    assert_eq!(
        asked(&server, &admin, "remove", json!({})).await.outcome(),
        (409, "sample_not_loaded".into())
    );
    assert_eq!(rows(store, &parts().0).await, 2);
    server.stop().await;
}
