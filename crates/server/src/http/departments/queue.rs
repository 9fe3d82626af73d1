//! `GET /v1/departments/{department}/queue`: a department's open tasks, whatever the territories of their accounts. For members
//! and the office.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::{PersonId, RecordId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::worked_on_by;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::departments::queue::QueuedTask;

/// A task in a queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueuedTask)]
pub struct TaskBody {
    /// The task.
    id: Uuid,
    /// The account it is for.
    account_id: Uuid,
    /// What the account is called.
    account_name: Option<String>,
    /// Who set it.
    creator_id: Uuid,
    /// What is to be done.
    subject: Option<String>,
    /// The day by which it is to be done.
    due: Option<NaiveDate>,
    /// The moment by which it is to be done, where a day is too coarse.
    due_at: Option<DateTime<Utc>>,
    /// What sort of task it is: a hand-off of a process, for example.
    task_type: Option<String>,
    /// The record that it is about: of a hand-off, the run.
    subject_id: Option<Uuid>,
    /// low, normal or high.
    priority: Option<String>,
    /// Who is to do it, if somebody is.
    assignee_id: Option<Uuid>,
    /// What one should know to do it.
    notes: Option<String>,
}

impl From<QueuedTask> for TaskBody {
    fn from(task: QueuedTask) -> Self {
        Self {
            id: task.id.uuid(),
            account_id: task.account.uuid(),
            account_name: task.account_name,
            creator_id: task.creator.uuid(),
            subject: task.subject,
            due: task.due,
            due_at: task.due_at,
            task_type: task.task_type,
            subject_id: task.subject_id.map(RecordId::uuid),
            priority: task.priority,
            assignee_id: task.assignee.map(PersonId::uuid),
            notes: task.notes,
        }
    }
}

/// A department's open tasks, by the day they are due.
#[utoipa::path(
    get, path = "/v1/departments/{department}/queue", operation_id = "departments.queue", tag = "departments",
    params(("department" = Uuid, Path, description = "The department"), WhichPage),
    responses((status = 200, description = "A page of tasks", body = Page<TaskBody>))
)]
#[instrument(name = "http.department.queue", skip_all, fields(%id))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<TaskBody>>, Problem> {
    let department = worked_on_by(&app, &caller, id).await?;
    let paging = Paging::from(wanted);
    let rows = app.store.queue(department.id, paging.after()?, paging.fetch()).await?;
    let page = Page::new(rows, &paging, |task| (task.due, task.id.uuid()));
    let items = page.items.into_iter().map(TaskBody::from).collect();
    Ok(Json(Page { items, next: page.next }))
}
