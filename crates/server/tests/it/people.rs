//! People and departments over HTTP: who may do what to whom, and what follows from it.

use roadbook_model::permission::Role;
use roadbook_model::{Envelope, Kind, PersonId, RecordId, Value};
use roadbook_server::store::Store;
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};

use crate::session::with_password;
use crate::support::{Answer, Beat, TestServer, ask_as, fields, id_bytes, person, text, token, token_of};

const NOTHING: Json = Json::Null;

async fn get(server: &TestServer, token: &str, path: &str) -> Answer {
    ask_as(server, token, "GET", path, &[], &NOTHING).await
}

async fn post(server: &TestServer, token: &str, path: &str, body: &Json) -> Answer {
    ask_as(server, token, "POST", path, &[], body).await
}

async fn patch(server: &TestServer, token: &str, path: &str, version: &str, body: &Json) -> Answer {
    ask_as(server, token, "PATCH", path, &[("if-match", version)], body).await
}

fn names(page: &Json) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn lead(server: &TestServer, admin: &str, person: PersonId, manager: PersonId) {
    let path = format!("/v1/people/{person}");
    let version = get(server, admin, &path).await.header("etag").to_owned();
    let done = patch(server, admin, &path, &version, &json!({ "manager_id": manager })).await;
    assert_eq!(done.status, 200, "{:?}", done.outcome());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_adds_and_changes_people() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let carl = person(server.store(), "Carl", Role::Manager).await;
    let new = json!({ "name": " Anna Berg ", "email": "anna@example.org", "role": "rep", "manager_id": carl.id,
                      "external_id": "17" });
    let key = [("idempotency-key", "anna")];
    let added = ask_as(&server, &admin, "POST", "/v1/people", &key, &new).await;
    let anna = added.json();
    assert_eq!((added.status, added.header("etag"), &anna["name"]), (201, "\"1\"", &json!("Anna Berg")));
    assert_eq!((&anna["active"], &anna["has_password"]), (&json!(true), &json!(false)));
    let path = added.header("location").to_owned();
    let again = ask_as(&server, &admin, "POST", "/v1/people", &key, &new).await;
    assert_eq!((again.json(), again.header("idempotency-replayed")), (anna.clone(), "true"));
    assert_eq!(get(&server, &admin, &path).await.json(), anna);
    let change = json!({ "email": "anna.berg@example.org", "manager_id": null });
    let changed = patch(&server, &admin, &path, "\"1\"", &change).await;
    let body = changed.json();
    assert_eq!((changed.header("etag"), &body["manager_id"]), ("\"2\"", &NOTHING));
    assert_eq!((&body["email"], &body["external_id"]), (&json!("anna.berg@example.org"), &json!("17")));
    let stale = patch(&server, &admin, &path, "\"1\"", &change).await;
    assert_eq!(stale.outcome(), (412, "stale".to_owned()));
    let blind = ask_as(&server, &admin, "PATCH", &path, &[], &change).await;
    assert_eq!(blind.outcome(), (428, "if_match_required".to_owned()));
    let audit =
        get(&server, &admin, &format!("/v1/audit?subject={}", anna["id"].as_str().unwrap())).await.json();
    let done: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(done, ["person.change", "person.add"], "once each");
    assert_eq!(audit["items"][0]["detail"], change);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_learn_the_name_of_whoever_is_added_or_renamed() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let new = json!({ "name": "Anna Berg", "email": "anna@example.org", "role": "rep" });
    let added = post(&server, &admin, "/v1/people", &new).await;
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let name = async || {
        let query = "select json ->> 'name' from sync.reference where set = 'people' and key = $1";
        sqlx::query_scalar::<_, String>(query).bind(&id).fetch_one(server.store().pool()).await.unwrap()
    };
    assert_eq!(name().await, "Anna Berg");
    let path = format!("/v1/people/{id}");
    let renamed = patch(&server, &admin, &path, added.header("etag"), &json!({ "name": "Anna Tal" })).await;
    assert_eq!((renamed.status, name().await), (200, "Anna Tal".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_cannot_be_is_refused() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let (anna, bert) = (
        person(server.store(), "Anna", Role::Manager).await,
        person(server.store(), "Bert", Role::Manager).await,
    );
    let clara = person(server.store(), "Clara", Role::Rep).await;
    lead(&server, &admin, bert.id, anna.id).await;
    lead(&server, &admin, clara.id, bert.id).await;
    let unknown = "00000000-0000-7000-8000-000000000000";
    let new = |more: Json| {
        let mut body = json!({ "name": "N", "email": "n@example.org", "role": "rep" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, status, code) in [
        (new(json!({ "name": "  " })), 422, "bad_name"),
        (new(json!({ "name": "a\nb" })), 422, "bad_name"),
        (new(json!({ "email": "nowhere" })), 422, "bad_email"),
        (new(json!({ "email": "ANNA@example.org" })), 409, "email_taken"),
        (new(json!({ "role": "king" })), 400, "malformed"),
        (new(json!({ "rank": 1 })), 400, "malformed"),
        (new(json!({ "manager_id": unknown })), 422, "unknown_manager"),
        (new(json!({ "external_id": "a\nb" })), 422, "bad_external_id"),
        (json!({ "name": "N" }), 400, "malformed"),
    ] {
        let answer = post(&server, &admin, "/v1/people", &body).await;
        assert_eq!(answer.outcome(), (status, code.to_owned()), "{body}");
    }
    let path = format!("/v1/people/{}", anna.id);
    for (body, status, code) in [
        (json!({ "manager_id": anna.id }), 409, "manager_cycle"),
        (json!({ "manager_id": clara.id }), 409, "manager_cycle"),
        (json!({ "email": "bert@example.org" }), 409, "email_taken"),
        (json!({ "id": clara.id }), 400, "malformed"),
    ] {
        let answer = patch(&server, &admin, &path, "\"1\"", &body).await;
        assert_eq!(answer.outcome(), (status, code.to_owned()), "{body}");
    }
    assert_eq!(get(&server, &admin, &path).await.header("etag"), "\"1\"", "nothing was changed");
    let nobody = patch(&server, &admin, &format!("/v1/people/{unknown}"), "\"1\"", &json!({})).await;
    assert_eq!(nobody.outcome(), (404, "not_found".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_admin_stays() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let id = get(&server, &admin, "/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/people/{id}");
    let demote = json!({ "role": "office" });
    assert_eq!(
        patch(&server, &admin, &path, "\"1\"", &demote).await.outcome(),
        (409, "last_admin".to_owned())
    );
    let leave = post(&server, &admin, &format!("{path}/deactivate"), &NOTHING).await;
    assert_eq!(leave.outcome(), (409, "last_admin".to_owned()));
    person(server.store(), "Second", Role::Admin).await;
    assert_eq!(patch(&server, &admin, &path, "\"1\"", &demote).await.status, 200);
    let now = get(&server, &admin, "/v1/audit").await;
    assert_eq!(
        now.outcome(),
        (403, "not_permitted".to_owned()),
        "an admin's token is worth the role of today"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sees_whom_one_may_see_and_changes_nobody() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let mut ids = Vec::new();
    for (name, role) in
        [("Anna", Role::Rep), ("Bert", Role::Manager), ("Clara", Role::Manager), ("Dora", Role::Rep)]
    {
        ids.push(person(server.store(), name, role).await.id);
    }
    let [anna, bert, clara, dora] = ids.try_into().unwrap();
    lead(&server, &admin, anna, bert).await;
    lead(&server, &admin, bert, clara).await;
    let office = token(&server, Role::Office).await;
    let of = |person, role| token_of(&server, person, role);
    for (token, seen) in [
        (&admin, &["A admin", "A office", "Anna", "Bert", "Clara", "Dora"][..]),
        (&office, &["A admin", "A office", "Anna", "Bert", "Clara", "Dora"]),
        (&of(clara, Role::Manager), &["Anna", "Bert", "Clara"]),
        (&of(bert, Role::Manager), &["Anna", "Bert"]),
        (&of(anna, Role::Rep), &["Anna"]),
        (&of(dora, Role::Admin), &["Dora"]),
    ] {
        assert_eq!(names(&get(&server, token, "/v1/people").await.json()), seen);
        for (name, id) in [("Anna", anna), ("Bert", bert), ("Clara", clara), ("Dora", dora)] {
            let shown = get(&server, token, &format!("/v1/people/{id}")).await;
            let status = if seen.contains(&name) { 200 } else { 404 };
            assert_eq!(shown.status, status, "{name}");
        }
    }
    let unknown = get(&server, &of(anna, Role::Rep), "/v1/people/00000000-0000-7000-8000-000000000000").await;
    let hidden = get(&server, &of(anna, Role::Rep), &format!("/v1/people/{dora}")).await;
    assert_eq!((hidden.status, hidden.json()), (unknown.status, unknown.json()));
    let new = json!({ "name": "N", "email": "n@example.org", "role": "admin" });
    for token in [&office, &of(clara, Role::Manager), &of(anna, Role::Rep)] {
        let own = format!("/v1/people/{anna}");
        for answer in [
            post(&server, token, "/v1/people", &new).await,
            patch(&server, token, &own, "\"2\"", &json!({ "role": "admin" })).await,
            post(&server, token, &format!("{own}/deactivate"), &NOTHING).await,
            post(&server, token, &format!("{own}/reactivate"), &NOTHING).await,
            post(&server, token, &format!("{own}/links"), &json!({})).await,
            post(&server, token, "/v1/departments", &json!({ "name": "Service" })).await,
        ] {
            assert_eq!(answer.outcome(), (403, "not_permitted".to_owned()));
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_page_by_page_and_filtered() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    for name in ["bert", "Anna", "Clara", "Dora", "anna"] {
        let email = format!("{name}{}@example.org", name.len());
        let new = json!({ "name": name, "email": email.replace("anna", "xanna"), "role": "rep" });
        assert_eq!(post(&server, &admin, "/v1/people", &new).await.status, 201);
    }
    let mut path = "/v1/people?role=rep&limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = get(&server, &admin, &path).await.json();
        seen.extend(names(&page).iter().map(|name| (*name).to_lowercase()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/people?role=rep&limit=2&after={next}");
    }
    assert_eq!(seen, ["anna", "anna", "bert", "clara", "dora"]);
    let found = get(&server, &admin, "/v1/people?q=CLA").await.json();
    assert_eq!(names(&found), ["Clara"]);
    let found = get(&server, &admin, "/v1/people?q=%25").await.json();
    assert_eq!(names(&found), [""; 0], "a text, not a pattern");
    assert_eq!(names(&get(&server, &admin, "/v1/people?active=false").await.json()), [""; 0]);
    for (query, code) in [
        ("after=xx", "bad_cursor"),
        ("role=king", "malformed"),
        ("rolle=rep", "malformed"),
        ("q=%00", "malformed"),
    ] {
        let answer = get(&server, &admin, &format!("/v1/people?{query}")).await;
        assert_eq!(answer.outcome(), (400, code.to_owned()), "{query}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_deactivated_is_out_with_devices_and_tokens() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let beat = Beat::new(server.store(), "north").await;
    let phone = beat.device(server.store()).await;
    let (anna, email) = with_password(&server, "north", Role::Rep).await;
    assert_eq!(anna, beat.person);
    let signed = json!({ "email": email, "password": crate::session::PASSWORD, "device_id": phone.id() });
    let tokens = post(&server, "", "/v1/session", &signed).await.json();
    let token = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let plain = token_of(&server, anna, Role::Rep);
    for token in [&token, &plain] {
        assert_eq!(get(&server, token, "/v1/me").await.status, 200);
    }
    let path = format!("/v1/people/{anna}");
    let done = post(&server, &admin, &format!("{path}/deactivate"), &NOTHING).await.json();
    // One session from choosing the password, one from signing in.
    assert_eq!((&done["sessions"], &done["devices"]), (&json!(2), &json!([phone.id()])));
    for token in [&token, &plain] {
        assert_eq!(get(&server, token, "/v1/me").await.outcome(), (401, "unauthorised".to_owned()));
    }
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let over = post(&server, "", "/v1/session/refresh", &refresh).await;
    assert_eq!(over.outcome(), (401, "session_over".to_owned()));
    let again = post(&server, "", "/v1/session", &signed).await;
    assert_eq!(again.outcome(), (401, "wrong_sign_in".to_owned()));
    let link = post(&server, &admin, &format!("{path}/links"), &json!({})).await;
    assert_eq!(link.outcome(), (404, "not_found".to_owned()));
    let twice = post(&server, &admin, &format!("{path}/deactivate"), &NOTHING).await.json();
    assert_eq!((&twice["sessions"], &twice["devices"]), (&json!(0), &json!([])));
    let back = post(&server, &admin, &format!("{path}/reactivate"), &NOTHING).await;
    assert_eq!((back.status, &back.json()["active"]), (200, &json!(true)));
    assert_eq!(get(&server, &token, "/v1/me").await.status, 401, "the session stays over");
    assert_eq!(get(&server, &plain, "/v1/me").await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_manager_gets_what_the_person_holds_and_the_old_one_loses_it() {
    let server = TestServer::new().await;
    let (store, admin) = (server.store(), token(&server, Role::Admin).await);
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    for beat in [&north, &south] {
        beat.account(store, "Corner Shop").await;
    }
    let (anna, bert) =
        (person(store, "Anna", Role::Manager).await, person(store, "Bert", Role::Manager).await);
    lead(&server, &admin, south.person, bert.id).await;
    let of = |person| Beat { person, territory: north.territory };
    let (annas, berts) = (of(anna.id).device(store).await, of(bert.id).device(store).await);
    let phone = north.device(store).await;
    assert_eq!(open_leases(store, &[annas.id(), berts.id(), phone.id()]).await, [0, 1, 2]);
    lead(&server, &admin, north.person, anna.id).await;
    assert_eq!(open_leases(store, &[annas.id(), berts.id(), phone.id()]).await, [1, 1, 2]);
    lead(&server, &admin, north.person, bert.id).await;
    assert_eq!(open_leases(store, &[annas.id(), berts.id(), phone.id()]).await, [0, 2, 2]);
    // Bert's own manager reaches both territories at once; nobody else's leases move.
    lead(&server, &admin, bert.id, anna.id).await;
    assert_eq!(open_leases(store, &[annas.id(), berts.id(), phone.id()]).await, [2, 2, 2]);
    assert!(store.verify().await.unwrap().is_sound());
    server.stop().await;
}

async fn open_leases(store: &Store, devices: &[roadbook_model::DeviceId]) -> Vec<i64> {
    let mut counts = Vec::new();
    for device in devices {
        let open =
            "select count(*) from sync.lease where withdrawn is null and closed is null and device_id = $1";
        counts.push(sqlx::query_scalar(open).bind(device.uuid()).fetch_one(store.pool()).await.unwrap());
    }
    counts
}

/// A task at an account, in a department's queue.
async fn task(
    store: &Store,
    beat: &Beat,
    account: RecordId,
    department: &str,
    subject: &str,
    due: Option<&str>,
) -> RecordId {
    let id = RecordId::new(1_700_000_000_000, id_bytes());
    let envelope =
        Envelope { id, kind: Kind::TASK, account: account.account(), creator: beat.person, generation: 0 };
    let department: uuid::Uuid = department.parse().unwrap();
    let mut pairs = vec![
        ("subject", text(subject)),
        ("state", text("open")),
        ("department_id", Value::Str(department.to_string())),
    ];
    pairs.extend(due.map(|due| ("due", text(due))));
    let imported = Imported {
        envelope,
        fields: fields(&pairs),
        captured_ms: 1_700_000_000_000,
        territory: None,
        decision: None,
    };
    store.import(vec![imported]).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_departments_queue_is_its_members_whatever_their_territory() {
    let server = TestServer::new().await;
    let (store, admin) = (server.store(), token(&server, Role::Admin).await);
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let shop = north.account(store, "Corner Shop").await.record();
    let added = post(&server, &admin, "/v1/departments", &json!({ "name": "Service" })).await;
    assert_eq!((added.status, added.header("etag")), (201, "\"1\""));
    let (path, id) = (added.header("location").to_owned(), added.json()["id"].as_str().unwrap().to_owned());
    for (subject, due) in [("no day", None), ("late", Some("2026-02-01")), ("soon", Some("2026-01-01"))] {
        task(store, &north, shop, &id, subject, due).await;
    }
    let queue = format!("{path}/queue");
    let (member, other) =
        (token_of(&server, south.person, Role::Rep), token_of(&server, north.person, Role::Rep));
    assert_eq!(get(&server, &member, &queue).await.outcome(), (404, "not_found".to_owned()));
    let joined =
        ask_as(&server, &admin, "PUT", &format!("{path}/members/{}", south.person), &[], &NOTHING).await;
    assert_eq!((joined.status, joined.header("etag")), (200, "\"2\""));
    let again =
        ask_as(&server, &admin, "PUT", &format!("{path}/members/{}", south.person), &[], &NOTHING).await;
    assert_eq!(again.header("etag"), "\"2\"", "nothing changed");
    let subjects = |page: &Json| {
        page["items"].as_array().unwrap().iter().map(|task| task["subject"].clone()).collect::<Vec<_>>()
    };
    let page = get(&server, &member, &queue).await.json();
    assert_eq!(subjects(&page), ["soon", "late", "no day"]);
    assert_eq!(
        (&page["items"][0]["account_name"], &page["items"][0]["due"]),
        (&json!("Corner Shop"), &json!("2026-01-01"))
    );
    let first = get(&server, &member, &format!("{queue}?limit=2")).await.json();
    let rest = get(&server, &member, &format!("{queue}?limit=2&after={}", first["next"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(
        (subjects(&first), subjects(&rest)),
        (vec![json!("soon"), json!("late")], vec![json!("no day")])
    );
    assert_eq!(get(&server, &other, &queue).await.outcome(), (404, "not_found".to_owned()));
    let office = token(&server, Role::Office).await;
    assert_eq!(subjects(&get(&server, &office, &queue).await.json()).len(), 3);
    let seen = get(&server, &member, &path).await.json();
    assert_eq!((&seen["members"][0]["name"], &seen["open_tasks"]), (&json!("south"), &json!(3)));
    assert_eq!(get(&server, &other, &path).await.json()["members"], NOTHING, "not for others to see");
    assert_eq!(
        get(&server, &member, "/v1/me").await.json()["departments"],
        json!([{ "id": id, "name": "Service" }])
    );
    let busy = ask_as(&server, &admin, "DELETE", &path, &[("if-match", "\"2\"")], &NOTHING).await;
    assert_eq!(busy.outcome(), (409, "department_in_use".to_owned()));
    let left =
        ask_as(&server, &admin, "DELETE", &format!("{path}/members/{}", south.person), &[], &NOTHING).await;
    assert_eq!((left.status, left.header("etag")), (200, "\"3\""));
    assert_eq!(get(&server, &member, &queue).await.status, 404);
    assert!(store.verify().await.unwrap().is_sound(), "the field is folded like any other");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn departments_are_kept_by_admins() {
    let server = TestServer::new().await;
    let admin = token(&server, Role::Admin).await;
    let mut paths = Vec::new();
    for name in ["Service", "claims", " Accounts "] {
        let added = post(&server, &admin, "/v1/departments", &json!({ "name": name })).await;
        paths.push(added.header("location").to_owned());
    }
    for (name, status, code) in
        [("service", 409, "name_taken"), (" ", 422, "bad_name"), ("a\nb", 422, "bad_name")]
    {
        let answer = post(&server, &admin, "/v1/departments", &json!({ "name": name })).await;
        assert_eq!(answer.outcome(), (status, code.to_owned()), "{name}");
    }
    let first = get(&server, &admin, "/v1/departments?limit=2").await.json();
    assert_eq!(names(&first), ["Accounts", "claims"]);
    let rest = format!("/v1/departments?limit=2&after={}", first["next"].as_str().unwrap());
    assert_eq!(names(&get(&server, &admin, &rest).await.json()), ["Service"]);
    let renamed = patch(&server, &admin, &paths[0], "\"1\"", &json!({ "name": "Claims" })).await;
    assert_eq!(renamed.outcome(), (409, "name_taken".to_owned()));
    let renamed = patch(&server, &admin, &paths[0], "\"1\"", &json!({ "name": "After sale" })).await;
    assert_eq!((renamed.status, renamed.header("etag")), (200, "\"2\""));
    let stale = ask_as(&server, &admin, "DELETE", &paths[0], &[("if-match", "\"1\"")], &NOTHING).await;
    assert_eq!(stale.outcome(), (412, "stale".to_owned()));
    let gone = ask_as(&server, &admin, "DELETE", &paths[0], &[("if-match", "\"2\"")], &NOTHING).await;
    assert_eq!(gone.status, 204);
    let none = "00000000-0000-7000-8000-000000000000";
    for path in [paths[0].clone(), format!("{}/queue", paths[0]), format!("/v1/departments/{none}")] {
        assert_eq!(get(&server, &admin, &path).await.outcome(), (404, "not_found".to_owned()), "{path}");
    }
    let nobody = ask_as(&server, &admin, "PUT", &format!("{}/members/{none}", paths[1]), &[], &NOTHING).await;
    assert_eq!(nobody.outcome(), (404, "not_found".to_owned()));
    server.stop().await;
}
