//! `POST /v1/reassignments/{reassignment}/cancel`: calls a planned one off, or answers one that failed. For admins.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::{Shown, shown};
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Calls a planned reassignment off. One that is in effect is reversed instead; one that failed by itself leaves the list of
/// those that failed.
#[utoipa::path(
    post, path = "/v1/reassignments/{reassignment}/cancel", operation_id = "reassignments.cancel",
    tag = "reassignments", params(("reassignment" = Uuid, Path, description = "The reassignment")),
    responses((status = 200, description = "The reassignment as it is now", body = Shown))
)]
#[instrument(name = "http.reassignment.cancel", skip_all, fields(%reassignment))]
pub async fn cancel(
    State(app): Shared,
    caller: Caller,
    Path(reassignment): Path<Uuid>,
) -> Result<Json<Shown>, Problem> {
    caller.admin()?;
    app.store.cancel_reassignment(reassignment.into(), &caller.by()).await?;
    Ok(Json(shown(&app, reassignment.into()).await?))
}
