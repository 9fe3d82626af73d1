//! A department's queue: its open tasks, by the day they are due.

use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::{AccountId, DepartmentId, PersonId, RecordId};
use tracing::instrument;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// A task in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedTask {
    /// The task.
    pub id: RecordId,
    /// The account it is for.
    pub account: AccountId,
    /// What the account is called, as far as the record knows.
    pub account_name: Option<String>,
    /// Who set it.
    pub creator: PersonId,
    /// What is to be done.
    pub subject: Option<String>,
    /// The day by which it is to be done.
    pub due: Option<NaiveDate>,
    /// The moment by which it is to be done, where a day is too coarse.
    pub due_at: Option<DateTime<Utc>>,
    /// What sort of task it is.
    pub task_type: Option<String>,
    /// The record that it is about: of a hand-off, the run.
    pub subject_id: Option<RecordId>,
    /// How urgent it is.
    pub priority: Option<String>,
    /// Who is to do it, if somebody took it.
    pub assignee: Option<PersonId>,
    /// What one should know to do it.
    pub notes: Option<String>,
}

impl Store {
    /// A department's open tasks after a place (the due day, and the task), by due day; those without one come last.
    #[instrument(name = "db.department.queue", skip_all, fields(%department), err(level = "debug"))]
    pub async fn queue(
        &self,
        department: DepartmentId,
        after: Option<(Option<NaiveDate>, Uuid)>,
        limit: i64,
    ) -> Stored<Vec<QueuedTask>> {
        let query = sqlx::query!(
            r#"
            select tasks.id, tasks.account_id, accounts.name as "account_name?", tasks.creator_id, tasks.subject,
                   tasks.due, tasks.due_at, tasks.task_type, tasks.subject_id, tasks.priority, tasks.assignee_id, tasks.notes
            from record.tasks
            left join record.accounts on accounts.id = tasks.account_id
            where tasks.department_id = $1 and tasks.state = 'open'
              and ($2::uuid is null or (coalesce(tasks.due, 'infinity'), tasks.id) > (coalesce($4::date, 'infinity'), $2))
            order by coalesce(tasks.due, 'infinity'), tasks.id
            limit $3
            "#,
            department.uuid(),
            after.map(|(_, id)| id),
            limit,
            after.and_then(|(due, _)| due)
        );
        let rows = query.fetch_all(self.pool()).await?;
        let read = rows.into_iter().map(|row| QueuedTask {
            id: row.id.into(),
            account: row.account_id.into(),
            account_name: row.account_name,
            creator: row.creator_id.into(),
            subject: row.subject,
            due: row.due,
            due_at: row.due_at,
            task_type: row.task_type,
            subject_id: row.subject_id.map(Into::into),
            priority: row.priority,
            assignee: row.assignee_id.map(Into::into),
            notes: row.notes,
        });
        Ok(read.collect())
    }
}
