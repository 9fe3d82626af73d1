//! `GET /v1/reassignments`: all of them, newest first. For the office.

use axum::extract::State;
use roadbook_model::ReassignmentId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use super::Shown;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Which of them, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those that could not take effect when their time came, and that nobody has answered by calling them off.
    #[serde(default)]
    failed: bool,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Reassignments, newest first.
#[utoipa::path(
    get, path = "/v1/reassignments", operation_id = "reassignments.list", tag = "reassignments", params(Wanted),
    responses((status = 200, description = "A page of them", body = Page<Shown>))
)]
#[instrument(name = "http.reassignment.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Shown>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let before: Option<Uuid> = paging.after()?;
    let before = before.map(ReassignmentId::from);
    let found = match wanted.failed {
        true => app.store.list_failed_reassignments(before, paging.fetch()).await?,
        false => app.store.list_reassignments(before, paging.fetch()).await?,
    };
    let items: Vec<Shown> = found.into_iter().map(Shown::from).collect();
    Ok(Json(Page::new(items, &paging, |item| item.id)))
}
