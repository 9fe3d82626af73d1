//! Rule H9 at the server: what devices say was practised is kept by person and version, bounded, and never enters the record.

use roadbook_model::permission::Role;
use roadbook_protocol::Nonce;
use roadbook_protocol::frame::{Facts, Practised};
use roadbook_server::store::Store;
use serde_json::{Value as Json, json};

use crate::session::now_ms;
use crate::support::{Beat, Device, TestServer, admin, ask_as, entries, person, token, token_of};

fn practised(process: &str, version: u32, times: u32, last_ms: i64) -> Practised {
    Practised { process: process.to_owned(), version, times, last_ms }
}

/// A device says hello with this.
async fn says(store: &Store, device: &Device, practised: Vec<Practised>) -> bool {
    let facts = Facts { client: "a phone".to_owned(), store_bytes: 1, practised: Some(practised) };
    admitted(store, device, (0, 0), Some(&facts)).await
}

/// A device says hello: how much waits on it, for how many seconds, and what else it has to say.
pub async fn admitted(store: &Store, device: &Device, waiting: (u32, u32), facts: Option<&Facts>) -> bool {
    let query = "select nonce from org.device where id = $1";
    let query = sqlx::query_scalar::<_, Vec<u8>>(query).bind(device.id().uuid());
    let nonce: [u8; 16] = query.fetch_one(store.pool()).await.unwrap().try_into().unwrap();
    let mut next = nonce;
    next[0] = next[0].wrapping_add(1);
    store.admit(device.id(), (Nonce(nonce), Nonce(next)), waiting, facts, true).await.unwrap()
}

/// Who practised the complaint, as somebody sees it: name, times, latest version.
async fn seen(server: &TestServer, token: &str, query: &str) -> Vec<(String, i64, Json)> {
    let path = format!("/v1/processes/complaint/practice{query}");
    let answer = ask_as(server, token, "GET", &path, &[], &Json::Null).await;
    assert_eq!(answer.status, 200, "{:?}", answer.outcome());
    let row = |row: &Json| {
        (
            row["person_name"].as_str().unwrap_or_default().to_owned(),
            row["times"].as_i64().unwrap_or(-1),
            row["latest_version"].clone(),
        )
    };
    answer.json()["items"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h9_what_was_practised_is_kept_once_and_added_up_over_a_persons_devices() {
    let server = TestServer::new().await;
    let store = server.store();
    let by = admin(store).await;
    store.publish_shipped(&by).await.unwrap();
    let manager = person(store, "Mia", Role::Manager).await;
    let beat = Beat::led(store, "north", Some(manager.id)).await;
    let (first, second) = (beat.device(store).await, beat.device(store).await);
    let before = entries(store).await;
    let ahead_ms = now_ms() + 86_400_000;
    let odd = vec![
        practised("complaint", 1, 2, ahead_ms),
        practised("complaint", 1, 3, i64::MIN),
        practised("complaint", 2, 9, 0),
        practised("stock_out", 1, 0, 0),
        practised("com\u{0}plaint", 1, 9, 0),
        practised("'; drop table org.practice; --", 1, u32::MAX, i64::MAX),
    ];
    assert!(says(store, &first, odd).await);
    let reader = token(&server, Role::Office).await;
    let of = |rows: Vec<(String, i64, Json)>, name: &str| {
        rows.into_iter().find(|(known, ..)| known == name).map(|(_, times, latest)| (times, latest))
    };
    let name = "north";
    assert_eq!(of(seen(&server, &reader, "").await, name), Some((3, json!(1))), "the highest counts, once");
    let last = "select max(last_at) <= now() from org.practice";
    let last: bool = sqlx::query_scalar(last).fetch_one(store.pool()).await.unwrap();
    assert!(last, "a clock that is ahead says nothing of the future");
    let rows: i64 =
        sqlx::query_scalar("select count(*) from org.practice").fetch_one(store.pool()).await.unwrap();
    assert_eq!(rows, 1, "nothing is kept of what was not published");

    assert!(says(store, &first, vec![practised("complaint", 1, 1, now_ms())]).await);
    assert_eq!(
        of(seen(&server, &reader, "").await, name),
        Some((3, json!(1))),
        "a restored copy takes nothing back"
    );
    assert!(says(store, &second, vec![practised("complaint", 1, 1, now_ms())]).await);
    assert_eq!(
        of(seen(&server, &reader, "?role=rep").await, name),
        Some((4, json!(1))),
        "two phones are added up"
    );
    assert_eq!(of(seen(&server, &reader, "").await, "Mia"), Some((0, Json::Null)), "not yet");
    assert_eq!(entries(store).await, before, "nothing of it is in the log");

    let led = seen(&server, &token_of(&server, manager.id, Role::Manager), "").await;
    let led: Vec<&str> = led.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(led, ["Mia", "north"], "a manager sees whom the manager leads");
    let own = seen(&server, &token_of(&server, beat.person, Role::Rep), "").await;
    assert_eq!(own.len(), 1, "a rep sees that rep alone: {own:?}");
    for path in ["/v1/processes/complaint/practice?version=2", "/v1/processes/nothing/practice"] {
        assert_eq!(ask_as(&server, &reader, "GET", path, &[], &Json::Null).await.status, 404, "{path}");
    }

    // The next version is to be practised anew; who practised the one before is told apart.
    let text = include_str!("../../../model/processes/complaint.json");
    let mut next: Json = serde_json::from_str(text).unwrap();
    next["version"] = json!(2);
    let by_admin = token(&server, Role::Admin).await;
    let body = json!({ "items": { "complaint@2": next } });
    let published = ask_as(&server, &by_admin, "POST", "/v1/reference/processes", &[], &body).await;
    assert_eq!(published.status, 200, "{:?}", published.outcome());
    assert_eq!(of(seen(&server, &reader, "").await, name), Some((0, json!(1))));
    assert!(says(store, &first, vec![practised("complaint", 2, 1, now_ms())]).await);
    assert_eq!(of(seen(&server, &reader, "").await, name), Some((1, json!(2))));
    assert_eq!(of(seen(&server, &reader, "?version=1").await, name), Some((4, json!(2))));
    server.stop().await;
}
