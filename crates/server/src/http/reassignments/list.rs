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

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
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
    let found = app.store.list_reassignments(before.map(ReassignmentId::from), paging.fetch()).await?;
    let items: Vec<Shown> = found.into_iter().map(Shown::from).collect();
    Ok(Json(Page::new(items, &paging, |item| item.id)))
}
