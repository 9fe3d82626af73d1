//! What all endpoints of the JSON API share: keys of requests that come twice, versions, reach, pages, the audit.

use roadbook_model::permission::Role;
use serde_json::{Value as Json, json};

use crate::support::{Answer, Beat, TestServer, ask, ask_as, token, token_of};

async fn decide(server: &TestServer, token: &str, path: &str, key: &str, verb: &str) -> Answer {
    ask_as(server, token, "POST", path, &[("idempotency-key", key)], &json!({ "verb": verb })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_key_is_done_once() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let order = beat.order(server.store(), account).await;
    let office = token(&server, Role::Office).await;
    let path = format!("/v1/records/{order}/requests");
    let first = decide(&server, &office, &path, "key-1", "submit").await;
    assert_eq!((first.status, &first.json()["state"]), (200, &json!("submitted")), "{:?}", first.outcome());
    let again = decide(&server, &office, &path, "key-1", "submit").await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    let reused = decide(&server, &office, &path, "key-1", "cancel").await;
    assert_eq!(reused.outcome(), (422, "idempotency_key_reused".to_owned()));
    let other = decide(&server, &office, &path, "key-2", "submit").await;
    assert_eq!(other.outcome(), (409, "wrong_state".to_owned()));
    // A refusal is an answer, too: it is not asked anew.
    let other = decide(&server, &office, &path, "key-2", "submit").await;
    assert_eq!((other.outcome().1.as_str(), other.header("idempotency-replayed")), ("wrong_state", "true"));
    let empty = decide(&server, &office, &path, "", "submit").await;
    assert_eq!(empty.outcome(), (400, "bad_idempotency_key".to_owned()));
    let admin = token(&server, Role::Admin).await;
    let theirs = decide(&server, &admin, &path, "key-1", "accept").await;
    assert_eq!(theirs.status, 200, "another person's key is another key");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_cut_off_by_a_crash_is_done_again_under_the_same_id() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let order = beat.order(server.store(), account).await;
    let office = token(&server, Role::Office).await;
    let path = format!("/v1/records/{order}/requests");
    let first = decide(&server, &office, &path, "key-1", "submit").await.json();
    // As a kill between the commit and the keeping of the answer leaves it.
    let crash = "update org.idempotency set status = null, headers = null, body = null";
    sqlx::query(crash).execute(server.store().pool()).await.unwrap();
    let running = decide(&server, &office, &path, "key-1", "submit").await;
    assert_eq!(running.outcome(), (409, "in_progress".to_owned()));
    let later = "update org.idempotency set begun_at = begun_at - interval '3 minutes'";
    sqlx::query(later).execute(server.store().pool()).await.unwrap();
    let again = decide(&server, &office, &path, "key-1", "submit").await;
    assert_eq!((again.status, again.json()), (200, first));
    let decisions = "select count(*) from log.entry where type = 'decision'";
    let decisions: i64 = sqlx::query_scalar(decisions).fetch_one(server.store().pool()).await.unwrap();
    assert_eq!(decisions, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_on_what_has_changed_since_is_stale() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let order = beat.order(server.store(), account).await;
    let office = token(&server, Role::Office).await;
    let path = format!("/v1/records/{order}/requests");
    let ask = async |body: Json| ask_as(&server, &office, "POST", &path, &[], &body).await;
    assert_eq!(ask(json!({ "verb": "submit", "version": 9 })).await.outcome(), (412, "stale".to_owned()));
    let position = ask(json!({ "verb": "submit", "version": 2 })).await.json()["position"].clone();
    assert_eq!(ask(json!({ "verb": "accept", "version": 2 })).await.outcome(), (412, "stale".to_owned()));
    let accepted = ask(json!({ "verb": "accept", "version": position })).await.json();
    assert_eq!(
        (&accepted["state"], &accepted["total_minor"], &accepted["currency"]),
        (&json!("accepted"), &json!(1_250), &json!("USD"))
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_in_reach_answers_like_what_is_not_there() {
    let server = TestServer::new().await;
    let (north, south) = (Beat::new(server.store(), "north").await, Beat::new(server.store(), "south").await);
    let account = north.account(server.store(), "Corner Shop").await;
    let order = north.order(server.store(), account).await;
    let submit = json!({ "verb": "submit" });
    let [own, foreign] = [north.person, south.person].map(|person| token_of(&server, person, Role::Rep));
    let path = format!("/v1/records/{order}/requests");
    let unknown = format!("/v1/records/{}/requests", account.to_string().replace('0', "1"));
    let hidden = ask_as(&server, &foreign, "POST", &path, &[], &submit).await;
    let missing = ask_as(&server, &foreign, "POST", &unknown, &[], &submit).await;
    assert_eq!(hidden.outcome(), (404, "not_found".to_owned()));
    assert_eq!((hidden.status, hidden.json()), (missing.status, missing.json()));
    assert_eq!(ask_as(&server, &own, "POST", &path, &[], &submit).await.status, 200);
    let accept = ask_as(&server, &own, "POST", &path, &[], &json!({ "verb": "accept" })).await;
    assert_eq!(accept.outcome(), (403, "not_permitted".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_cannot_hold_is_refused_at_the_door() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let nul = json!({ "code": "a\u{0}b", "name": "x", "public_key": "02" });
    let answer = ask_as(&server, "", "POST", "/v1/enrol", &[], &nul).await;
    assert_eq!(answer.outcome(), (400, "malformed".to_owned()));
    let answer = ask_as(&server, &admin, "GET", "/v1/audit?after=%00", &[], &Json::Null).await;
    assert_eq!(answer.outcome(), (400, "malformed".to_owned()));
    let answer = ask(&server, "POST", "/v1/enrol", &[("content-type", "text/plain")], b"{}").await;
    assert_eq!(answer.outcome(), (415, "not_json".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_description_forbids_is_refused() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let refused = async |method: &str, path: &str, tag: &str, body: &Json| {
        ask_as(&server, &admin, method, path, &[("if-match", tag)], body).await.outcome()
    };
    let malformed = (400, "malformed".to_owned());
    let listed = json!(["N1", "North", null, false]);
    assert_eq!(refused("POST", "/v1/territories", "", &listed).await, malformed, "values without names");
    let days = json!({ "offline_days": 20 });
    for tag in ["", "1", "\"1", "*"] {
        assert_eq!(refused("PATCH", "/v1/settings", tag, &days).await, malformed, "{tag} is no entity tag");
    }
    assert_eq!(refused("PATCH", "/v1/settings", "\"x\"", &days).await, (412, "stale".to_owned()));
    for list in ["accounts", "people"] {
        let path = format!("/v1/{list}?q={}", "x".repeat(201));
        assert_eq!(refused("GET", &path, "", &Json::Null).await, malformed, "{list}");
    }
    let unknown = refused("GET", "/v1/log?aftr=1", "", &Json::Null).await;
    assert_eq!(unknown, malformed, "a misspelt parameter is not passed over");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_says_who_did_what_from_where_page_by_page() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let order = beat.order(server.store(), account).await;
    let (office, admin) = (token(&server, Role::Office).await, token(&server, Role::Admin).await);
    let path = format!("/v1/records/{order}/requests");
    for verb in ["submit", "reject", "submit"] {
        let done =
            ask_as(&server, &office, "POST", &path, &[], &json!({ "verb": verb, "text": "So it is." })).await;
        assert_eq!(done.status, 200, "{:?}", done.outcome());
    }
    let read = async |path: String| ask_as(&server, &admin, "GET", &path, &[], &Json::Null).await.json();
    let page = read(format!("/v1/audit?subject={order}&limit=2")).await;
    let verbs = |page: &Json| {
        page["items"].as_array().unwrap().iter().map(|row| row["detail"]["verb"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(verbs(&page), ["submit", "reject"]);
    let row = &page["items"][0];
    assert_eq!(
        (&row["person_name"], &row["address"], &row["action"]),
        (&json!("A office"), &json!("127.0.0.1"), &json!("order.decide"))
    );
    let next = page["next"].as_str().unwrap();
    let rest = read(format!("/v1/audit?subject={order}&limit=2&after={next}")).await;
    assert_eq!((verbs(&rest), &rest["next"]), (vec![json!("submit")], &Json::Null));
    let bad = ask_as(&server, &admin, "GET", "/v1/audit?after=xx", &[], &Json::Null).await;
    assert_eq!(bad.outcome(), (400, "bad_cursor".to_owned()));
    for limit in ["0", "501", "x"] {
        let path = format!("/v1/audit?limit={limit}");
        assert_eq!(ask_as(&server, &admin, "GET", &path, &[], &Json::Null).await.status, 400, "{limit}");
    }
    let closed = ask_as(&server, &office, "GET", "/v1/audit", &[], &Json::Null).await;
    assert_eq!(closed.outcome(), (403, "not_permitted".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_is_described_with_its_problems_and_asks_for_a_token_where_it_says_so() {
    let server = TestServer::new().await;
    let described = ask(&server, "GET", "/openapi.json", &[], b"").await.json();
    let mut guarded = 0;
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            assert!(operation["responses"]["503"].is_object(), "{method} {path}");
            if operation["security"].is_null() {
                continue;
            }
            guarded += 1;
            let some_id = "00000000-0000-7000-8000-000000000000";
            let path = path.split('/').map(|part| if part.starts_with('{') { some_id } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            let answer = ask(&server, &method.to_uppercase(), &path, &[("if-match", "\"1\"")], b"").await;
            assert_eq!(answer.outcome(), (401, "unauthorised".to_owned()), "{method} {path}");
        }
    }
    assert!(guarded >= 3, "{guarded}");
    server.stop().await;
}
