//! `GET /v1/departments/{department}/runs/{run}`: a run that a department has something to do with. For members and the office.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::worked_on_by;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::departments::work::DepartmentRun;

/// A run with a step of the department's, or one that an open task in its queue is about: what was answered, the record that it
/// is about, and which steps are the department's. Nothing else of the account.
#[utoipa::path(
    get, path = "/v1/departments/{department}/runs/{run}", operation_id = "departments.run", tag = "departments",
    params(
        ("department" = Uuid, Path, description = "The department"),
        ("run" = Uuid, Path, description = "The run")
    ),
    responses((status = 200, description = "The run", body = DepartmentRun))
)]
#[instrument(name = "http.department.run", skip_all, fields(%department, %run))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path((department, run)): Path<(Uuid, Uuid)>,
) -> Result<Json<DepartmentRun>, Problem> {
    let department = worked_on_by(&app, &caller, department).await?;
    let found = app.store.department_run(&department, run.into()).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("run"))
}
