//! `GET /v1/tasks`: tasks by the day they are due. Reps and managers see those for accounts in their reach; a
//! department's own queue is `GET /v1/departments/{department}/queue`.

use std::sync::Arc;

use axum::extract::State;
use chrono::NaiveDate;
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
use crate::store::office::tasks::{TaskFilter, TaskRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only open ones (`true`), or only those that are done or cancelled (`false`).
    open: Option<bool>,
    /// That this person is to do.
    person: Option<Uuid>,
    /// For accounts in territories that this person holds now.
    holder: Option<Uuid>,
    /// In this department's queue.
    department: Option<Uuid>,
    /// For this account.
    account: Option<Uuid>,
    /// That are due before this day.
    due_before: Option<NaiveDate>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Tasks by the day they are due; those without one come last.
#[utoipa::path(
    get, path = "/v1/tasks", operation_id = "tasks.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of tasks", body = Page<TaskRow>))
)]
#[instrument(name = "http.task.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<TaskRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = TaskFilter {
        open: wanted.open,
        person: wanted.person.map(Into::into),
        holder: wanted.holder.map(Into::into),
        department: wanted.department.map(Into::into),
        account: wanted.account.map(Into::into),
        due_before: wanted.due_before,
        after: paging.after()?,
    };
    let rows = app.store.list_tasks(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.due, row.id))))
}
