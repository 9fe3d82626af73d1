//! Who asks: an access token in the `Authorization` header, and the person as the database knows it now.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::App;
use super::problem::Problem;
use crate::store::office::people::Person;

/// The active person whom the request's token speaks for.
pub async fn person(app: &App, headers: &HeaderMap) -> Result<Person, Problem> {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let Some(token) = token else {
        return Err(unauthorised("this needs an access token: Authorization: Bearer ..."));
    };
    let bearer = app.keys.token.verify(&app.origins, token.trim());
    let bearer =
        bearer.map_err(|_| unauthorised("the access token does not hold or is over; sign in again"))?;
    let person =
        app.store.lookup_person_by_id(bearer.person).await.map_err(|error| Problem::fault(&error))?;
    person
        .filter(|person| person.active)
        .ok_or_else(|| unauthorised("this person does not work here any more"))
}

/// The same, but only the office and admins.
pub async fn office(app: &App, headers: &HeaderMap) -> Result<Person, Problem> {
    let person = person(app, headers).await?;
    if person.role.is_office() {
        return Ok(person);
    }
    let detail = "only the office and admins may read this";
    Err(Problem::new(StatusCode::FORBIDDEN, roadbook_protocol::code::NOT_PERMITTED, detail))
}

fn unauthorised(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorised", detail)
}
