//! Sessions over HTTP: tokens in the body or the cookie, what ends them, what is no access token.

use roadbook_model::permission::Role;
use roadbook_model::{PersonId, SessionId};
use roadbook_server::token::{Bearer, TokenKey};
use serde_json::{Value as Json, json};

use crate::support::{Answer, TestServer, ask, ask_as, person, token, token_of};

pub const PASSWORD: &str = "eleven small trains";
const NOTHING: Json = Json::Null;

async fn post(server: &TestServer, path: &str, headers: &[(&str, &str)], body: &Json) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    ask(server, "POST", path, &all, body.to_string().as_bytes()).await
}

/// Makes a person with a password.
pub async fn with_password(server: &TestServer, name: &str, role: Role) -> (PersonId, String) {
    let person = person(server.store(), name, role).await;
    let admin = token(server, Role::Admin).await;
    let path = format!("/v1/people/{}/links", person.id);
    let link = ask_as(server, &admin, "POST", &path, &[], &json!({})).await.json();
    let secret = link["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let done = post(server, "/v1/session/link", &[], &json!({ "link": secret, "password": PASSWORD })).await;
    assert_eq!(done.status, 201, "{:?}", done.outcome());
    (person.id, person.email)
}

async fn sign_in(server: &TestServer, email: &str, more: Json) -> Answer {
    let mut body = json!({ "email": email, "password": PASSWORD });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    post(server, "/v1/session", &[], &body).await
}

fn bearer(tokens: &Json) -> String {
    format!("Bearer {}", tokens["access_token"].as_str().unwrap())
}

async fn me(server: &TestServer, token: &str) -> Answer {
    ask_as(server, token, "GET", "/v1/me", &[], &NOTHING).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_goes_on_by_its_refresh_token_and_ends_with_sign_out() {
    let server = TestServer::new().await;
    let (anna, email) = with_password(&server, "Anna Berg", Role::Rep).await;
    let answer = sign_in(&server, &email, json!({})).await;
    let first = answer.json();
    assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"));
    assert_eq!(
        (&first["token_type"], &first["expires_in"], &first["person"]["id"], &first["person"]["role"]),
        (&json!("Bearer"), &json!(900), &json!(anna), &json!("rep"))
    );
    let known = me(&server, &bearer(&first)).await.json();
    assert_eq!((&known["email"], &known["session_id"]), (&json!(email), &first["session_id"]));
    let refresh = json!({ "refresh_token": first["refresh_token"] });
    let second = post(&server, "/v1/session/refresh", &[], &refresh).await.json();
    // The answer was lost; asked again, it is the same successor.
    let again = post(&server, "/v1/session/refresh", &[], &refresh).await.json();
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    assert_eq!(again["session_id"], first["session_id"]);
    assert_eq!(me(&server, &bearer(&again)).await.status, 200);
    let out = ask_as(&server, &bearer(&again), "DELETE", "/v1/session", &[], &NOTHING).await;
    assert_eq!(out.status, 204);
    for tokens in [&first, &second, &again] {
        assert_eq!(me(&server, &bearer(tokens)).await.outcome(), (401, "unauthorised".to_owned()));
        let refresh = json!({ "refresh_token": tokens["refresh_token"] });
        let over = post(&server, "/v1/session/refresh", &[], &refresh).await;
        assert_eq!(over.outcome(), (401, "session_over".to_owned()));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_used_from_two_places_ends_the_session() {
    let server = TestServer::new().await;
    let (_, email) = with_password(&server, "Anna Berg", Role::Rep).await;
    let first = sign_in(&server, &email, json!({})).await.json();
    let stolen = json!({ "refresh_token": first["refresh_token"] });
    let mut tokens = first;
    for _ in 0..2 {
        let refresh = json!({ "refresh_token": tokens["refresh_token"] });
        tokens = post(&server, "/v1/session/refresh", &[], &refresh).await.json();
    }
    let thief = post(&server, "/v1/session/refresh", &[], &stolen).await;
    assert_eq!(thief.outcome(), (401, "session_reused".to_owned()));
    assert_eq!(me(&server, &bearer(&tokens)).await.status, 401);
    let admin = token(&server, Role::Admin).await;
    let path = format!("/v1/audit?subject={}", tokens["session_id"].as_str().unwrap());
    let audit = ask_as(&server, &admin, "GET", &path, &[], &NOTHING).await.json();
    assert_eq!(audit["items"][0]["action"], "session.reuse");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_keeps_the_refresh_token_in_a_cookie_that_scripts_do_not_see() {
    let server = TestServer::new().await;
    let (_, email) = with_password(&server, "Anna Berg", Role::Office).await;
    let answer = sign_in(&server, &email, json!({ "cookie": true })).await;
    assert_eq!(answer.json()["refresh_token"], Json::Null);
    let set = answer.header("set-cookie").to_owned();
    for rule in ["Path=/v1/session", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age="] {
        assert!(set.contains(rule), "{set}");
    }
    let cookie = set.split(';').next().unwrap().to_owned();
    let refreshed = post(&server, "/v1/session/refresh", &[("cookie", &cookie)], &json!({})).await;
    assert_eq!((refreshed.status, &refreshed.json()["refresh_token"]), (200, &Json::Null));
    let next = refreshed.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_ne!(next, cookie);
    // Another site's form could send no JSON.
    let forged = ask(&server, "POST", "/v1/session/refresh", &[("cookie", &next)], b"").await;
    assert_eq!(forged.outcome(), (415, "not_json".to_owned()));
    let out = ask(&server, "DELETE", "/v1/session", &[("cookie", &next)], b"").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    assert_eq!(me(&server, &bearer(&refreshed.json())).await.status, 401);
    let over = post(&server, "/v1/session/refresh", &[("cookie", &next)], &json!({})).await;
    assert_eq!(over.outcome(), (401, "session_over".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_sign_in_says_why_and_no_more() {
    let server = TestServer::new().await;
    let (_, email) = with_password(&server, "Anna Berg", Role::Rep).await;
    let wrong = post(&server, "/v1/session", &[], &json!({ "email": email, "password": "wrong" })).await;
    let nobody = json!({ "email": "nobody@example.org", "password": "wrong" });
    let nobody = post(&server, "/v1/session", &[], &nobody).await;
    assert_eq!(wrong.outcome(), (401, "wrong_sign_in".to_owned()));
    assert_eq!((nobody.status, nobody.json()), (wrong.status, wrong.json()), "nobody can tell who is here");
    for (path, body, status, code) in [
        ("/v1/session", json!({ "email": email }), 400, "malformed"),
        ("/v1/session", json!({ "email": email, "password": PASSWORD, "role": "admin" }), 400, "malformed"),
        (
            "/v1/session",
            json!({ "email": email, "password": PASSWORD, "device_id": email }),
            400,
            "malformed",
        ),
        (
            "/v1/session",
            json!({ "email": email, "password": PASSWORD, "device_id": SessionId::from_bytes([1; 16]) }),
            404,
            "not_found",
        ),
        ("/v1/session/refresh", json!({}), 400, "malformed"),
        ("/v1/session/refresh", json!({ "refresh_token": "rbr_x" }), 401, "session_over"),
        ("/v1/session/link", json!({ "link": "rbl_x", "password": PASSWORD }), 403, "link_over"),
    ] {
        let answer = post(&server, path, &[], &body).await;
        assert_eq!(answer.outcome(), (status, code.to_owned()), "{path} {body}");
    }
    let admin = token(&server, Role::Admin).await;
    let none = ask_as(&server, &admin, "DELETE", "/v1/session", &[], &NOTHING).await;
    assert_eq!(none.outcome(), (409, "no_session".to_owned()));
    let none = ask(&server, "DELETE", "/v1/session", &[], b"").await;
    assert_eq!(none.outcome(), (401, "unauthorised".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_told_to_wait_by_the_address_that_the_proxy_names() {
    let server = TestServer::new().await;
    let (_, email) = with_password(&server, "Anna Berg", Role::Rep).await;
    let guess = async |address: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        // What the client claims stands first, what the proxy adds last.
        let claimed = format!("192.0.2.99, {address}");
        post(&server, "/v1/session", &[("x-forwarded-for", &claimed)], &body).await
    };
    assert_eq!(guess("198.51.100.1", PASSWORD).await.status, 201);
    for _ in 0..6 {
        assert_eq!(guess("203.0.113.5", "wrong").await.outcome(), (401, "wrong_sign_in".to_owned()));
    }
    // The first wait is a second; to hash a password may take as long here.
    let longer = "update org.guess set wait_until = wait_until + interval '1 minute'";
    sqlx::query(longer).execute(server.store().pool()).await.unwrap();
    let waits = guess("203.0.113.5", PASSWORD).await;
    assert_eq!(waits.outcome(), (429, "too_many_attempts".to_owned()));
    assert!((1..=61).contains(&waits.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(guess("198.51.100.1", PASSWORD).await.status, 201, "the person's own address goes on");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_password_leaves_the_link_good() {
    let server = TestServer::new().await;
    let anna = person(server.store(), "Anna Berg", Role::Rep).await;
    let link = server.store().add_link(None, anna.id, 3600, now_ms()).await.unwrap();
    let try_it = async |password: &str| {
        post(&server, "/v1/session/link", &[], &json!({ "link": link.secret, "password": password })).await
    };
    for weak in ["short", "password123", "anna.berg@example.org", &"x".repeat(300)] {
        assert_eq!(try_it(weak).await.outcome(), (422, "weak_password".to_owned()), "{weak}");
    }
    assert_eq!(try_it(PASSWORD).await.status, 201);
    assert_eq!(try_it(PASSWORD).await.outcome(), (403, "link_over".to_owned()));
    server.stop().await;
}

pub fn now_ms() -> i64 {
    roadbook_server::ambient::now_ms()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_with_a_secret_is_not_kept_to_be_given_again() {
    let server = TestServer::new().await;
    let anna = person(server.store(), "Anna Berg", Role::Rep).await;
    let admin = token(&server, Role::Admin).await;
    let path = format!("/v1/people/{}/links", anna.id);
    let key = [("idempotency-key", "k")];
    let first = ask_as(&server, &admin, "POST", &path, &key, &json!({})).await;
    let second = ask_as(&server, &admin, "POST", &path, &key, &json!({})).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.json()["url"], second.json()["url"]);
    let kept = "select count(*) from org.idempotency";
    let kept: i64 = sqlx::query_scalar(kept).fetch_one(server.store().pool()).await.unwrap();
    assert_eq!(kept, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_token_of_this_server_for_a_person_of_today_is_one() {
    let server = TestServer::new().await;
    let anna = person(server.store(), "Anna Berg", Role::Rep).await;
    let bearer = Bearer { person: anna.id, role: Role::Admin, session: None };
    let keys = &server.server().keys().token;
    let good = keys.issue(&server.origin(), bearer, 60).unwrap();
    let known = me(&server, &format!("Bearer {good}")).await;
    assert_eq!(known.json()["role"], "rep", "the database says what one is, not the token");
    let stranger = TokenKey::new([3; 32]).issue(&server.origin(), bearer, 60).unwrap();
    let elsewhere = keys.issue("https://elsewhere.example", bearer, 60).unwrap();
    let dead = Bearer { session: Some(SessionId::from_bytes([1; 16])), ..bearer };
    let no_session = keys.issue(&server.origin(), dead, 60).unwrap();
    let nobody = Bearer { person: PersonId::from_bytes([1; 16]), ..bearer };
    let nobody = keys.issue(&server.origin(), nobody, 60).unwrap();
    let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let swapped = format!("{head}.{}.{signature}", nobody.split('.').nth(1).unwrap());
    for token in [
        stranger.as_str(),
        &elsewhere,
        &no_session,
        &nobody,
        &swapped,
        &format!("{head}.{body}."),
        &format!("{head}.{body}"),
        &format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}."),
        "",
        "a.b.c",
    ] {
        let answer = me(&server, &format!("Bearer {token}")).await;
        assert_eq!(answer.outcome(), (401, "unauthorised".to_owned()), "{token}");
    }
    for header in [format!("bearer {good}"), format!("Basic {good}"), good.clone()] {
        assert_eq!(me(&server, &header).await.status, 401, "{header}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_published_and_exchanged_under_a_running_server() {
    let server = TestServer::new().await;
    let jwks = async || ask(&server, "GET", "/.well-known/jwks.json", &[], b"").await.json();
    let before = jwks().await;
    let key = &before["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    let anna = person(server.store(), "Anna Berg", Role::Rep).await;
    let old = token_of(&server, anna.id, Role::Rep);
    // As `roadbook admin rotate-keys` does, from another process on the same folder.
    let elsewhere = roadbook_server::keys::Keys::open(&server.config().data).unwrap();
    elsewhere.token.rotate(false).unwrap();
    assert_eq!(me(&server, &old).await.status, 200, "old tokens are good until they are over");
    let new = token_of(&server, anna.id, Role::Rep);
    assert_ne!(new.split('.').next(), old.split('.').next(), "signed by the new key");
    assert_eq!(me(&server, &new).await.status, 200);
    let after = jwks().await;
    assert_eq!(after["keys"].as_array().unwrap().len(), 2);
    assert_eq!(after["keys"][1], before["keys"][0]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_behind_a_link_asks_no_other_server_for_anything() {
    let server = TestServer::new().await;
    let page = ask(&server, "GET", "/link", &[], b"").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let html = String::from_utf8(page.body).unwrap();
    for file in ["/link.js", "/link.css"] {
        assert!(html.contains(file));
        assert_eq!(ask(&server, "GET", file, &[], b"").await.status, 200);
    }
    assert!(!html.contains("//"), "no address of another server");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_one_s_password_needs_the_one_that_stands_and_ends_every_other_session() {
    let server = TestServer::new().await;
    let (anna, email) = with_password(&server, "Anna Berg", Role::Rep).await;
    let here = sign_in(&server, &email, json!({})).await.json();
    let there = sign_in(&server, &email, json!({})).await.json();
    let link = server.store().add_link(None, anna, 3600, now_ms()).await.unwrap();
    let change = async |password: &str, new: &str| {
        let body = json!({ "password": password, "new_password": new });
        ask_as(&server, &bearer(&here), "POST", "/v1/me/password", &[], &body).await
    };
    let new = "thirteen small trains";
    assert_eq!(change("not it", new).await.outcome(), (403, "wrong_password".to_owned()));
    assert_eq!(change(PASSWORD, "short").await.outcome(), (422, "weak_password".to_owned()));
    assert_eq!(me(&server, &bearer(&there)).await.status, 200, "nothing was changed yet");
    assert_eq!(change(PASSWORD, new).await.status, 204);
    assert_eq!(me(&server, &bearer(&here)).await.status, 200);
    assert_eq!(me(&server, &bearer(&there)).await.status, 401);
    let used = json!({ "link": link.secret, "password": PASSWORD });
    let used = post(&server, "/v1/session/link", &[], &used).await;
    assert_eq!(used.outcome(), (403, "link_over".to_owned()));
    assert_eq!(sign_in(&server, &email, json!({})).await.outcome(), (401, "wrong_sign_in".to_owned()));
    let body = json!({ "email": email, "password": new });
    assert_eq!(post(&server, "/v1/session", &[], &body).await.status, 201);
    for _ in 0..10 {
        change("a guess", new).await;
    }
    assert_eq!(change("a guess", new).await.outcome(), (429, "too_many_attempts".to_owned()));
    let admin = token(&server, Role::Admin).await;
    let audit =
        ask_as(&server, &admin, "GET", &format!("/v1/audit?subject={anna}"), &[], &NOTHING).await.json();
    let said: Vec<&Json> = audit["items"].as_array().unwrap().iter().map(|row| &row["action"]).collect();
    assert_eq!(said[..2], ["session.guess", "person.change_password"], "{audit}");
    let none = json!({ "password": "x", "new_password": new });
    let none = ask_as(&server, &admin, "POST", "/v1/me/password", &[], &none).await;
    assert_eq!(none.outcome(), (409, "no_password".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sees_where_one_is_signed_in_and_ends_it_there() {
    let server = TestServer::new().await;
    let (_, email) = with_password(&server, "Anna Berg", Role::Rep).await;
    let (_, other) = with_password(&server, "Boris Klein", Role::Rep).await;
    let (here, there) =
        (sign_in(&server, &email, json!({})).await.json(), sign_in(&server, &email, json!({})).await.json());
    let boris = sign_in(&server, &other, json!({})).await.json();
    let list = async |query: &str| {
        let path = format!("/v1/me/sessions{query}");
        ask_as(&server, &bearer(&here), "GET", &path, &[], &NOTHING).await.json()
    };
    let all = list("").await;
    // One more was begun with the link by which the password was chosen.
    let ids: Vec<&Json> = all["items"].as_array().unwrap().iter().map(|session| &session["id"]).collect();
    assert_eq!((ids.len(), ids[0], ids[1]), (3, &there["session_id"], &here["session_id"]), "{all}");
    assert_eq!((&all["items"][0]["is_this"], &all["items"][1]["is_this"]), (&json!(false), &json!(true)));
    let first = list("?limit=1").await;
    let second = list(&format!("?limit=1&after={}", first["next"].as_str().unwrap())).await;
    assert_eq!(second["items"][0]["id"], here["session_id"]);
    let end = async |id: &Json| {
        let path = format!("/v1/me/sessions/{}", id.as_str().unwrap());
        ask_as(&server, &bearer(&here), "DELETE", &path, &[], &NOTHING).await
    };
    assert_eq!(end(&boris["session_id"]).await.outcome(), (404, "not_found".to_owned()));
    assert_eq!(me(&server, &bearer(&boris)).await.status, 200);
    assert_eq!(end(&there["session_id"]).await.status, 204);
    assert_eq!(end(&there["session_id"]).await.outcome(), (404, "not_found".to_owned()));
    assert_eq!(me(&server, &bearer(&there)).await.status, 401);
    assert_eq!(list("").await["items"].as_array().unwrap().len(), 2);
    server.stop().await;
}
