//! Who may do what to whose: every described endpoint, by every role, on what is in reach, what is not, and what does not
//! exist. The endpoints come from the description; what is expected stands in [`POLICY`], written by hand, so that an
//! endpoint that nobody thought about fails, and so does one that is laxer or stricter than it should be.

#[path = "matrix/fixture.rs"]
mod fixture;
#[path = "matrix/policy.rs"]
mod policy;
#[path = "matrix/query.rs"]
mod query;
#[path = "matrix/sample.rs"]
mod sample;

use std::collections::BTreeSet;

use roadbook_model::permission::Role;
use serde_json::Value as Json;

use self::fixture::{Fixture, Whose};
use self::policy::{POLICY, Rule};
use crate::support::{Answer, TestServer, ask, ask_as};

/// One endpoint, as described.
struct Endpoint<'a> {
    path: &'a str,
    method: String,
    operation: &'a Json,
    document: &'a Json,
}

impl Endpoint<'_> {
    fn id(&self) -> &str {
        self.operation["operationId"].as_str().unwrap()
    }

    fn has_ids(&self) -> bool {
        self.path.contains('{')
    }

    /// Asks it about somebody's things, with a body that fits its description.
    async fn ask(&self, server: &TestServer, token: &str, fixture: &Fixture, whose: Whose) -> Answer {
        let path = fixture.path(self.path, whose);
        let body = sample::body(self.document, self.operation, fixture, whose);
        let version = [("if-match", "\"1\"")];
        let answer = ask_as(server, token, &self.method, &path, &version, &body).await;
        let documented = &self.operation["responses"][answer.status.to_string()];
        assert!(documented.is_object(), "{} {path}: {} is not described", self.method, answer.status);
        assert!(answer.status < 500, "{} {path}: {:?}", self.method, answer.outcome());
        answer
    }
}

fn endpoints(document: &Json) -> Vec<Endpoint<'_>> {
    let mut endpoints = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            endpoints.push(Endpoint { path, method: method.to_uppercase(), operation, document });
        }
    }
    endpoints
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_by_every_role_on_own_foreign_and_unknown_ids() {
    let server = TestServer::new().await;
    let document = ask(&server, "GET", "/openapi.json", &[], b"").await.json();
    // What only reads leaves things as they are, so that all of it may be asked about the same things.
    let mut read = Vec::new();
    for role in Role::ALL {
        read.push(Fixture::new(&server, role).await);
    }
    let mut asked = 0;
    let mut known = BTreeSet::new();
    let mut silent = BTreeSet::new();
    for endpoint in endpoints(&document) {
        let rule = POLICY.iter().find(|rule| rule.operation == endpoint.id());
        let rule = rule.unwrap_or_else(|| panic!("{} has no line in the policy", endpoint.id()));
        known.insert(rule.operation);
        let is_open = endpoint.operation["security"].is_null();
        assert_eq!(is_open, rule.is_open(), "{}: whether it needs a token", endpoint.id());
        if is_open {
            continue;
        }
        for (role, read) in Role::ALL.into_iter().zip(&read) {
            asked += match endpoint.method.as_str() {
                "GET" => check(&server, &endpoint, rule, role, read, &mut silent).await,
                _ => {
                    let fresh = Fixture::new(&server, role).await;
                    check(&server, &endpoint, rule, role, &fresh, &mut silent).await
                }
            };
        }
    }
    let gone: Vec<_> = POLICY.iter().filter(|rule| !known.contains(rule.operation)).collect();
    assert!(gone.is_empty(), "no such endpoints any more: {gone:?}");
    assert_eq!(Vec::from_iter(silent), UNAUDITED, "what succeeded, and no row of the audit tells of it");
    println!("{} endpoints, {asked} requests", known.len());
    server.stop().await;
}

/// What may succeed and leave no row in the audit: what is so already is not done again, and a file that is only put down is
/// told of when it is carried out.
const UNAUDITED: &[&str] = &[
    "departments.add_member",
    "duplicates.set_apart",
    "imports.add",
    "imports.put_part",
    "processes.publish_shipped",
    "reference.publish",
];

/// What people did, by the audit. Runs follow by themselves, whenever the server comes to it.
async fn audited(server: &TestServer) -> i64 {
    let query = sqlx::query_scalar("select count(*) from org.audit where action <> 'run.follow'");
    query.fetch_one(server.store().pool()).await.unwrap()
}

/// One endpoint by one role; returns how often it was asked.
async fn check(
    server: &TestServer,
    endpoint: &Endpoint<'_>,
    rule: &Rule,
    role: Role,
    fixture: &Fixture,
    silent: &mut BTreeSet<&'static str>,
) -> usize {
    let token = fixture.token(server, role);
    let name = format!("{} by {role}", endpoint.id());
    let unknown = endpoint.ask(server, &token, fixture, Whose::Nobodys).await;
    let foreign = endpoint.ask(server, &token, fixture, Whose::Foreign).await;
    let before = audited(server).await;
    let own = endpoint.ask(server, &token, fixture, Whose::Own).await;
    if endpoint.method != "GET" && own.status < 400 && audited(server).await == before {
        silent.insert(rule.operation);
    }
    if !rule.admits(role) {
        for answer in [&unknown, &foreign, &own] {
            assert!([403, 404].contains(&answer.status), "{name}: {:?}", answer.outcome());
        }
        return 3;
    }
    assert!(![401, 403, 404].contains(&own.status), "{name}, own: {:?}", own.outcome());
    if endpoint.has_ids() {
        assert_eq!(unknown.status, 404, "{name}, unknown: {:?}", unknown.outcome());
        if !role.is_office() && !rule.sees_all {
            assert_eq!((foreign.status, foreign.json()), (404, unknown.json()), "{name}, foreign");
        }
    }
    // A foreign id in the body alone tells no more than one in the path.
    if !role.is_office() && !rule.sees_all {
        assert_eq!(foreign.outcome(), unknown.outcome(), "{name}, foreign in the body");
    }
    3 + query::check(server, endpoint, rule, role, fixture).await
}
