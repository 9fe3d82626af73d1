//! The plain endpoints: the feed for the office, problems, health.

use roadbook_model::permission::Role;
use serde_json::Value as Json;

use crate::support::{Beat, Database, TestServer, ask, ask_as, open_stream, person, token, token_of};

fn json(body: &[u8]) -> Json {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_office_reads_the_log_page_by_page() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    beat.device(server.store()).await;
    let token = token(&server, Role::Office).await;
    let page = ask(&server, "GET", "/v1/log?after=0&limit=1", &[("authorization", &token)], b"").await;
    assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));
    let page = json(&page.body);
    assert_eq!((&page["next"], &page["head"]), (&Json::from(1), &Json::from(2)));
    let entry = &page["entries"][0];
    assert_eq!(entry["type"], "changes");
    assert_eq!(entry["kind"], "account");
    assert_eq!(entry["created"], true);
    assert_eq!(entry["account_id"], account.to_string());
    assert_eq!(entry["account_name"], "Corner Shop");
    assert_eq!(entry["person_name"], "north");
    assert_eq!(entry["fields"], serde_json::json!(["name"]));
    let page = ask(&server, "GET", "/v1/log?after=1", &[("authorization", &token)], b"").await;
    let page = json(&page.body);
    assert_eq!(
        (&page["entries"][0]["type"], &page["entries"][0]["leases"]),
        (&Json::from("granted"), &Json::from(2))
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_log_goes_on_as_it_grows_and_resumes_where_it_broke() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    beat.account(server.store(), "Corner Shop").await;
    let token = token(&server, Role::Admin).await;
    let headers =
        [("authorization", token.as_str()), ("accept", "text/event-stream"), ("last-event-id", "0")];
    let mut stream = open_stream(&server, "/v1/log?after=99", &headers).await;
    stream.until("id: 1\n").await;
    beat.device(server.store()).await;
    stream.until("id: 2\nevent: granted\n").await;
    server.stop().await;
    stream.until_closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_log_tells_of_what_changed_beside_it() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let one = beat.account(server.store(), "Corner Shop").await;
    let other = beat.account(server.store(), "Station Kiosk").await;
    let admin = person(server.store(), "Ada", Role::Admin).await;
    let token = token_of(&server, admin.id, Role::Admin);
    let headers = [("authorization", token.as_str()), ("accept", "text/event-stream")];
    let mut stream = open_stream(&server, "/v1/log", &headers).await;
    stream.until("id: 2\n").await;
    let apart = serde_json::json!({ "account_id": one, "other_id": other, "apart": true });
    let done = ask_as(&server, &token, "POST", "/v1/duplicates/apart", &[], &apart).await;
    assert_eq!(done.status, 204, "{}", String::from_utf8_lossy(&done.body));
    stream.until("event: desk\ndata: {}\n").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_log_ends_with_the_right_to_it() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    beat.account(server.store(), "Corner Shop").await;
    let [mut leaver, mut demoted] = [None, None];
    for (name, stream) in [("Olga", &mut leaver), ("Otto", &mut demoted)] {
        let person = person(server.store(), name, Role::Office).await;
        let token = token_of(&server, person.id, Role::Office);
        let headers = [("authorization", token.as_str()), ("accept", "text/event-stream")];
        let mut open = open_stream(&server, "/v1/log", &headers).await;
        open.until("id: 1\n").await;
        *stream = Some((person, open));
    }
    let (olga, mut stream) = leaver.unwrap();
    server.store().deactivate_person(None, olga.id, None).await.unwrap();
    stream.until_closed().await;
    let (otto, mut stream) = demoted.unwrap();
    let admin = person(server.store(), "Ada", Role::Admin).await;
    let token = token_of(&server, admin.id, Role::Admin);
    let path = format!("/v1/people/{}", otto.id);
    let version = ask_as(&server, &token, "GET", &path, &[], &Json::Null).await.header("etag").to_owned();
    let done = ask_as(
        &server,
        &token,
        "PATCH",
        &path,
        &[("if-match", &version)],
        &serde_json::json!({ "role": "rep" }),
    )
    .await;
    assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
    stream.until_closed().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn problems_have_stable_codes() {
    let server = TestServer::new().await;
    let rep = token(&server, Role::Rep).await;
    let office = token(&server, Role::Office).await;
    let json_kind = ("content-type", "application/json");
    let wrong_code = serde_json::json!({ "code": "NOPE", "name": "x", "public_key": "11".repeat(33) });
    for (method, path, headers, body, status, code) in [
        ("GET", "/v1/log", vec![], String::new(), 401, "unauthorised"),
        ("GET", "/v1/log", vec![("authorization", "Bearer x")], String::new(), 401, "unauthorised"),
        ("GET", "/v1/log", vec![("authorization", rep.as_str())], String::new(), 403, "not_permitted"),
        ("GET", "/v1/log?after=x", vec![("authorization", office.as_str())], String::new(), 400, "malformed"),
        ("GET", "/nowhere", vec![], String::new(), 404, "not_found"),
        ("DELETE", "/v1/log", vec![], String::new(), 405, "method_not_allowed"),
        ("GET", "/v1/sync", vec![], String::new(), 400, "malformed"),
        ("POST", "/v1/enrol", vec![json_kind], "{".into(), 400, "malformed"),
        ("POST", "/v1/enrol", vec![json_kind], wrong_code.to_string(), 400, "malformed"),
    ] {
        let answer = ask(&server, method, path, &headers, body.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/problem+json"),
            "{path}"
        );
        let problem = json(&answer.body);
        assert_eq!(problem["code"], code, "{method} {path}");
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_codes_slow_down() {
    let server = TestServer::new().await;
    let key = "02".repeat(33);
    let point = serde_json::json!({ "code": "NOPE", "name": "x", "public_key": key }).to_string();
    let headers = [("content-type", "application/json")];
    for _ in 0..5 {
        let answer = ask(&server, "POST", "/v1/enrol", &headers, point.as_bytes()).await;
        assert_eq!((answer.status, &json(&answer.body)["code"]), (403, &Json::from("wrong_code")));
    }
    let answer = ask(&server, "POST", "/v1/enrol", &headers, point.as_bytes()).await;
    assert_eq!(answer.status, 429);
    assert!(!answer.header("retry-after").is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_metrics_and_the_description_answer() {
    let server = TestServer::new().await;
    assert_eq!(ask(&server, "GET", "/healthz", &[], b"").await.status, 200);
    assert_eq!(ask(&server, "GET", "/readyz", &[], b"").await.status, 200);
    let metrics = ask(&server, "GET", "/metrics", &[], b"").await;
    let described = json(&ask(&server, "GET", "/openapi.json", &[], b"").await.body);
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let answer = ask(&server, &method.to_uppercase(), path, &[], b"").await;
            assert!(![404, 405].contains(&answer.status), "{method} {path} is described, and not there");
        }
    }
    assert!(String::from_utf8(metrics.body).unwrap().contains("\nroadbook_log_head 0\n"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_start_says_why() {
    use roadbook_server::serve::{ServeError, Server};
    use roadbook_server::store::open::OpenError;

    let server = TestServer::new().await;
    let mut config = server.config();
    config.listen = server.server().address().to_string();
    assert!(matches!(Server::start(config).await, Err(ServeError::PortInUse(_))));
    let mut config = server.config();
    config.database_url = Some("postgresql://nobody@127.0.0.1:1/none".into());
    assert!(matches!(Server::start(config).await, Err(ServeError::Open(OpenError::Unreachable { .. }))));
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let future = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                  values (9999, 'from the future', true, '', 0)";
    sqlx::query(future).execute(store.pool()).await.unwrap();
    let mut config = server.config();
    config.database_url = Some(database.url());
    assert!(matches!(Server::start(config).await, Err(ServeError::Open(OpenError::Newer(9999)))));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_find_the_pages_and_programs_still_get_problems() {
    let server = TestServer::new().await;
    for (path, to) in
        [("/", "/office/"), ("/office", "/office/"), ("/app", "/app/"), ("/enrol", "/app/enrol")]
    {
        let answer = ask(&server, "GET", path, &[], b"").await;
        assert_eq!((answer.status, answer.header("location")), (302, to), "{path}");
    }
    // Built or not, it is a page under the strict policy.
    for path in ["/office/", "/app/"] {
        let answer = ask(&server, "GET", path, &[], b"").await;
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none';"), "{path}");
    }
    let nowhere = ask(&server, "GET", "/nowhere", &[], b"").await;
    assert_eq!(nowhere.outcome(), (404, "not_found".into()));
    server.stop().await;
}
