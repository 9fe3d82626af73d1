//! The brief through the API: as JSON and as a page, for whoever has the account in reach.

use roadbook_model::Kind;
use roadbook_model::brief::Topic;
use roadbook_model::money::minor_digits;
use roadbook_model::permission::Role;
use roadbook_protocol::entry::Subject;
use serde_json::{Value as Json, json};

use crate::support::{Beat, Database, TestServer, ask_as, fields, text, token, token_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_is_json_or_a_page_and_only_for_whom_it_may_concern() {
    let server = TestServer::new().await;
    let store = server.store();
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let account = north.account(store, "<i>Corner</i> & \"Shop\"").await;
    let mut device = north.device(store).await;
    let lease = device.lease(store, Subject::Account(account)).await;
    let task =
        fields(&[("subject", text("Call back")), ("state", text("open")), ("due", text("2026-01-02"))]);
    let (record, item) = device.creates(Kind::TASK, account, lease, &task);
    store.push(&device.row, vec![item]).await.unwrap();
    let rep = token_of(&server, north.person, Role::Rep);
    let path = format!("/v1/accounts/{account}/brief?day=2026-01-05");
    let get = async |token: &str, path: &str, accept: &str| {
        ask_as(&server, token, "GET", path, &[("accept", accept)], &Json::Null).await
    };
    let made = get(&rep, &path, "*/*").await.json();
    let promise = &made["sections"][2]["statements"][0];
    assert_eq!(promise["text"], "Task: Call back, due 2 January 2026 (3 days overdue).");
    assert_eq!((&promise["overdue_days"], &promise["due"]), (&json!(3), &json!("2026-01-02")));
    assert_eq!(promise["sources"][0]["record"]["id"], json!(record));

    let page = get(&rep, &path, "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let html = String::from_utf8(page.body).unwrap();
    assert!(html.contains("<h1>&lt;i&gt;Corner&lt;/i&gt; &amp; &quot;Shop&quot;</h1>"), "{html}");
    assert!(!html.contains("<script") && !html.contains("src="), "{html}");
    // Each statement leads to what it was read from, which the page itself names, on paper as well.
    let named = format!("\">task {record}</li>");
    let named = html.lines().find_map(|line| line.strip_prefix("<li id=\"")?.strip_suffix(&named)).unwrap();
    let said = html.lines().find(|line| line.contains("Task: Call back")).unwrap();
    assert!(said.contains(&format!("href=\"#{named}\"")), "{html}");
    assert!(html.match_indices("href=").all(|(at, _)| html[at..].starts_with("href=\"#")), "{html}");

    let foreign = token_of(&server, south.person, Role::Rep);
    assert_eq!(get(&foreign, &path, "*/*").await.outcome(), (404, "not_found".into()));
    let office = token(&server, Role::Office).await;
    assert_eq!(get(&office, &path, "*/*").await.status, 200);
    assert_eq!(get(&office, &path.replace("2026-01-05", "soon"), "*/*").await.status, 400);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_s_names_are_published_once_and_anew_when_they_change() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    store.publish_names().await.unwrap();
    let head = store.wake().head();
    store.publish_names().await.unwrap();
    assert_eq!(store.wake().head(), head, "nothing new, nothing written");
    sqlx::query("update org.person set name = 'Northa'").execute(store.pool()).await.unwrap();
    store.publish_names().await.unwrap();
    let name: Json = sqlx::query_scalar("select json from sync.reference where set = 'people' and key = $1")
        .bind(beat.person.to_string())
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(name, json!({ "name": "Northa" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_and_the_record_agree_on_the_digits_of_every_currency_they_name() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let named = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
        "XAF", "XOF", "XPF", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "CLF", "UYW", "USD", "EUR",
        "CHF", "SEK",
    ];
    for currency in named {
        let query = sqlx::query_scalar::<_, i32>("select record.minor_digits($1)").bind(currency);
        let digits = query.fetch_one(store.pool()).await.unwrap();
        assert_eq!(digits.cast_unsigned(), minor_digits(currency), "{currency}");
    }
    assert!(store.brief(roadbook_model::AccountId::from_bytes([7; 16])).await.unwrap().is_none());
    let beat = Beat::new(&store, "north").await;
    let account = beat.account(&store, "Corner Shop").await;
    let made = store.brief(account).await.unwrap().unwrap();
    assert!(made.section(Topic::Outstanding).is_some_and(|section| section.statements.is_empty()));
}
