//! `POST /v1/departments/{department}/queue/{task}/done`: a task of a department's queue is done. For members and the office.

use axum::extract::State;
use axum::http::StatusCode;
use tracing::instrument;
use uuid::Uuid;

use super::worked_on_by;
use crate::http::Shared;
use crate::http::api::Path;
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Says that a task of the queue is done, in the name of who says it.
#[utoipa::path(
    post, path = "/v1/departments/{department}/queue/{task}/done", operation_id = "departments.done", tag = "departments",
    params(
        ("department" = Uuid, Path, description = "The department"),
        ("task" = Uuid, Path, description = "The task")
    ),
    responses((status = 204, description = "It is in the record"))
)]
#[instrument(name = "http.department.done", skip_all, fields(%department, %task))]
pub async fn done(
    State(app): Shared,
    caller: Caller,
    Path((department, task)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    let department = worked_on_by(&app, &caller, department).await?;
    app.store.finish_queued(&caller.by(), department.id, task.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
