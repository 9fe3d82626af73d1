//! `GET /v1/late`: work that came after its device had lost the account, and was taken into the record. For the office.

use std::sync::Arc;

use axum::extract::State;
use roadbook_model::ReassignmentId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::reading::feed::late::LateRow;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which late work.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// That this reassignment made late.
    reassignment: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Late work, the latest first, each piece with the reassignment that made it late.
#[utoipa::path(
    get, path = "/v1/late", operation_id = "late.list", tag = "log", params(Wanted),
    responses((status = 200, description = "A page of late work", body = Page<LateRow>))
)]
#[instrument(name = "http.late.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<LateRow>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let before: Option<u64> = paging.after()?;
    let of = wanted.reassignment.map(ReassignmentId::from);
    let rows = app.store.list_late(of, before, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.position)))
}
