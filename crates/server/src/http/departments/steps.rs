//! `GET /v1/departments/{department}/steps`: steps of runs that wait for a department, whatever the territories of their accounts. For
//! members and the office.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::worked_on_by;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::departments::work::WaitingStep;

/// Steps that wait for a department, those of the run that began first leading. Each is answered with
/// `POST /v1/records/{record}/answers`.
#[utoipa::path(
    get, path = "/v1/departments/{department}/steps", operation_id = "departments.steps", tag = "departments",
    params(("department" = Uuid, Path, description = "The department"), WhichPage),
    responses((status = 200, description = "A page of steps", body = Page<WaitingStep>))
)]
#[instrument(name = "http.department.steps", skip_all, fields(%department))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(department): Path<Uuid>,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<WaitingStep>>, Problem> {
    let department = worked_on_by(&app, &caller, department).await?;
    let paging = Paging::from(wanted);
    let rows = app.store.waiting_steps(&department.code, paging.after()?, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.started_at, row.run_id, row.step.clone()))))
}
