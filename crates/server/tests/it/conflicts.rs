//! Conflicts: where they are found, who wrote what, and how one ends for everybody.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, PersonId};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::office::OfficeError;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::conflicts::read::ConflictFilter;
use roadbook_server::store::office::conflicts::resolve::Choice;
use roadbook_server::store::office::conflicts::{Conflict, Origin};
use roadbook_server::store::office::reassignments::Selection;
use serde_json::{Value as Json, json};

use crate::reassign::to_territory;
use crate::support::{Beat, Database, Device, TestServer, ask_as, document_of, set, token, token_of};

/// Edits the account's profile on a device that has it as of `doc`, and pushes.
async fn writes(
    store: &Store,
    device: &mut Device,
    account: AccountId,
    doc: &automerge::Automerge,
    phone: &str,
) -> Outcome {
    let lease = device.lease(store, Subject::Account(account)).await;
    push(store, device, account, doc, lease, phone).await
}

async fn push(
    store: &Store,
    device: &mut Device,
    account: AccountId,
    doc: &automerge::Automerge,
    lease: roadbook_model::LeaseId,
    phone: &str,
) -> Outcome {
    let mut doc = doc.clone();
    let item = device.edits(Kind::ACCOUNT, account.record(), &mut doc, lease, &[set("phone", phone)]);
    let answer = store.push(&device.row, vec![item]).await.unwrap();
    answer.receipts[0].outcome.clone()
}

fn office(person: PersonId) -> By {
    By::at_console(person, Role::Office)
}

async fn open(store: &Store) -> Vec<Conflict> {
    store.list_conflicts(ConflictFilter::default(), 50).await.unwrap()
}

/// What stands in the central record.
async fn phone(store: &Store, account: AccountId) -> Option<String> {
    let query = sqlx::query_scalar("select phone from record.accounts where id = $1");
    query.bind(account.uuid()).fetch_one(store.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_wrote_at_once_is_found_told_and_ended_by_one_change() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let (mut one, mut two) = (beat.device(&store).await, beat.device(&store).await);
    let doc = document_of(&store, account.record()).await;
    writes(&store, &mut one, account, &doc, "111").await;
    assert!(open(&store).await.is_empty(), "one value is no conflict");
    writes(&store, &mut two, account, &doc, "222").await;

    let found = open(&store).await;
    assert_eq!(found.len(), 1);
    let conflict = &found[0];
    assert_eq!((conflict.origin, conflict.path.as_slice()), (Origin::Concurrent, &["phone".to_owned()][..]));
    let mut values: Vec<&Json> = conflict.values.iter().map(|side| &side.value).collect();
    values.sort_by_key(|value| value.to_string());
    assert_eq!(values, [&json!("111"), &json!("222")]);
    let stands: Vec<&Json> =
        conflict.values.iter().filter(|side| side.stands).map(|side| &side.value).collect();
    assert_eq!(stands.len(), 1);
    assert_eq!(phone(&store, account).await.as_deref(), stands[0].as_str());
    for side in &conflict.values {
        assert_eq!(side.written.person_name.as_deref(), Some("north"));
        assert_eq!(side.written.device_name.as_deref(), Some("phone"));
        assert!(side.written.position.is_some() && side.written.captured_at.is_some());
    }
    assert_eq!(store.verify().await.unwrap().problems, [], "verify folds the conflicts, too");

    let loser = conflict.values.iter().find(|side| !side.stands).unwrap();
    let take = Choice::Take(loser.take.clone());
    let path = ["phone".to_owned()];
    let by = office(beat.person);
    let stale = store.resolve_conflict(&by, account.record(), &path, &take, 1).await.unwrap_err();
    assert!(matches!(stale, OfficeError::Stale { .. }), "{stale}");
    let none = Choice::Take("00".repeat(32));
    let none = store.resolve_conflict(&by, account.record(), &path, &none, conflict.version).await;
    assert!(matches!(none, Err(OfficeError::Invalid { code: "no_such_value", .. })), "{none:?}");
    let version =
        store.resolve_conflict(&by, account.record(), &path, &take, conflict.version).await.unwrap();
    assert!(version > conflict.version);
    assert_eq!(phone(&store, account).await.as_deref(), loser.value.as_str());
    assert!(open(&store).await.is_empty());
    let again = store.resolve_conflict(&by, account.record(), &path, &take, version).await;
    assert!(matches!(again, Err(OfficeError::Conflict { code: "no_conflict", .. })), "{again:?}");
    assert_eq!(store.verify().await.unwrap().problems, []);
    let audited: i64 = sqlx::query_scalar("select count(*) from org.audit where action = 'conflict.resolve'")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_that_verify_does_not_find_in_the_log_is_a_problem() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let (mut one, mut two) = (beat.device(&store).await, beat.device(&store).await);
    let doc = document_of(&store, account.record()).await;
    writes(&store, &mut one, account, &doc, "111").await;
    writes(&store, &mut two, account, &doc, "222").await;
    sqlx::query("delete from record.conflicts").execute(store.pool()).await.unwrap();
    assert_eq!(store.verify().await.unwrap().problem_count, 1);
}

/// An account that moved from one beat to another whose rep wrote since; then the leaver's work came in late.
async fn late_work(store: &Store) -> (AccountId, Beat) {
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let account = north.account(store, "Corner Shop").await;
    let (mut leaver, mut heir) = (north.device(store).await, south.device(store).await);
    let doc = document_of(store, account.record()).await;
    let lease = leaver.lease(store, Subject::Account(account)).await;
    let move_ = to_territory(Selection::Accounts(vec![account]), south.territory);
    store.reassign(&move_, south.person).await.unwrap();
    writes(store, &mut heir, account, &doc, "222").await;
    let outcome = push(store, &mut leaver, account, &doc, lease, "111").await;
    assert_eq!(outcome, Outcome::InRecord { late: true });
    (account, south)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_work_that_would_have_overridden_is_a_conflict_until_somebody_judges() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (account, south) = late_work(&store).await;
    // Which of two concurrent values wins is Automerge's choice; only a late one that wins is put back.
    let found = open(&store).await;
    let late: Vec<&Conflict> = found.iter().filter(|conflict| conflict.origin == Origin::Late).collect();
    assert_eq!(phone(&store, account).await.as_deref(), Some("222"), "the later value stands");
    let path = ["phone".to_owned()];
    let by = office(south.person);
    let version = found[0].version;
    let take = match late.as_slice() {
        [conflict] => {
            assert_eq!(conflict.values[0].written.person_name.as_deref(), Some("north"));
            assert_eq!(
                (&conflict.values[0].value, &conflict.values[1].value),
                (&json!("111"), &json!("222"))
            );
            Choice::Take("late".into())
        }
        _ => Choice::Value(json!("111")),
    };
    store.resolve_conflict(&by, account.record(), &path, &take, version).await.unwrap();
    assert_eq!(phone(&store, account).await.as_deref(), Some("111"));
    assert!(open(&store).await.is_empty());
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_lists_conflicts_by_pages_shows_them_on_the_record_and_resolves_at_the_version_seen() {
    let server = TestServer::new().await;
    let store = server.store();
    let beat = Beat::new(store, "north").await;
    let (mut one, mut two) = (beat.device(store).await, beat.device(store).await);
    let mut accounts = Vec::new();
    for name in ["A", "B", "C"] {
        let account = beat.account(store, name).await;
        let doc = document_of(store, account.record()).await;
        writes(store, &mut one, account, &doc, "111").await;
        writes(store, &mut two, account, &doc, "222").await;
        accounts.push(account);
    }
    let office = token(&server, Role::Office).await;
    let rep = token_of(&server, beat.person, Role::Rep);
    let get = async |token: &str, path: &str| ask_as(&server, token, "GET", path, &[], &Json::Null).await;
    assert_eq!(get(&rep, "/v1/conflicts").await.status, 403);
    let first = get(&office, "/v1/conflicts?limit=2").await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let rest = format!("/v1/conflicts?limit=2&after={}", first["next"].as_str().unwrap());
    let rest = get(&office, &rest).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Json::Null));
    assert_eq!(rest["items"][0]["account_name"], "C");
    let path = format!("/v1/records/{}/conflicts", accounts[0]);
    let own = get(&rep, &path).await.json();
    assert_eq!(own["items"][0]["path"], json!(["phone"]));
    let version = format!("\"{}\"", own["items"][0]["version"]);

    let resolve = format!("{path}/phone");
    let post = async |token: &str, version: &str, body: Json| {
        ask_as(&server, token, "POST", &resolve, &[("if-match", version)], &body).await.outcome()
    };
    assert_eq!(post(&rep, &version, json!({ "value": "333" })).await.0, 403);
    assert_eq!(post(&office, "\"1\"", json!({ "value": "333" })).await, (412, "stale".into()));
    assert_eq!(post(&office, &version, json!({})).await, (400, "malformed".into()));
    assert_eq!(post(&office, &version, json!({ "value": 7 })).await, (422, "wrong_type".into()));
    assert_eq!(post(&office, &version, json!({ "value": "333" })).await, (200, String::new()));
    assert_eq!(
        post(&office, &version, json!({ "value": "444" })).await,
        (412, "stale".into()),
        "the second admin"
    );
    assert_eq!(phone(store, accounts[0]).await.as_deref(), Some("333"));
    assert_eq!(get(&rep, &path).await.json()["items"], json!([]));
    server.stop().await;
}
