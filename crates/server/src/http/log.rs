//! `GET /v1/log?after=&limit=`: the log as the office reads it. JSON pages, or, when `text/event-stream` is accepted, a
//! stream that goes on as the log grows and resumes after `Last-Event-ID`.

mod stream;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value as Json_, json};
use tracing::instrument;

use super::problem::Problem;
use super::{Shared, bearer};

/// Entries of a page unless asked otherwise.
const LIMIT: u32 = 200;

/// What to read.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    /// Entries after this position.
    #[serde(default)]
    after: u64,
    /// At most so many.
    limit: Option<u32>,
}

/// The entries after a position.
#[instrument(name = "http.log.list", skip_all)]
pub async fn list(
    State(app): Shared,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    bearer::office(&app, &headers).await?;
    let Query(wanted) = wanted.map_err(|error| Problem::malformed(error.body_text()))?;
    if accepts_stream(&headers) {
        let after = resumed(&headers).unwrap_or(wanted.after);
        return Ok(stream::open(app, after));
    }
    let page = app.store.feed(wanted.after, wanted.limit.unwrap_or(LIMIT)).await;
    let page = page.map_err(|error| Problem::fault(&error))?;
    let entries: Vec<Json_> = page.entries.into_iter().map(|entry| entry.json).collect();
    Ok(Json(json!({ "entries": entries, "next": page.next, "head": page.head })).into_response())
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}

/// Where a broken stream left off.
fn resumed(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}
