//! Territories, holders, rules and accounts over the API: what each does, each refusal, two admins at once.

use roadbook_model::permission::Role;
use serde_json::{Value as Json, json};

use crate::support::{Answer, Beat, TestServer, ask_as, token, token_of};

/// Somebody at the API.
struct Desk<'a> {
    server: &'a TestServer,
    token: String,
}

impl Desk<'_> {
    async fn get(&self, path: &str) -> Answer {
        ask_as(self.server, &self.token, "GET", path, &[], &Json::Null).await
    }

    async fn post(&self, path: &str, body: Json) -> Answer {
        ask_as(self.server, &self.token, "POST", path, &[], &body).await
    }

    async fn edit(&self, method: &str, path: &str, version: &str, body: Json) -> Answer {
        ask_as(self.server, &self.token, method, path, &[("if-match", version)], &body).await
    }

    /// Makes a territory; its id.
    async fn territory(&self, code: &str, parent: Option<&str>) -> String {
        let made =
            self.post("/v1/territories", json!({ "code": code, "name": code, "parent_id": parent })).await;
        assert_eq!(made.status, 201, "{:?}", made.outcome());
        made.json()["id"].as_str().unwrap().to_owned()
    }
}

async fn desk(server: &TestServer, role: Role) -> Desk<'_> {
    Desk { server, token: token(server, role).await }
}

fn values(page: &Json, name: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tree_is_kept_over_the_api() {
    let server = TestServer::new().await;
    let admin = desk(&server, Role::Admin).await;
    let east = admin.territory("EAST", None).await;
    let part = admin.territory("E1", Some(&east)).await;
    let path = format!("/v1/territories/{part}");
    let read = admin.get(&path).await;
    assert_eq!((read.header("etag"), &read.json()["path"]), ("\"1\"", &json!(["EAST", "E1"])));
    let renamed = admin.edit("PATCH", &path, "\"1\"", json!({ "name": "Harbour" })).await;
    assert_eq!((renamed.status, renamed.header("etag")), (200, "\"2\""));
    assert_eq!(renamed.json()["territory"]["parent_id"], json!(east), "what is left out stays");
    let stale = admin.edit("PATCH", &path, "\"1\"", json!({ "name": "Dock" })).await;
    assert_eq!(stale.outcome(), (412, "stale".into()));
    let blind = ask_as(&server, &admin.token, "PATCH", &path, &[], &json!({ "name": "Dock" })).await;
    assert_eq!(blind.outcome(), (428, "if_match_required".into()));
    let circle =
        admin.edit("PATCH", &format!("/v1/territories/{east}"), "\"1\"", json!({ "parent_id": part })).await;
    assert_eq!(circle.outcome(), (409, "territory_cycle".into()));
    let root = admin.edit("PATCH", &path, "\"2\"", json!({ "parent_id": null })).await;
    assert_eq!(root.json()["territory"]["level"], 1, "null makes it a root");
    for (body, outcome) in [
        (json!({ "code": "E1", "name": "x" }), (409, "code_taken")),
        (json!({ "code": "a b", "name": "x" }), (422, "bad_code")),
        (json!({ "code": "ok", "name": " " }), (422, "bad_name")),
        (json!({ "code": "ok", "name": "x", "parent_id": east.replace('0', "1") }), (404, "not_found")),
        (json!({ "code": "ok", "name": "x", "colour": "red" }), (400, "malformed")),
    ] {
        assert_eq!(admin.post("/v1/territories", body).await.outcome(), (outcome.0, outcome.1.into()));
    }
    let page = admin.get("/v1/territories?limit=1").await.json();
    assert_eq!(values(&page, "code"), ["E1"]);
    let next = page["next"].as_str().unwrap();
    let rest = admin.get(&format!("/v1/territories?limit=1&after={next}")).await.json();
    assert_eq!((values(&rest, "code"), &rest["next"]), (vec!["EAST".to_owned()], &Json::Null));
    // The page goes on behind a territory that is called otherwise meanwhile.
    let again = admin.edit("PATCH", &path, "\"3\"", json!({ "code": "E0" })).await;
    assert_eq!(again.status, 200);
    let rest = admin.get(&format!("/v1/territories?limit=1&after={next}")).await.json();
    assert_eq!((values(&rest, "code"), &rest["next"]), (vec!["EAST".to_owned()], &Json::Null));
    let back = admin.edit("PATCH", &path, "\"4\"", json!({ "code": "E1" })).await;
    assert_eq!(back.status, 200);
    let archived =
        admin.edit("POST", &format!("{path}/archive"), "\"5\"", json!({ "successor_id": east })).await;
    assert_eq!((archived.status, &archived.json()["territory"]["successor_id"]), (200, &json!(east)));
    assert_eq!(values(&admin.get("/v1/territories").await.json(), "code"), ["EAST"]);
    assert_eq!(values(&admin.get("/v1/territories?archived=true").await.json(), "code"), ["E1", "EAST"]);
    let audit = admin.get(&format!("/v1/audit?subject={part}")).await.json();
    let edits = ["territory.edit"; 4];
    let actions: Vec<&str> =
        ["territory.archive"].into_iter().chain(edits).chain(["territory.add"]).collect();
    assert_eq!(values(&audit, "action"), actions);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holders_are_kept_over_the_api_and_take_effect_by_themselves() {
    let server = TestServer::new().await;
    let admin = desk(&server, Role::Admin).await;
    let (north, south) = (Beat::new(server.store(), "north").await, Beat::new(server.store(), "south").await);
    let path = format!("/v1/territories/{}/holders", north.territory);
    let cover = |from: &str, to: &str| json!({ "person_id": south.person, "capacity": "cover", "from_at": from, "to_at": to });
    for (body, outcome) in [
        (json!({ "person_id": south.person, "capacity": "owner" }), (409, "two_owners")),
        (json!({ "person_id": north.person, "capacity": "cover" }), (409, "already_holds")),
        (cover("2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"), (422, "past_time")),
        (cover("2099-01-01T00:00:00Z", "2098-01-01T00:00:00Z"), (422, "ends_before_it_begins")),
        (json!({ "person_id": north.territory, "capacity": "cover" }), (404, "not_found")),
        (json!({ "person_id": south.person, "capacity": "boss" }), (400, "malformed")),
        (
            json!({ "person_id": south.person, "capacity": "cover", "terms": { "grace_days": 9999 } }),
            (422, "bad_grace"),
        ),
    ] {
        assert_eq!(admin.post(&path, body).await.outcome(), (outcome.0, outcome.1.into()));
    }
    let made = admin.post(&path, cover("2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z")).await;
    assert_eq!((made.status, &made.json()["holding"]["stage"]), (201, &json!("planned")));
    let one = made.header("location").to_owned();
    let edit = json!({ "to_at": "2098-06-01T00:00:00Z", "terms": { "policy": "review" } });
    let edited = admin.edit("PATCH", &one, "\"1\"", edit).await.json();
    assert_eq!(edited["holding"]["to_at"], "2098-06-01T00:00:00Z");
    assert_eq!(edited["holding"]["terms"]["policy"], "review");
    assert_eq!(
        admin.edit("PATCH", &one, "\"1\"", json!({ "to_at": null })).await.outcome(),
        (412, "stale".into())
    );
    assert_eq!(admin.edit("PATCH", &one, "\"2\"", json!({})).await.outcome(), (400, "malformed".into()));
    let foreign = one.replace(&north.territory.to_string(), &south.territory.to_string());
    assert_eq!(
        admin.edit("DELETE", &foreign, "\"2\"", Json::Null).await.outcome(),
        (404, "not_found".into())
    );
    let struck = admin.edit("DELETE", &one, "\"2\"", Json::Null).await;
    assert_eq!((struck.status, &struck.json()["holding"]), (200, &Json::Null));
    // Its time comes while the server runs.
    let made = admin.post(&path, cover("2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z")).await.json();
    let phone = south.device(server.store()).await;
    let mut head = server.store().wake().subscribe();
    let before = server.store().wake().head();
    sqlx::query("update org.holder set from_at = now() where id = $1")
        .bind(made["holding"]["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap())
        .execute(server.store().pool())
        .await
        .unwrap();
    head.wait_for(|head| *head > before).await.unwrap();
    let territory = roadbook_protocol::entry::Subject::Territory(north.territory);
    assert!(phone.holds(server.store(), territory).await);
    let listed = admin.get(&path).await.json();
    assert_eq!(values(&listed, "stage"), ["in_effect", "in_effect"]);
    let ended = admin.edit("DELETE", &one_of(&path, &listed, 0), "\"1\"", Json::Null).await.json();
    assert_eq!(ended["holding"]["stage"], "ended");
    assert!(!phone.holds(server.store(), territory).await);
    server.stop().await;
}

fn one_of(path: &str, page: &Json, n: usize) -> String {
    format!("{path}/{}", page["items"][n]["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_kept_previewed_and_applied_over_the_api() {
    let server = TestServer::new().await;
    let admin = desk(&server, Role::Admin).await;
    let (north, south) = (Beat::new(server.store(), "north").await, Beat::new(server.store(), "south").await);
    let mut accounts = Vec::new();
    for name in ["Anton", "Bolido", "Comidas"] {
        accounts.push(north.account(server.store(), name).await);
    }
    sqlx::query("update record.accounts set segment = 'A' where name <> 'Bolido'")
        .execute(server.store().pool())
        .await
        .unwrap();
    let path = format!("/v1/territories/{}/rules", south.territory);
    let empty = admin.get(&path).await;
    assert_eq!((empty.header("etag"), &empty.json()["rules"]), ("\"0\"", &json!([])));
    let rules = json!({ "rules": [{ "criteria": { "segments": ["a"] }, "note": "The big ones." }] });
    let put = admin.edit("PUT", &path, "\"0\"", rules.clone()).await;
    assert_eq!((put.status, put.header("etag")), (200, "\"1\""));
    assert_eq!(admin.edit("PUT", &path, "\"0\"", rules).await.outcome(), (412, "stale".into()));
    let bad = json!({ "rules": [{ "criteria": { "area": { "type": "Point" } } }] });
    let bad = admin.edit("PUT", &path, "\"1\"", bad).await;
    assert_eq!(bad.outcome(), (422, "bad_geometry".into()));
    assert!(bad.json()["detail"].as_str().unwrap().starts_with("rule 0.area"), "{:?}", bad.json());
    let page = admin.get("/v1/rules/preview?limit=1").await.json();
    assert_eq!(
        (&page["would_move"], &page["examined"], &page["unmatched"]),
        (&json!(2), &json!(3), &json!(1))
    );
    assert_eq!(page["counts"][0]["accounts"], 2);
    assert_eq!(values(&page, "account_id"), [accounts[0].to_string()]);
    let next = page["next"].as_str().unwrap();
    let rest = admin.get(&format!("/v1/rules/preview?limit=1&after={next}")).await.json();
    assert_eq!((&rest["would_move"], &rest["counts"]), (&Json::Null, &Json::Null));
    assert_eq!((values(&rest, "name"), &rest["next"]), (vec!["Comidas".to_owned()], &Json::Null));
    let stale = admin.post("/v1/rules/apply", json!({ "version": 0 })).await;
    assert_eq!(stale.outcome(), (412, "stale".into()));
    let some = json!({ "version": 1, "accounts": [accounts[0]] });
    let applied = admin.post("/v1/rules/apply", some).await.json();
    assert_eq!(applied["done"]["accounts"], 1);
    assert!(applied["reassignment_id"].is_string());
    let left = admin.get("/v1/rules/preview").await.json();
    assert_eq!(values(&left, "account_id"), [accounts[2].to_string()]);
    let listed = admin.get(&format!("/v1/accounts?territory={}", south.territory)).await.json();
    assert_eq!(values(&listed, "name"), ["Anton"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_gets_the_areas_of_rules_and_the_accounts_that_have_a_place() {
    let server = TestServer::new().await;
    let admin = desk(&server, Role::Admin).await;
    let north = Beat::new(server.store(), "north").await;
    for name in ["Anton", "Bolido"] {
        north.account(server.store(), name).await;
    }
    let place =
        "update record.accounts set latitude_microdeg = 53, longitude_microdeg = 10 where name = 'Anton'";
    sqlx::query(place).execute(server.store().pool()).await.unwrap();
    let located = admin.get("/v1/accounts?located=true").await.json();
    assert_eq!(values(&located, "name"), ["Anton"]);
    let item = &located["items"][0];
    assert_eq!(json!([item["latitude_microdeg"], item["longitude_microdeg"]]), json!([53, 10]));
    let corners = json!([[[9.0, 53.0], [11.0, 53.0], [10.0, 54.0], [9.0, 53.0]]]);
    let area = json!({ "type": "Polygon", "coordinates": corners });
    let path = format!("/v1/territories/{}/rules", north.territory);
    let rules = json!({ "rules": [{ "criteria": { "area": area } }, { "criteria": { "segments": ["a"] } }] });
    let put = admin.edit("PUT", &path, "\"0\"", rules).await;
    assert_eq!(put.status, 200, "{:?}", put.outcome());
    let areas = admin.get("/v1/rules/areas").await.json();
    assert_eq!(areas["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        json!([areas["items"][0]["territory_id"], areas["items"][0]["area"], areas["next"]]),
        json!([north.territory, area, null])
    );
    assert_eq!(admin.edit("PUT", &path, put.header("etag"), json!({ "rules": [] })).await.status, 200);
    assert_eq!(admin.get("/v1/rules/areas").await.json()["items"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_listed_read_and_placed_by_whoever_may() {
    let server = TestServer::new().await;
    let (admin, office) = (desk(&server, Role::Admin).await, desk(&server, Role::Office).await);
    let (north, south) = (Beat::new(server.store(), "north").await, Beat::new(server.store(), "south").await);
    let mut accounts = Vec::new();
    for name in ["Zeta Shop", "alpha shop", "Beta 100% Kiosk"] {
        accounts.push(north.account(server.store(), name).await);
    }
    let theirs = south.account(server.store(), "Gamma shop").await;
    let phone = north.device(server.store()).await;
    let all = office.get("/v1/accounts").await.json();
    assert_eq!(values(&all, "name"), ["alpha shop", "Beta 100% Kiosk", "Gamma shop", "Zeta Shop"]);
    let mut walked = Vec::new();
    let mut next = String::new();
    loop {
        let page = office.get(&format!("/v1/accounts?limit=1{next}")).await.json();
        walked.extend(values(&page, "name"));
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(walked, values(&all, "name"), "page by page the same");
    for (query, names) in [
        ("q=SHOP".to_owned(), &["alpha shop", "Gamma shop", "Zeta Shop"][..]),
        ("q=100%25".to_owned(), &["Beta 100% Kiosk"]),
        ("q=%25".to_owned(), &["Beta 100% Kiosk"]),
        (format!("territory={}", south.territory), &["Gamma shop"]),
        (format!("holder={}", south.person), &["Gamma shop"]),
        (format!("holder={}&q=alpha", north.person), &["alpha shop"]),
        ("unassigned=true".to_owned(), &[]),
    ] {
        assert_eq!(
            values(&office.get(&format!("/v1/accounts?{query}")).await.json(), "name"),
            names,
            "{query}"
        );
    }
    let misspelt = office.get("/v1/accounts?terrritory=x").await;
    assert_eq!(misspelt.status, 400);
    let rep = Desk { server: &server, token: token_of(&server, south.person, Role::Rep) };
    assert_eq!(values(&rep.get("/v1/accounts").await.json(), "name"), ["Gamma shop"]);
    let around = rep.get(&format!("/v1/accounts?territory={}", north.territory)).await.json();
    assert_eq!(values(&around, "name"), [""; 0], "a filter reaches no further than the rep");
    assert_eq!(values(&rep.get("/v1/territories").await.json(), "code"), ["south"]);
    let one = office.get(&format!("/v1/accounts/{}", accounts[0])).await.json();
    assert_eq!((&one["fields"]["name"], &one["path"]), (&json!("Zeta Shop"), &json!(["north"])));
    assert_eq!(one["leases"], json!({ "open": 1, "draining": 0 }));
    assert_eq!(
        (&one["people"][0]["person_name"], &one["people"][0]["capacity"]),
        (&json!("north"), &json!("owner"))
    );
    let nobody = admin.territory("NOBODY", None).await;
    let place = format!("/v1/accounts/{}/territory", accounts[0]);
    let away = json!({ "territory_id": nobody, "terms": { "policy": "review" } });
    assert_eq!(office.post(&place, away.clone()).await.outcome(), (409, "nobody_holds".into()));
    let mut away = away;
    away["allow_unheld"] = json!(true);
    let placed = office.post(&place, away).await;
    assert_eq!(placed.json(), json!({ "accounts": 1, "gaining_devices": 0, "losing_devices": 1 }));
    let waiting = office.get("/v1/accounts?unassigned=true").await.json();
    assert_eq!(
        (values(&waiting, "name"), values(&waiting, "unassigned")),
        (vec!["Zeta Shop".into()], vec!["no_holder".into()])
    );
    let one = office.get(&format!("/v1/accounts/{}", accounts[0])).await.json();
    assert_eq!((&one["people"], &one["leases"]), (&json!([]), &json!({ "open": 0, "draining": 1 })));
    let unknown = office.post(&place, json!({ "territory_id": theirs })).await;
    assert_eq!(unknown.outcome(), (404, "not_found".into()));
    assert!(!phone.holds(server.store(), roadbook_protocol::entry::Subject::Account(accounts[0])).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_at_once_get_one_edit_and_a_repeated_request_makes_one_thing() {
    let server = TestServer::new().await;
    let admin = desk(&server, Role::Admin).await;
    let path = format!("/v1/territories/{}", admin.territory("T", None).await);
    let edits = tokio::join!(
        admin.edit("PATCH", &path, "\"1\"", json!({ "name": "one" })),
        admin.edit("PATCH", &path, "\"1\"", json!({ "name": "two" })),
    );
    let mut outcomes = [edits.0.outcome(), edits.1.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, [(200, String::new()), (412, "stale".into())]);
    let again = async || {
        let body = json!({ "code": "NEW", "name": "New" });
        let key = [("idempotency-key", "k1")];
        ask_as(&server, &admin.token, "POST", "/v1/territories", &key, &body).await
    };
    let (first, second) = (again().await, again().await);
    assert_eq!((first.status, second.status, second.json()), (201, 201, first.json()));
    assert_eq!(values(&admin.get("/v1/territories").await.json(), "code"), ["NEW", "T"]);
    server.stop().await;
}
