//! Files of goals, tiers, discretion and cadence over HTTP: what is published, that a bad row comes back as a file and keeps no
//! other from its way, and that the same file again changes nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roadbook_model::permission::Role;
use roadbook_server::store::Store;
use serde_json::{Value as Json, json};

use crate::support::{TestServer, ask_as, entries, token};

/// Who aims at something; nobody is asked whether there is such a person.
const WHO: &str = "01a1c478-9800-7070-b070-7070707070aa";

/// A file of a set.
struct File {
    set: &'static str,
    rows: &'static str,
    /// What is published of it, by key.
    published: Json,
    /// Rows that are not taken: their key, their code and the column.
    failed: &'static [(&'static str, &'static str, Option<&'static str>)],
}

async fn published(store: &Store, set: &str) -> Json {
    let query = "select coalesce(jsonb_object_agg(key, json), '{}') from sync.reference where set = $1";
    sqlx::query_scalar(query).bind(set).fetch_one(store.pool()).await.unwrap()
}

/// Uploads and checks a file, carries it out, and returns the import's path and how it stands.
async fn imported(server: &TestServer, office: &str, set: &str, rows: &str) -> (String, Json) {
    let post = async |path: &str, body: Json| ask_as(server, office, "POST", path, &[], &body).await;
    let made = post("/v1/imports", json!({ "kind": set, "format": "csv", "file_name": "a.csv" })).await;
    assert_eq!(made.status, 201, "{:?}", made.outcome());
    let path = format!("/v1/imports/{}", made.json()["id"].as_str().unwrap());
    let part = json!({ "base64": STANDARD.encode(rows) });
    let put = ask_as(server, office, "PUT", &format!("{path}/parts/0"), &[], &part).await;
    assert_eq!(put.status, 200, "{:?}", put.outcome());
    assert_eq!(post(&format!("{path}/check"), json!({})).await.status, 200);
    while server.store().work_import().await.unwrap() {}
    let checked = ask_as(server, office, "GET", &path, &[], &Json::Null).await.json();
    assert_eq!(post(&format!("{path}/run"), json!({})).await.status, 200);
    while server.store().work_import().await.unwrap() {}
    let done = ask_as(server, office, "GET", &path, &[], &Json::Null).await.json();
    assert_eq!(done["state"], "done");
    assert_eq!(done["counts"], checked["counts"], "the run does what the check told");
    (path, done)
}

async fn comes_from_a_file(file: File) {
    let server = TestServer::new().await;
    let office = token(&server, Role::Office).await;
    let (path, done) = imported(&server, &office, file.set, file.rows).await;
    let (many, bad) = (file.published.as_object().unwrap().len(), file.failed.len());
    assert_eq!(done["counts"], json!({ "added": many, "changed": 0, "unchanged": 0, "failed": bad }));
    assert_eq!(published(server.store(), file.set).await, file.published);
    let failed = format!("{path}/rows?outcome=failed");
    let failed = ask_as(&server, &office, "GET", &failed, &[], &Json::Null).await.json();
    let back = ask_as(&server, &office, "GET", &format!("{path}/failed"), &[], &Json::Null).await;
    let back = String::from_utf8(back.body).unwrap();
    let head = file.rows.lines().next().unwrap();
    assert!(back.contains(&format!("{head},line,reason\r\n")), "{back}");
    let goes_back = |key: &str| back.contains(&format!("\n{key},"));
    assert!(file.published.as_object().unwrap().keys().all(|key| !goes_back(key)), "{back}");
    for (n, (row, code, column)) in file.failed.iter().enumerate() {
        let told = &failed["items"][n];
        assert_eq!((told["code"].as_str(), told["column"].as_str()), (Some(*code), *column), "{told}");
        assert!(goes_back(row), "{row}: {back}");
    }
    // The same again says nothing new, in the log neither.
    let before = entries(server.store()).await;
    let (_, again) = imported(&server, &office, file.set, file.rows).await;
    assert_eq!(again["counts"], json!({ "added": 0, "changed": 0, "unchanged": many, "failed": bad }));
    assert_eq!(entries(server.store()).await, before);
    assert_eq!(published(server.store(), file.set).await, file.published);
    assert_eq!(server.store().verify().await.unwrap().problems, []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goals_come_from_a_file() {
    comes_from_a_file(File {
        set: "goals",
        rows: "key,name,person,territory,period,measure,currency,target\n\
            q4,Turnover,01a1c478-9800-7070-b070-7070707070aa,,2026-Q4,order_amount,EUR,12500.50\n\
            calls,,,01a1c478-9800-7070-b070-7070707070aa,2026-11,visits,,40\n\
            both,,01a1c478-9800-7070-b070-7070707070aa,01a1c478-9800-7070-b070-7070707070aa,2026-11,visits,,4\n\
            kept,,01a1c478-9800-7070-b070-7070707070aa,,2026-11,promises_kept_percent,,140\n\
            when,,01a1c478-9800-7070-b070-7070707070aa,,November,visits,,4\n",
        published: json!({
            "q4": { "name": "Turnover", "person": WHO, "period": "2026-Q4", "measure": "order_amount",
                    "currency": "EUR", "target": 1_250_050 },
            "calls": { "territory": WHO, "period": "2026-11", "measure": "visits", "target": 40 },
        }),
        failed: &[
            ("both", "one_of", Some("person")),
            ("kept", "out_of_range", Some("target")),
            ("when", "bad_period", Some("period")),
        ],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiers_come_from_a_file() {
    comes_from_a_file(File {
        set: "tiers",
        rows: "key,name,discount_percent,valid_from,valid_until\n\
            gold,Gold,5,2026-01-01,\nsilver,Silver,2.5 %,,2027-12-31\nall,All,120,,\nnone,,3,,\n",
        published: json!({
            "gold": { "name": "Gold", "discount_bp": 500, "valid_from": "2026-01-01" },
            "silver": { "name": "Silver", "discount_bp": 250, "valid_until": "2027-12-31" },
        }),
        failed: &[("all", "out_of_range", Some("discount_percent")), ("none", "required", Some("name"))],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discretion_comes_from_a_file() {
    comes_from_a_file(File {
        set: "discretion",
        rows: "key,role,segment,line_discount_percent_max,header_discount_percent_max,total_discount_percent_max,\
               goodwill_max,currency\n\
            reps,rep,,5,3,,20,EUR\nbest,rep,VIP,10,5,12,50.50,EUR\nboss,chief,,5,3,,20,EUR\nlavish,manager,,5,300,,20,EUR\n",
        published: json!({
            "reps": { "role": "rep", "line_discount_bp_max": 500, "header_discount_bp_max": 300,
                      "goodwill_minor_max": 2_000, "currency": "EUR" },
            "best": { "role": "rep", "segment": "VIP", "line_discount_bp_max": 1_000, "header_discount_bp_max": 500,
                      "total_discount_bp_max": 1_200, "goodwill_minor_max": 5_050, "currency": "EUR" },
        }),
        failed: &[
            ("boss", "not_a_choice", Some("role")),
            ("lavish", "out_of_range", Some("header_discount_percent_max")),
        ],
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cadence_comes_from_a_file() {
    comes_from_a_file(File {
        set: "cadence",
        rows: "segment,every_days,grace_days\nA,14,\nB,28,3\nC,0,\na,21,\n",
        published: json!({ "A": { "every_days": 14 }, "B": { "every_days": 28, "grace_days": 3 } }),
        failed: &[("C", "out_of_range", Some("every_days")), ("a", "overlap", None)],
    })
    .await;
}
