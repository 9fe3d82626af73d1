//! Devices through the API: who sees which, names, taking them out of use, codes for new ones and for their successors.

use chrono::{DateTime, TimeDelta, Utc};
use p256::ecdsa::SigningKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, Kind};
use roadbook_protocol::entry::Subject;
use roadbook_server::store::office::enrol::Enrolled;
use roadbook_server::store::office::people::NewPerson;
use serde_json::{Value as Json, json};

use crate::practice::admitted;
use crate::support::{Answer, Beat, TestServer, ask_as, fields, text, token, token_of};

/// Two beats, the first with a manager.
struct Scene {
    server: TestServer,
    north: Beat,
    south: Beat,
    manager: String,
}

impl Scene {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let carl = NewPerson {
            external_id: None,
            name: "Carl".to_owned(),
            email: "carl@example.org".to_owned(),
            role: Role::Manager,
            manager: None,
        };
        let carl = server.store().put_person(&carl).await.unwrap();
        let north = Beat::led(server.store(), "north", Some(carl)).await;
        let south = Beat::new(server.store(), "south").await;
        let manager = token_of(&server, carl, Role::Manager);
        Self { server, north, south, manager }
    }

    fn rep(&self, beat: &Beat) -> String {
        token_of(&self.server, beat.person, Role::Rep)
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        ask_as(&self.server, token, "GET", path, &[], &Json::Null).await
    }

    async fn post(&self, token: &str, path: &str, body: Json) -> Answer {
        ask_as(&self.server, token, "POST", path, &[], &body).await
    }

    async fn ids(&self, token: &str, query: &str) -> Vec<String> {
        let page = self.get(token, &format!("/v1/devices{query}")).await.json();
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn enrol(&self, code: &str, seed: u8) -> Option<Enrolled> {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let key = key.verifying_key().as_affine().to_encoded_point(true).as_bytes().to_vec();
        self.server.store().enrol(code, "new phone", &key).await.unwrap()
    }

    async fn audited(&self, action: &str, subject: &str) -> Vec<Json> {
        let admin = token(&self.server, Role::Admin).await;
        let page = self.get(&admin, &format!("/v1/audit?subject={subject}")).await.json();
        let items = page["items"].as_array().unwrap();
        items.iter().filter(|item| item["action"] == action).cloned().collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_the_devices_in_reach_and_filters_them() {
    let scene = Scene::new().await;
    let store = scene.server.store();
    let own = scene.north.device(store).await.id().to_string();
    let second = scene.north.device(store).await.id().to_string();
    let foreign = scene.south.device(store).await.id().to_string();
    let office = token(&scene.server, Role::Office).await;
    assert_eq!(scene.ids(&scene.rep(&scene.north), "").await, [own.as_str(), &second]);
    assert_eq!(scene.ids(&scene.manager, "").await, [own.as_str(), &second]);
    assert_eq!(scene.ids(&office, "").await, [own.as_str(), &second, &foreign]);
    let of_south = format!("?person={}", scene.south.person);
    assert_eq!(scene.ids(&office, &of_south).await, [foreign.as_str()]);
    assert_eq!(scene.ids(&scene.manager, &of_south).await, [""; 0]);
    let path = format!("/v1/devices/{foreign}/revoke");
    let admin = token(&scene.server, Role::Admin).await;
    assert_eq!(scene.post(&admin, &path, json!({ "mode": "leaving" })).await.status, 200);
    assert_eq!(scene.ids(&office, "?state=leaving").await, [foreign.as_str()]);
    assert_eq!(scene.ids(&office, "?stale_since=2000-01-01T00:00:00Z").await, [""; 0]);
    assert_eq!(scene.ids(&office, "?stale_since=2999-01-01T00:00:00Z").await.len(), 3);
    for bad in ["?state=gone", "?stale_since=yesterday", "?sate=active", "?after=xx"] {
        assert_eq!(scene.get(&office, &format!("/v1/devices{bad}")).await.status, 400, "{bad}");
    }
    let page = scene.get(&office, "/v1/devices?limit=2").await.json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(scene.ids(&office, &format!("?limit=2&after={next}")).await, [foreign.as_str()]);
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connected_device_is_seen_though_it_says_nothing_and_what_waits_on_it_grows_older() {
    let scene = Scene::new().await;
    let store = scene.server.store();
    let device = scene.north.device(store).await;
    let path = format!("/v1/devices/{}", device.id());
    assert!(admitted(store, &device, (3, 600), None).await);
    let shown = async || {
        let row = scene.get(&scene.manager, &path).await.json();
        let at = |name: &str| row[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        (at("last_seen_at"), at("oldest_unsent_at"))
    };
    let (seen, oldest) = shown().await;
    assert_eq!(seen - oldest, TimeDelta::seconds(600));
    store.hear(device.id(), seen.timestamp_millis() + 120_000).await.unwrap();
    assert_eq!(shown().await, (seen + TimeDelta::seconds(120), oldest));
    // A word that comes late, of another connection, takes nothing back.
    store.hear(device.id(), seen.timestamp_millis()).await.unwrap();
    assert_eq!(shown().await.0, seen + TimeDelta::seconds(120));
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_shows_what_it_drains_and_what_of_it_is_held() {
    let scene = Scene::new().await;
    let store = scene.server.store();
    let account = scene.north.account(store, "Corner Shop").await;
    let mut device = scene.north.device(store).await;
    let lease = device.lease(store, Subject::Account(account)).await;
    let path = format!("/v1/devices/{}", device.id());
    let before = scene.get(&scene.manager, &path).await.json();
    assert_eq!((&before["draining_leases"], &before["held_items"]), (&json!([]), &json!([])));
    let admin = token(&scene.server, Role::Admin).await;
    scene.post(&admin, &format!("{path}/revoke"), json!({ "mode": "leaving" })).await;
    let content = fields(&[("state", text("planned")), ("subject", text("late"))]);
    let (record, item) = device.creates(Kind::VISIT, account, lease, &content);
    store.push(&device.row, vec![item]).await.unwrap();
    let after = scene.get(&scene.manager, &path).await.json();
    let draining = after["draining_leases"].as_array().unwrap();
    let drained = draining.iter().find(|one| one["lease_id"] == lease.to_string()).unwrap();
    assert_eq!(
        (&drained["account_name"], &drained["late_policy"], &after["state"]),
        (&json!("Corner Shop"), &json!("review"), &json!("leaving"))
    );
    assert_eq!(after["draining"], draining.len());
    assert_eq!((&after["held"], &after["held_items"][0]["code"]), (&json!(1), &json!("device_leaving")));
    assert_eq!(after["held_items"][0]["record_id"], record.to_string());
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_renamed_on_the_version_that_was_seen() {
    let scene = Scene::new().await;
    let device = scene.north.device(scene.server.store()).await.id().to_string();
    let path = format!("/v1/devices/{device}");
    let rep = scene.rep(&scene.north);
    let rename = async |token: &str, version: &str, name: &str| {
        let headers = [("if-match", version)];
        let headers = if version.is_empty() { &headers[..0] } else { &headers[..] };
        ask_as(&scene.server, token, "PATCH", &path, headers, &json!({ "name": name })).await
    };
    let etag = scene.get(&rep, &path).await.header("etag").to_owned();
    assert_eq!(rename(&rep, "", "Blue").await.outcome(), (428, "if_match_required".to_owned()));
    assert_eq!(rename(&rep, &etag, " ").await.outcome(), (422, "bad_name".to_owned()));
    assert_eq!(rename(&rep, &etag, "a\u{1b}[31m").await.outcome(), (422, "bad_name".to_owned()));
    let renamed = rename(&rep, &etag, " Blue phone ").await;
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Blue phone")));
    assert_ne!(renamed.header("etag"), etag);
    assert_eq!(rename(&scene.manager, &etag, "Red").await.outcome(), (412, "stale".to_owned()));
    let office = token(&scene.server, Role::Office).await;
    let refused = rename(&office, renamed.header("etag"), "Red").await;
    assert_eq!(refused.outcome(), (403, "not_permitted".to_owned()));
    let audited = scene.audited("device.rename", &device).await;
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0]["detail"], json!({ "from": "phone", "to": "Blue phone" }));
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_a_device_goes_is_asked_and_blocked_is_for_good() {
    let scene = Scene::new().await;
    let device = scene.north.device(scene.server.store()).await.id().to_string();
    let path = format!("/v1/devices/{device}/revoke");
    let office = token(&scene.server, Role::Office).await;
    let mode = |mode: &str| json!({ "mode": mode });
    assert_eq!(scene.post(&office, &path, mode("blocked")).await.outcome().0, 403);
    for unsaid in [json!({}), mode("gone"), mode("active")] {
        assert_eq!(scene.post(&scene.manager, &path, unsaid).await.outcome(), (400, "malformed".to_owned()));
    }
    let leaving = scene.post(&scene.manager, &path, mode("leaving")).await.json();
    assert_eq!(leaving["state"], "leaving");
    // Ordered, not answered.
    assert!(leaving["wipe_ordered_at"].is_string() && leaving["wiped_at"].is_null());
    // Lost after all: its person says so.
    let blocked = scene.post(&scene.rep(&scene.north), &path, mode("blocked")).await.json();
    assert_eq!((&blocked["state"], &blocked["revoked_at"]), (&json!("blocked"), &leaving["revoked_at"]));
    let again = scene.post(&scene.manager, &path, mode("blocked")).await.json();
    assert_eq!(again["version"], blocked["version"], "asked twice, done once");
    let back = scene.post(&scene.manager, &path, mode("leaving")).await;
    assert_eq!(back.outcome(), (409, "wrong_state".to_owned()));
    let modes: Vec<Json> = scene
        .audited("device.revoke", &device)
        .await
        .iter()
        .map(|row| row["detail"]["mode"].clone())
        .collect();
    assert_eq!(modes, ["blocked", "leaving"]);
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_given_out_as_text_link_and_picture_and_kept_nowhere() {
    let scene = Scene::new().await;
    let path = format!("/v1/people/{}/enrol-codes", scene.north.person);
    let admin = token(&scene.server, Role::Admin).await;
    let key = [("idempotency-key", "key-1")];
    let first = ask_as(&scene.server, &admin, "POST", &path, &key, &json!({ "hours": 1 })).await;
    assert_eq!((first.status, first.header("cache-control")), (201, "no-store"));
    let shown = first.json();
    let code = shown["code"].as_str().unwrap();
    assert_eq!(shown["url"], format!("{}/enrol#code={code}", scene.server.origin()));
    assert!(shown["png"].as_str().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"));
    let kept = "select count(*) from org.idempotency where body is not null";
    let kept: i64 = sqlx::query_scalar(kept).fetch_one(scene.server.store().pool()).await.unwrap();
    assert_eq!(kept, 0, "a secret is not kept to be repeated");
    let second = ask_as(&scene.server, &admin, "POST", &path, &key, &json!({ "hours": 1 })).await.json();
    assert_ne!(second["code"], shown["code"]);
    let enrolled = scene.enrol(code, 41).await.unwrap();
    let told = scene.audited("device.enrol", &enrolled.device.to_string()).await;
    assert_eq!((told.len(), &told[0]["person_id"]), (1, &json!(scene.north.person)));
    let key = SigningKey::from_slice(&[43; 32]).unwrap();
    let key = key.verifying_key().as_affine().to_encoded_point(true).as_bytes().to_vec();
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let asked = json!({ "code": second["code"], "name": "a phone", "public_key": key });
    let over_the_air = ask_as(&scene.server, "", "POST", "/v1/enrol", &[], &asked).await;
    assert_eq!(over_the_air.status, 200, "{:?}", over_the_air.outcome());
    let told = scene.audited("device.enrol", over_the_air.json()["device"].as_str().unwrap()).await;
    assert_eq!(
        (&told[0]["address"], &told[0]["detail"]),
        (&json!("127.0.0.1"), &json!({ "name": "a phone" }))
    );
    for hours in [0, 2161] {
        let answer = scene.post(&admin, &path, json!({ "hours": hours })).await;
        assert_eq!(answer.outcome(), (422, "out_of_range".to_owned()));
    }
    assert_eq!(scene.post(&scene.manager, &path, json!({})).await.status, 201);
    let others = format!("/v1/people/{}/enrol-codes", scene.south.person);
    assert_eq!(scene.post(&scene.manager, &others, json!({})).await.status, 404);
    assert_eq!(scene.post(&scene.rep(&scene.north), &path, json!({})).await.status, 403);
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_s_enrolment_sends_the_old_device_off() {
    let scene = Scene::new().await;
    let store = scene.server.store();
    let account = scene.north.account(store, "Corner Shop").await;
    let old = scene.north.device(store).await.id();
    let stranger = scene.south.device(store).await.id();
    let path = format!("/v1/people/{}/enrol-codes", scene.north.person);
    let ask = async |replaces: DeviceId| {
        scene.post(&scene.manager, &path, json!({ "replaces": replaces.to_string() })).await
    };
    assert_eq!(ask(stranger).await.outcome(), (404, "not_found".to_owned()));
    let code = ask(old).await.json()["code"].as_str().unwrap().to_owned();
    let state = async |id: DeviceId| {
        let shown = scene.get(&scene.manager, &format!("/v1/devices/{id}")).await.json();
        (shown["state"].as_str().unwrap().to_owned(), shown["draining"].as_i64().unwrap())
    };
    assert_eq!(state(old).await, ("active".to_owned(), 0), "until the code is used");
    let new = scene.enrol(&code, 42).await.unwrap().device;
    let (word, draining) = state(old).await;
    assert_eq!(word, "leaving");
    assert!(draining >= 1, "its lease on {account} among them");
    assert_eq!(state(new).await, ("active".to_owned(), 0));
    let audited = scene.audited("device.replace", &old.to_string()).await;
    assert_eq!(audited[0]["detail"], json!({ "by": new.to_string() }));
    assert_eq!(ask(old).await.outcome(), (409, "wrong_state".to_owned()));
    scene.server.stop().await;
}
