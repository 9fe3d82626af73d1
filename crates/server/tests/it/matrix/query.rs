//! What stands behind the question mark hides what is foreign as well: a filter by somebody else's id finds what one by
//! no id at all finds, and somebody else's cursor leads to nothing that one would not have come to.

use roadbook_model::permission::Role;
use serde_json::Value as Json;

use super::fixture::{Fixture, Whose};
use super::{Endpoint, Rule};
use crate::support::{Answer, TestServer, ask_as};

/// Asks a list of one role by each filter that takes an id, and by an admin's cursor; returns how often.
pub async fn check(
    server: &TestServer,
    endpoint: &Endpoint<'_>,
    rule: &Rule,
    role: Role,
    fixture: &Fixture,
) -> usize {
    if endpoint.method != "GET" || role.is_office() || rule.sees_all || !rule.admits(role) {
        return 0;
    }
    let names = query(endpoint.operation);
    let token = fixture.token(server, role);
    let mut asked = 0;
    for name in names.iter().copied().filter(|name| fixture.id(name, Whose::Foreign).is_some()) {
        let by = async |whose| {
            let id = fixture.id(name, whose).unwrap();
            ask(server, endpoint, fixture, &token, &format!("?{name}={id}")).await
        };
        let (foreign, unknown) = (by(Whose::Foreign).await, by(Whose::Nobodys).await);
        let what = format!("{} by {role}, a foreign {name}", endpoint.id());
        assert_eq!((foreign.status, foreign.json()), (unknown.status, unknown.json()), "{what}");
        asked += 2;
    }
    if names.contains(&"after") && names.contains(&"limit") {
        asked += by_cursor(server, endpoint, role, fixture).await;
    }
    asked
}

async fn by_cursor(server: &TestServer, endpoint: &Endpoint<'_>, role: Role, fixture: &Fixture) -> usize {
    let (own, admin) = (fixture.token(server, role), fixture.token(server, Role::Admin));
    let first = ask(server, endpoint, fixture, &admin, "?limit=1").await.json();
    let Some(next) = first["next"].as_str() else { return 1 };
    let all = items(&ask(server, endpoint, fixture, &own, "?limit=500").await);
    for item in items(&ask(server, endpoint, fixture, &own, &format!("?limit=500&after={next}")).await) {
        assert!(all.contains(&item), "{} by {role}, behind an admin's cursor: {item}", endpoint.id());
    }
    3
}

async fn ask(
    server: &TestServer,
    endpoint: &Endpoint<'_>,
    fixture: &Fixture,
    token: &str,
    query: &str,
) -> Answer {
    let path = fixture.path(endpoint.path, Whose::Own) + query;
    ask_as(server, token, "GET", &path, &[], &Json::Null).await
}

fn items(answer: &Answer) -> Vec<Json> {
    assert_eq!(answer.status, 200, "{:?}", answer.outcome());
    answer.json()["items"].as_array().cloned().unwrap_or_default()
}

/// The names behind the question mark.
fn query(operation: &Json) -> Vec<&str> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str()).collect()
}
