//! `GET /v1/log?after=&limit=&summary=`: the log as the office reads it. JSON pages, or, when `text/event-stream` is accepted, a
//! stream that goes on as the log grows and resumes after `Last-Event-ID`.

mod stream;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{Json, Query, within};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::reading::feed::{LIMIT_MAX, LogEntry};

/// Entries of a page unless asked otherwise.
const LIMIT: u32 = 200;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Entries after this position.
    #[serde(default)]
    #[param(default = 0)]
    after: u64,
    /// At most so many entries of a page.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Whether each entry about a record also has a `summary`: what was done (`action`), what the record is called
    /// (`title`) and how it stands.
    #[serde(default)]
    summary: bool,
}

/// Entries after a position.
#[derive(Serialize, ToSchema)]
pub struct LogPage {
    /// The entries, in order.
    #[schema(value_type = Vec<LogEntry>)]
    entries: Vec<serde_json::Value>,
    /// Read on after this position.
    next: u64,
    /// The log's last position.
    head: u64,
}

/// The log, in order: a page of JSON, or server-sent events when `text/event-stream` is accepted. A stream resumes after
/// its `Last-Event-ID`. The data of its events are each a `LogEntry` in JSON; only its event `desk` has no position: lists of
/// the office changed beside the log (accounts that wait for a place, likely duplicates, reassignments that ended or failed),
/// and whoever shows one reads it anew.
#[utoipa::path(
    get, path = "/v1/log", operation_id = "log.list", tag = "log", params(Wanted),
    responses((status = 200, description = "Entries after the position", content(
        (LogPage = "application/json"), (String = "text/event-stream")
    )))
)]
#[instrument(name = "http.log.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    caller.office()?;
    within(wanted.limit, LIMIT_MAX)?;
    if accepts_stream(&headers) {
        let after = resumed(&headers).unwrap_or(wanted.after);
        return Ok(stream::open(app, caller, after, wanted.summary));
    }
    let page = app.store.feed(wanted.after, wanted.limit.unwrap_or(LIMIT), wanted.summary).await?;
    let entries = page.entries.into_iter().map(|entry| entry.json).collect();
    Ok(Json(LogPage { entries, next: page.next, head: page.head }).into_response())
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}

/// Where a broken stream left off.
fn resumed(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}
