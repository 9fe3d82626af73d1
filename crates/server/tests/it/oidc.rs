//! Signing in with a real provider: `oidc-provider` on loopback, through its own login pages. Needs what `cargo xtask test`
//! installs in `tests/oidc`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use roadbook_model::permission::Role;
use roadbook_server::oidc::OidcConfig;
use serde_json::{Value as Json, json};
use ureq::Agent;

use crate::support::{Answer, TestServer, ask, ask_as, person, token};

const ANNA: &str = "anna.berg@example.org";
const NOTHING: Json = Json::Null;

/// The provider's process.
struct Provider {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    issuer: String,
}

impl Provider {
    fn start(profile_in: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oidc");
        assert!(
            folder.join("node_modules/oidc-provider").is_dir(),
            "the provider is not installed: `npm ci` in tests/oidc, or `cargo xtask test`"
        );
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .env("PROFILE_IN", profile_in)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut provider = Self { child, input, output, issuer: String::new() };
        provider.issuer = provider.line();
        provider
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn config(&self) -> OidcConfig {
        OidcConfig {
            issuer: self.issuer.clone(),
            client_id: "roadbook".to_owned(),
            client_secret: Some("a secret of the tests".to_owned()),
            name: "Company login".to_owned(),
            trusts_addresses: false,
        }
    }

    /// Tells it where browsers come from.
    fn serve(&mut self, server: &TestServer) {
        writeln!(self.input.as_mut().unwrap(), "{}", back(server)).unwrap();
        assert_eq!(self.line(), "ready");
    }

    fn stop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}

fn back(server: &TestServer) -> String {
    format!("{}/v1/session/oidc/return", server.origin())
}

/// A server with Anna in it, and a provider.
async fn both(profile_in: &str) -> (TestServer, Provider) {
    let mut provider = Provider::start(profile_in);
    let server = TestServer::with_provider(provider.config()).await;
    provider.serve(&server);
    person(server.store(), "Anna Berg", Role::Rep).await;
    (server, provider)
}

/// The same, where the office trusts what the provider says of addresses.
async fn trusting(profile_in: &str) -> (TestServer, Provider) {
    let mut provider = Provider::start(profile_in);
    let server = TestServer::with_provider(OidcConfig { trusts_addresses: true, ..provider.config() }).await;
    provider.serve(&server);
    (server, provider)
}

/// A sign-in that was begun: where the browser goes, and the cookie that it keeps.
struct Begun {
    url: String,
    cookie: String,
}

async fn begin(server: &TestServer, body: &Json) -> Answer {
    let headers = [("content-type", "application/json")];
    ask(server, "POST", "/v1/session/oidc", &headers, body.to_string().as_bytes()).await
}

async fn begun(server: &TestServer) -> Begun {
    let answer = begin(server, &json!({ "return_to": "/office/" })).await;
    assert_eq!(answer.status, 201, "{:?}", answer.outcome());
    let set = answer.header("set-cookie");
    for rule in ["Path=/v1/session/oidc", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600"] {
        assert!(set.contains(rule), "{set}");
    }
    let url = answer.json()["authorization_url"].as_str().unwrap().to_owned();
    Begun { url, cookie: answer.cookies()[0].to_owned() }
}

/// Goes through the provider's pages as a person does; returns where the provider sends the browser in the end.
fn through(url: &str, login: &str, server: &TestServer) -> String {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent: Agent = config.max_redirects_will_error(false).build().into();
    let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
    let mut cookies: BTreeMap<String, String> = BTreeMap::new();
    let (mut next, mut form) = (url.to_owned(), None::<String>);
    for _ in 0..12 {
        let sent: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = sent.join("; ");
        let answer = match form.take() {
            None => agent.get(&next).header("cookie", &cookie).call(),
            Some(form) => agent
                .post(&next)
                .header("cookie", &cookie)
                .header("content-type", "application/x-www-form-urlencoded")
                .send(form),
        };
        let mut answer = answer.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(location) = answer.headers().get("location") {
            let location = location.to_str().unwrap();
            next = if location.starts_with('/') { format!("{host}{location}") } else { location.to_owned() };
            if next.starts_with(&back(server)) {
                return next;
            }
            continue;
        }
        let page = answer.body_mut().read_to_string().unwrap();
        let after = |mark: &str| page.split_once(mark).unwrap().1.split('"').next().unwrap().to_owned();
        next = after("action=\"");
        let prompt = after("name=\"prompt\" value=\"");
        let login = if prompt == "login" {
            format!("&login={}&password=any", login.replace('@', "%40"))
        } else {
            String::new()
        };
        form = Some(format!("prompt={prompt}{login}"));
    }
    panic!("the provider goes round in circles at {next}");
}

async fn come_back(server: &TestServer, location: &str, cookie: &str) -> Answer {
    let path = location.strip_prefix(&server.origin()).unwrap();
    ask(server, "GET", path, &[("cookie", cookie)], b"").await
}

/// The whole way, with a page of the provider's in between.
async fn sign_in(server: &TestServer, login: &str) -> Answer {
    let begun = begun(server).await;
    let location = through(&begun.url, login, server);
    come_back(server, &location, &begun.cookie).await
}

async fn people(server: &TestServer) -> i64 {
    sqlx::query_scalar("select count(*) from org.person").fetch_one(server.store().pool()).await.unwrap()
}

fn code(answer: &Answer) -> (u16, String) {
    answer.outcome()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_provider_vouches_for_is_signed_in_and_goes_on() {
    // The address stands in the provider's list of claims, or in the ID token itself.
    for profile_in in ["userinfo", "id_token"] {
        let (server, _provider) = both(profile_in).await;
        let offered = ask(&server, "GET", "/v1/session/oidc", &[], b"").await.json();
        assert_eq!(offered["name"], "Company login");
        let done = sign_in(&server, "Anna.Berg@example.org").await;
        assert_eq!((done.status, done.header("location")), (303, "/office/"), "{:?}", done.outcome());
        assert_eq!(done.header("referrer-policy"), "no-referrer");
        let cookies = done.cookies();
        assert!(cookies.contains(&"roadbook_oidc="), "the attempt is over: {cookies:?}");
        let refresh = cookies.iter().find(|cookie| cookie.starts_with("roadbook_refresh=rbr_")).unwrap();
        // Our own session, as after a password: it goes on by rotation.
        let headers = [("content-type", "application/json"), ("cookie", *refresh)];
        let tokens = ask(&server, "POST", "/v1/session/refresh", &headers, b"{}").await;
        let access = format!("Bearer {}", tokens.json()["access_token"].as_str().unwrap());
        assert_ne!(tokens.cookies()[0], *refresh);
        let me = ask_as(&server, &access, "GET", "/v1/me", &[], &NOTHING).await.json();
        assert_eq!((&me["email"], &me["role"]), (&json!(ANNA), &json!("rep")));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_is_good_once_in_the_browser_that_it_was_given_to() {
    let (server, _provider) = both("userinfo").await;
    let refused = (403, "oidc_state".to_owned());
    let (mine, other) = (begun(&server).await, begun(&server).await);
    let location = through(&mine.url, ANNA, &server);
    for (location, cookie) in [
        // Somebody else's browser is led here with this code and state; or it has none of its own.
        (location.clone(), other.cookie.as_str()),
        (location.clone(), ""),
        (location.replace("state=rbs_", "state=rbs_A"), &mine.cookie),
        (location.replace("state=", "stated="), &mine.cookie),
    ] {
        assert_eq!(code(&come_back(&server, &location, cookie).await), refused, "{location}");
    }
    // None of these used it up; coming back does.
    assert_eq!(come_back(&server, &location, &mine.cookie).await.status, 303);
    assert_eq!(code(&come_back(&server, &location, &mine.cookie).await), refused);
    // One that ran out.
    let late = begun(&server).await;
    let location = through(&late.url, ANNA, &server);
    sqlx::query("update org.oidc_attempt set expires_at = now() - interval '1 second'")
        .execute(server.store().pool())
        .await
        .unwrap();
    assert_eq!(code(&come_back(&server, &location, &late.cookie).await), refused);
    // Another provider's answer (RFC 9207).
    let mixed = begun(&server).await;
    let location = through(&mixed.url, ANNA, &server);
    let location = location.replace("iss=http%3A", "iss=https%3A");
    assert_eq!(code(&come_back(&server, &location, &mixed.cookie).await), refused);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_another_sign_in_or_used_before_is_worth_nothing() {
    let (server, _provider) = both("userinfo").await;
    let param = |location: &str, name: &str| {
        let query = location.split_once('?').unwrap().1.to_owned();
        let pairs: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(n, v)| (n.into(), v.into()))
            .collect();
        pairs[name].clone()
    };
    // A code that was stolen on its way, brought by a thief with a sign-in of the thief's own: PKCE stands before it.
    let (anna, thief) = (begun(&server).await, begun(&server).await);
    let (stolen, own) =
        (through(&anna.url, ANNA, &server), through(&thief.url, "thief@example.org", &server));
    let injected = own.replace(&param(&own, "code"), &param(&stolen, "code"));
    assert_eq!(code(&come_back(&server, &injected, &thief.cookie).await), (403, "oidc_code".to_owned()));
    // A code that was used.
    let first = begun(&server).await;
    let used = through(&first.url, ANNA, &server);
    assert_eq!(come_back(&server, &used, &first.cookie).await.status, 303);
    let second = begun(&server).await;
    let fresh = through(&second.url, ANNA, &server);
    let replayed = fresh.replace(&param(&fresh, "code"), &param(&used, "code"));
    assert_eq!(code(&come_back(&server, &replayed, &second.cookie).await), (403, "oidc_code".to_owned()));
    // An ID token that was made for another nonce.
    let third = begun(&server).await;
    let nonce = param(&third.url, "nonce");
    let url = third.url.replace(&nonce, "another-nonce");
    let location = through(&url, ANNA, &server);
    assert_eq!(code(&come_back(&server, &location, &third.cookie).await), (403, "oidc_token".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_in_whom_the_provider_or_the_office_does_not_vouch_for() {
    let (server, _provider) = both("userinfo").await;
    person(server.store(), "Unverified Ulf", Role::Admin).await;
    let unverified = sign_in(&server, "unverified.ulf@example.org").await;
    assert_eq!(code(&unverified), (403, "oidc_unverified".to_owned()));
    let before = people(&server).await;
    assert_eq!(code(&sign_in(&server, "stranger@example.org").await), (403, "oidc_nobody".to_owned()));
    assert_eq!(people(&server).await, before, "nobody is added");
    assert_eq!(sign_in(&server, ANNA).await.status, 303);
    let anna = server.store().lookup_sign_in(ANNA).await.unwrap().unwrap().person.id;
    server.store().deactivate_person(None, anna, None).await.unwrap();
    assert_eq!(code(&sign_in(&server, ANNA).await), (403, "oidc_nobody".to_owned()));
    // The person said no at the provider.
    let declined = begun(&server).await;
    let state = declined.url.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let location = format!("{}?error=access_denied&state={state}", back(&server));
    let answer = come_back(&server, &location, &declined.cookie).await;
    assert_eq!(code(&answer), (403, "oidc_refused".to_owned()));
    assert!(answer.json()["detail"].as_str().unwrap().contains("access_denied"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_which_nothing_is_said_counts_only_where_the_office_trusts_the_provider() {
    for profile_in in ["userinfo", "id_token"] {
        let (server, _provider) = both(profile_in).await;
        person(server.store(), "Unsaid Ute", Role::Rep).await;
        let unsaid = sign_in(&server, "unsaid.ute@example.org").await;
        assert_eq!(code(&unsaid), (403, "oidc_unverified".to_owned()), "{profile_in}");
        server.stop().await;

        let (server, _provider) = trusting(profile_in).await;
        person(server.store(), "Unsaid Ute", Role::Rep).await;
        person(server.store(), "Unverified Ulf", Role::Admin).await;
        assert_eq!(sign_in(&server, "unsaid.ute@example.org").await.status, 303, "{profile_in}");
        let unverified = sign_in(&server, "unverified.ulf@example.org").await;
        assert_eq!(code(&unverified), (403, "oidc_unverified".to_owned()), "it says that it is not");
        assert_eq!(
            code(&sign_in(&server, "unsaid.stranger@example.org").await),
            (403, "oidc_nobody".to_owned())
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_is_said_to_be_and_keeps_nobody_else_out() {
    let (server, mut provider) = both("userinfo").await;
    let begun = begun(&server).await;
    let location = through(&begun.url, ANNA, &server);
    let config = provider.config();
    provider.stop();
    let gone = (503, "oidc_unavailable".to_owned());
    assert_eq!(code(&come_back(&server, &location, &begun.cookie).await), gone);
    let admin = token(&server, Role::Admin).await;
    assert_eq!(ask_as(&server, &admin, "GET", "/v1/me", &[], &NOTHING).await.status, 200);
    server.stop().await;
    // A server starts without it, and says so when somebody asks.
    let server = TestServer::with_provider(config).await;
    for _ in 0..2 {
        let answer = begin(&server, &json!({})).await;
        assert_eq!((code(&answer), answer.header("retry-after")), (gone.clone(), "5"));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_provider_or_with_a_foreign_return_it_is_refused() {
    let server = TestServer::new().await;
    let offered = ask(&server, "GET", "/v1/session/oidc", &[], b"").await.json();
    assert_eq!(offered["name"], Json::Null);
    assert_eq!(code(&begin(&server, &json!({})).await), (409, "oidc_off".to_owned()));
    let answer = ask(&server, "GET", "/v1/session/oidc/return?code=a&state=b", &[], b"").await;
    assert_eq!(code(&answer), (409, "oidc_off".to_owned()));
    server.stop().await;
    let (server, _provider) = both("userinfo").await;
    for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        let answer = begin(&server, &json!({ "return_to": foreign })).await;
        assert_eq!(code(&answer), (400, "malformed".to_owned()), "{foreign}");
    }
    let page = [("accept", "text/html")];
    let answer = ask(&server, "GET", "/v1/session/oidc/return?code=a&state=%3Cb%3E", &page, b"").await;
    assert_eq!((answer.status, answer.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(String::from_utf8_lossy(&answer.body).contains("oidc_state"));
    server.stop().await;
}
