//! `POST /v1/reassignments/{reassignment}/reverse`: undoes one that is in effect. For admins.

use axum::extract::State;
use axum::response::Response;
use roadbook_model::ReassignmentId;
use tracing::instrument;
use uuid::Uuid;

use super::{Shown, shown_once_ordered};
use crate::http::Shared;
use crate::http::api::{Fresh, Json, Path, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};

/// Undoes a reassignment that is in effect, by another one: what still lies or is held as it left it goes back. A cover
/// comes back earlier by it.
#[utoipa::path(
    post, path = "/v1/reassignments/{reassignment}/reverse", operation_id = "reassignments.reverse",
    tag = "reassignments", params(("reassignment" = Uuid, Path, description = "The reassignment")),
    request_body = Terms, responses((status = 201, description = "The reassignment that undoes it", body = Shown))
)]
#[instrument(name = "http.reassignment.reverse", skip_all, fields(%reassignment))]
pub async fn reverse(
    State(app): Shared,
    caller: Caller,
    Path(reassignment): Path<Uuid>,
    Fresh(id): Fresh,
    Json(terms): Json<Terms>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let id = ReassignmentId::from(id);
    let of = reassignment.into();
    let moved = app.store.reverse_reassignment(&caller.by(), id, of, &terms.into()).await?;
    let mut body = shown_once_ordered(&app, id).await?;
    body.done = Some(Done::from(&moved));
    Ok(created(&format!("/v1/reassignments/{id}"), None, body))
}
