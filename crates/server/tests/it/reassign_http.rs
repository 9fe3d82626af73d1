//! Reassignments over HTTP: looked at first, ordered once, followed, called off, undone.

use roadbook_model::permission::Role;
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::AuditFilter;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::membership::NewRule;
use roadbook_server::store::office::placing::Application;
use serde_json::{Value as Json, json};
use sqlx::AssertSqlSafe;

use crate::support::{Answer, Beat, Device, TestServer, ask_as, token};

struct Office {
    server: TestServer,
    admin: String,
    north: Beat,
    south: Beat,
    old: Device,
}

impl Office {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let store = server.store();
        let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
        let old = north.device(store).await;
        south.device(store).await;
        let admin = token(&server, Role::Admin).await;
        Self { admin, north, south, old, server }
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: Json) -> Answer {
        ask_as(&self.server, &self.admin, "POST", path, headers, &body).await
    }

    async fn get(&self, path: &str) -> Json {
        ask_as(&self.server, &self.admin, "GET", path, &[], &Json::Null).await.json()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reassignment_is_looked_at_ordered_once_and_followed() {
    let office = Office::new().await;
    let accounts = office.north.accounts(office.server.store(), 3).await;
    let body = json!({ "what": { "accounts": accounts }, "to": { "territory": office.south.territory },
                       "terms": { "policy": "review", "grace_days": 14, "note": "Ask Nancy." } });
    let preview = office.post("/v1/reassignments/preview", &[], body.clone()).await.json();
    assert_eq!((&preview["accounts"], preview["devices"].as_array().unwrap().len()), (&json!(3), 2));
    let to =
        json!([{ "territory_id": office.south.territory, "code": "south", "name": "south", "accounts": 3 }]);
    assert_eq!(preview["destinations"], to);
    let mut of_whom = body.clone();
    of_whom["to"] = json!({ "territory_of": office.south.person });
    assert_eq!(office.post("/v1/reassignments/preview", &[], of_whom).await.json()["destinations"], to);
    let mut ordered = body.clone();
    ordered["basis"] = preview["basis"].clone();
    let key = [("idempotency-key", "key-1")];
    let first = office.post("/v1/reassignments", &key, ordered.clone()).await;
    assert_eq!(first.status, 201, "{:?}", first.outcome());
    let made = first.json();
    assert_eq!(made["done"], json!({ "accounts": 3, "gaining_devices": 1, "losing_devices": 1 }));
    assert_eq!((&made["policy"], &made["grace_s"]), (&json!("review"), &json!(14 * 86_400)));
    let path = format!("/v1/reassignments/{}", made["id"].as_str().unwrap());
    assert_eq!(first.header("location"), path);
    let again = office.post("/v1/reassignments", &key, ordered.clone()).await;
    assert_eq!((again.status, again.json()), (201, made.clone()));
    let late = office.post("/v1/reassignments", &[], ordered).await;
    assert_eq!(late.outcome(), (409, "nothing_to_move".to_owned()));

    assert_eq!(office.get(&path).await["state"], json!("draining"));
    let progress = office.get(&format!("{path}/devices")).await;
    assert_eq!(progress["devices"][0]["device_id"], json!(office.old.id()));
    assert_eq!((&progress["devices"][0]["open"], &progress["devices"][0]["closed"]), (&json!(3), &json!(0)));
    assert_eq!(progress["devices"][0]["state"], json!("active"));
    let page = office.get(&format!("{path}/accounts?limit=2")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert!(page["items"][0]["account_name"].as_str().unwrap().starts_with("Shop "));
    let rest = office.get(&format!("{path}/accounts?after={}", page["next"].as_str().unwrap())).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Json::Null));
    assert_eq!(office.get("/v1/reassignments").await["items"][0]["id"], made["id"]);

    let cancelled = office.post(&format!("{path}/cancel"), &[], Json::Null).await;
    assert_eq!(cancelled.outcome(), (409, "not_planned".to_owned()));
    let back = office.post(&format!("{path}/reverse"), &[], json!({})).await;
    assert_eq!((back.status, &back.json()["done"]["accounts"]), (201, &json!(3)), "{:?}", back.outcome());
    assert_eq!(office.get(&path).await["reversed_by"], back.json()["id"]);
    let acts = office.get("/v1/audit").await;
    let acts = acts["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap());
    let acts: Vec<&str> = acts.filter(|action| action.starts_with("reassignment.")).collect();
    assert_eq!(acts, ["reassignment.reverse", "reassignment.add"]);
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_called_off_and_a_stale_look_is_told() {
    let office = Office::new().await;
    let accounts = office.north.accounts(office.server.store(), 1).await;
    let south = json!({ "territory": office.south.territory });
    let later = json!({ "what": { "accounts": accounts }, "to": south, "effect_at": "2090-01-01T00:00:00Z" });
    let planned = office.post("/v1/reassignments", &[], later.clone()).await.json();
    assert_eq!((&planned["state"], &planned["done"]), (&json!("planned"), &Json::Null));
    let twice = office.post("/v1/reassignments", &[], later).await;
    assert_eq!(twice.outcome(), (409, "overlapping_move".to_owned()));
    let path = format!("/v1/reassignments/{}/cancel", planned["id"].as_str().unwrap());
    let cancelled = office.post(&path, &[], Json::Null).await;
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")));

    let whole = json!({ "what": { "territory": office.north.territory },
                        "to": { "person": office.south.person } });
    let basis = office.post("/v1/reassignments/preview", &[], whole.clone()).await.json()["basis"].clone();
    office.north.device(office.server.store()).await;
    let mut stale = whole.clone();
    stale["basis"] = basis;
    assert_eq!(office.post("/v1/reassignments", &[], stale).await.outcome(), (409, "stale".to_owned()));
    let mut bad = whole;
    bad["basis"] = json!("yesterday");
    assert_eq!(office.post("/v1/reassignments", &[], bad).await.outcome(), (400, "malformed".to_owned()));
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_csv_file_names_accounts_and_territories_as_people_do() {
    let office = Office::new().await;
    let store = office.server.store();
    let accounts = office.north.accounts(store, 2).await;
    sqlx::query("update record.accounts set external_id = 'ALFKI' where id = $1")
        .bind(accounts[0].uuid())
        .execute(store.pool())
        .await
        .unwrap();
    let file = |lines: &str| json!({ "what": { "csv": format!("account,territory,remark\n{lines}") } });
    let faults = [
        ("ALFKI,south,\nNOBODY,south,", "line 3: there is no account \"NOBODY\""),
        ("ALFKI,east,", "line 2: there is no territory \"east\""),
        ("ALFKI", "line 2: it has not as many fields as the header"),
    ];
    for (lines, detail) in faults {
        let refused = office.post("/v1/reassignments", &[], file(lines)).await;
        assert_eq!(refused.outcome(), (422, "bad_csv".to_owned()));
        assert_eq!(refused.json()["detail"], json!(detail));
    }
    let headless = office.post("/v1/reassignments", &[], json!({ "what": { "csv": "a,b\n1,2" } })).await;
    assert_eq!(headless.outcome(), (422, "bad_csv".to_owned()));
    // Names are found as people type them.
    let lines = format!("alfki,SOUTH,\n{},{},by id", accounts[1], office.south.territory);
    let moved = office.post("/v1/reassignments", &[], file(&lines)).await;
    assert_eq!((moved.status, &moved.json()["done"]["accounts"]), (201, &json!(2)), "{:?}", moved.outcome());
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_a_reassignment_may_be_as_long_with_a_key_as_without() {
    let office = Office::new().await;
    let accounts = office.north.accounts(office.server.store(), 1).await;
    let mut body = json!({ "what": { "accounts": accounts }, "to": { "territory": office.south.territory } });
    body["terms"] = json!({ "note": " ".repeat(17 * 1024 * 1024) });
    for headers in [&[][..], &[("idempotency-key", "long")][..]] {
        let told = office.post("/v1/reassignments", headers, body.clone()).await;
        assert_eq!(told.outcome(), (422, "note_too_long".to_owned()), "{headers:?}: read whole, and judged");
    }
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_failed_by_itself_is_listed_and_in_the_audit_until_somebody_answers_it() {
    let office = Office::new().await;
    let store = office.server.store();
    let accounts = office.north.accounts(store, 1).await;
    let later = json!({ "what": { "accounts": accounts }, "to": { "territory": office.south.territory },
                        "effect_at": "2090-01-01T00:00:00Z" });
    let planned = office.post("/v1/reassignments", &[], later).await.json();
    let path = format!("/v1/reassignments/{}", planned["id"].as_str().unwrap());
    sqlx::query("update org.holder set to_at = now() where territory_id = $1")
        .bind(office.south.territory.uuid())
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(office.get("/v1/reassignments?failed=true").await["items"], json!([]));
    sqlx::query("update org.reassignment set effect_at = now() - interval '1 minute' where outcome is null")
        .execute(store.pool())
        .await
        .unwrap();
    store.run_due_reassignments().await.unwrap();
    let failed = office.get("/v1/reassignments?failed=true").await;
    let shown = (&failed["items"][0]["id"], &failed["items"][0]["why"], &failed["items"][0]["ended_by"]);
    assert_eq!(shown, (&planned["id"], &json!("nobody_holds"), &Json::Null));
    let audit = office.get(&format!("/v1/audit?subject={}", planned["id"].as_str().unwrap())).await;
    let row = &audit["items"][0];
    assert_eq!((&row["action"], &row["person_id"]), (&json!("reassignment.failed"), &Json::Null));
    assert_eq!(row["detail"], json!({ "why": "nobody_holds" }));

    // Whoever calls it off has seen it. It can be done once.
    let seen = office.post(&format!("{path}/cancel"), &[], Json::Null).await;
    assert_eq!((seen.status, &seen.json()["state"]), (200, &json!("cancelled")));
    assert_eq!(office.get("/v1/reassignments?failed=true").await["items"], json!([]));
    let again = office.post(&format!("{path}/cancel"), &[], Json::Null).await;
    assert_eq!(again.outcome(), (409, "not_planned".to_owned()));
    office.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_ordered_while_the_database_fails_is_not_said_to_be_undone() {
    let office = Office::new().await;
    let store = office.server.store();
    let accounts = office.north.accounts(store, 2).await;
    let body = json!({ "what": { "accounts": accounts }, "to": { "territory": office.south.territory } });
    fail(store, "insert").await;
    let nothing = office.post("/v1/reassignments", &[], body.clone()).await;
    assert_eq!(nothing.outcome(), (503, "outcome_unknown".to_owned()));
    let unknown = named(&nothing.json());
    let unknown = ask_as(&office.server, &office.admin, "GET", &unknown, &[], &Json::Null).await;
    assert_eq!(unknown.status, 404, "it was not written down");

    mend(store).await;
    fail(store, "update of first_position").await;
    let planned = office.post("/v1/reassignments", &[], body).await;
    assert_eq!(planned.outcome(), (503, "outcome_unknown".to_owned()));
    let path = named(&planned.json());
    assert_eq!(office.get(&path).await["state"], json!("planned"));
    mend(store).await;
    store.run_due_reassignments().await.unwrap();
    assert_eq!(office.get(&path).await["state"], json!("draining"), "it took effect by itself");

    fail(store, "update of first_position").await;
    let back = office.post(&format!("{path}/reverse"), &[], json!({})).await;
    assert_eq!(back.outcome(), (503, "outcome_unknown".to_owned()));
    mend(store).await;
    store.run_due_reassignments().await.unwrap();
    assert_ne!(office.get(&named(&back.json())).await["state"], json!("planned"));
    office.server.stop().await;
}

/// Where to look, by the words of the problem.
fn named(problem: &Json) -> String {
    let words = problem["detail"].as_str().unwrap();
    let id = words.split_whitespace().find(|word| word.len() == 36 && word.contains('-')).unwrap();
    format!("/v1/reassignments/{id}")
}

/// Lets every write of this sort to reassignments fail, as a full disk would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moves_stands_in_the_audit_also_when_the_server_stops_in_between() {
    let office = Office::new().await;
    let store = office.server.store();
    let accounts = office.north.accounts(store, 3).await;
    let (by, terms) = (crate::support::admin(store).await, EndTerms::default());
    let south = office.south.territory;
    let last = async || {
        let rows = store.list_audit(AuditFilter::default(), 1).await.unwrap();
        (rows[0].action.clone(), rows[0].subject_id, rows[0].detail["reassignment"].clone())
    };
    fail(store, "update of first_position").await;
    store.assign(&by, &accounts[..1], south, &terms, false).await.unwrap_err();
    mend(store).await;
    let made = store.list_reassignments(None, 1).await.unwrap()[0].id;
    assert_eq!(last().await, ("account.place".to_owned(), Some(accounts[0].uuid()), json!(made)));

    let rule = NewRule { criteria: json!({ "tags": ["marina"] }), note: None };
    let rules = store.put_rules(&by, south, None, &[rule]).await.unwrap().version;
    sqlx::query(
        "insert into record.account_tags (account_id, id, tag) values ($1, gen_random_uuid(), 'marina')",
    )
    .bind(accounts[1].uuid())
    .execute(store.pool())
    .await
    .unwrap();
    let all = Application { version: rules, only: None, terms: terms.clone(), allow_unheld: false };
    fail(store, "update of first_position").await;
    store.apply_rules(&by, &all).await.unwrap_err();
    mend(store).await;
    let made = store.list_reassignments(None, 1).await.unwrap()[0].id;
    assert_eq!(last().await, ("rules.apply".to_owned(), None, json!(made)));

    store.run_due_reassignments().await.unwrap();
    fail(store, "update of first_position").await;
    store.archive_territory(&by, office.north.territory, None, Some(south), &terms).await.unwrap_err();
    mend(store).await;
    let made = store.list_reassignments(None, 1).await.unwrap()[0].id;
    assert_eq!(last().await, ("reassignment.add".to_owned(), Some(made.uuid()), Json::Null));
    office.server.stop().await;
}

async fn fail(store: &Store, what: &str) {
    let sql = format!(
        "create or replace function org.fail() returns trigger language plpgsql
             as $$ begin raise exception using errcode = 'disk_full'; end $$;
         create trigger failing before {what} on org.reassignment for each row execute function org.fail()"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(store.pool()).await.unwrap();
}

async fn mend(store: &Store) {
    sqlx::raw_sql("drop trigger failing on org.reassignment").execute(store.pool()).await.unwrap();
}
