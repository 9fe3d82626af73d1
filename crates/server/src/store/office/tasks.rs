//! Tasks as a list shows them.

use chrono::NaiveDate;
use roadbook_model::{AccountId, DepartmentId, PersonId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Where a task stands in its list: the day it is due, and the task.
pub type Due = (Option<NaiveDate>, Uuid);

/// Which tasks to list.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Only open ones, or only those that are done or cancelled.
    pub open: Option<bool>,
    /// Those that this person is to do.
    pub person: Option<PersonId>,
    /// Those for accounts in territories that this person holds now.
    pub holder: Option<PersonId>,
    /// Those in this department's queue.
    pub department: Option<DepartmentId>,
    /// Those for this account.
    pub account: Option<AccountId>,
    /// Those that are due before this day.
    pub due_before: Option<NaiveDate>,
    /// Those after this place.
    pub after: Option<Due>,
}

/// A task of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskRow {
    /// The task.
    pub id: Uuid,
    /// The account it is for.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// Who set it.
    pub creator_id: Uuid,
    /// That person's name.
    pub creator_name: Option<String>,
    /// Who is to do it, if somebody is.
    pub assignee_id: Option<Uuid>,
    /// That person's name.
    pub assignee_name: Option<String>,
    /// In which department's queue it is.
    pub department_id: Option<Uuid>,
    /// What the department is called.
    pub department_name: Option<String>,
    /// What is to be done.
    pub subject: Option<String>,
    /// `open`, `done` or `cancelled`.
    pub state: Option<String>,
    /// The day by which it is to be done.
    pub due: Option<NaiveDate>,
    /// `low`, `normal` or `high`.
    pub priority: Option<String>,
    /// What one should know to do it.
    pub notes: Option<String>,
}

impl Store {
    /// Tasks for accounts that a person may see, by the day they are due; those without one come last.
    #[instrument(name = "db.task.list", skip_all, err(level = "debug"))]
    pub async fn list_tasks(&self, person: &Person, filter: &TaskFilter, limit: i64) -> Stored<Vec<TaskRow>> {
        let query = sqlx::query_as!(
            TaskRow,
            r#"
            select tasks.id, tasks.account_id, accounts.name as "account_name?", tasks.creator_id,
                   creator.name as "creator_name?", tasks.assignee_id, assignee.name as "assignee_name?",
                   tasks.department_id, department.name as "department_name?", tasks.subject, tasks.state, tasks.due,
                   tasks.priority, tasks.notes
            from record.tasks
            join sync.account_now account on account.id = tasks.account_id
            left join record.accounts on accounts.id = tasks.account_id
            left join org.person creator on creator.id = tasks.creator_id
            left join org.person assignee on assignee.id = tasks.assignee_id
            left join org.department on department.id = tasks.department_id
            where ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and ($4::boolean is null or (tasks.state = 'open') = $4)
              and ($5::uuid is null or tasks.assignee_id = $5)
              and ($6::uuid is null or tasks.department_id = $6)
              and ($7::uuid is null or tasks.account_id = $7)
              and ($8::date is null or tasks.due < $8)
              and ($12::uuid is null
                   or account.territory_id in (select territory_id from org.reach($12, $3) where holds))
              and ($10::uuid is null
                   or (coalesce(tasks.due, 'infinity'), tasks.id) > (coalesce($9::date, 'infinity'), $10))
            order by coalesce(tasks.due, 'infinity'), tasks.id
            limit $11
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.open,
            filter.person.map(PersonId::uuid),
            filter.department.map(DepartmentId::uuid),
            filter.account.map(AccountId::uuid),
            filter.due_before,
            filter.after.and_then(|(due, _)| due),
            filter.after.map(|(_, id)| id),
            limit,
            filter.holder.map(PersonId::uuid)
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
