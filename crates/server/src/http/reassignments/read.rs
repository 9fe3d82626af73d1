//! `GET /v1/reassignments/{reassignment}`: where one stands. For the office.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::{Shown, shown};
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Where a reassignment stands.
#[utoipa::path(
    get, path = "/v1/reassignments/{reassignment}", operation_id = "reassignments.read", tag = "reassignments",
    params(("reassignment" = Uuid, Path, description = "The reassignment")),
    responses((status = 200, description = "The reassignment", body = Shown))
)]
#[instrument(name = "http.reassignment.read", skip_all, fields(%reassignment))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(reassignment): Path<Uuid>,
) -> Result<Json<Shown>, Problem> {
    caller.office()?;
    Ok(Json(shown(&app, reassignment.into()).await?))
}
