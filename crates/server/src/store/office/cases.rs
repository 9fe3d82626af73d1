//! Cases as a list shows them.

use chrono::NaiveDate;
use roadbook_model::{AccountId, DepartmentId, PersonId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use super::tasks::Due;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Only those that are not resolved yet, or only those that are.
    pub open: Option<bool>,
    /// Those of this type.
    pub case_type: Option<&'static str>,
    /// Those that this person sees through.
    pub person: Option<PersonId>,
    /// Those that this department works on.
    pub department: Option<DepartmentId>,
    /// Those that are due before this day.
    pub due_before: Option<NaiveDate>,
    /// Those of this account.
    pub account: Option<AccountId>,
    /// Those after this place.
    pub after: Option<Due>,
}

/// A case of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseRow {
    /// The case.
    pub id: Uuid,
    /// Its account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// What it is about, in a line.
    pub subject: Option<String>,
    /// `complaint`, `return` or `service_request`.
    pub case_type: Option<String>,
    /// How it stands.
    pub state: Option<String>,
    /// How urgent it is.
    pub priority: Option<String>,
    /// The day by which it is to be resolved.
    pub due: Option<NaiveDate>,
    /// What brought it about.
    pub cause: Option<String>,
    /// What puts it right.
    pub remedy: Option<String>,
    /// Who sees it through.
    pub owner_id: Uuid,
    /// That person's name.
    pub owner_name: Option<String>,
    /// Which department works on it.
    pub department_id: Option<Uuid>,
    /// What the department is called.
    pub department_name: Option<String>,
}

impl Store {
    /// Cases of accounts that a person may see, by the day they are due; those without one come last.
    #[instrument(name = "db.case.list", skip_all, err(level = "debug"))]
    pub async fn list_cases(&self, person: &Person, filter: &CaseFilter, limit: i64) -> Stored<Vec<CaseRow>> {
        let query = sqlx::query_as!(
            CaseRow,
            r#"
            select cases.id, cases.account_id, accounts.name as "account_name?",
                   cases.subject, cases.case_type, cases.state, cases.priority, cases.due, cases.cause, cases.remedy,
                   coalesce(cases.owner_id, cases.creator_id) as "owner_id!", owner.name as "owner_name?",
                   cases.department_id, department.name as "department_name?"
            from record.cases
            join sync.account_now account on account.id = cases.account_id
            left join record.accounts on accounts.id = cases.account_id
            left join org.person owner on owner.id = coalesce(cases.owner_id, cases.creator_id)
            left join org.department on department.id = cases.department_id
            where ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and ($4::uuid is null or cases.account_id = $4)
              and ($6::uuid is null or (coalesce(cases.due, 'infinity'), cases.id) > (coalesce($5::date, 'infinity'), $6))
              and ($8::boolean is null or (cases.state not in ('resolved', 'closed')) = $8)
              and ($9::text is null or cases.case_type = $9)
              and ($10::uuid is null or coalesce(cases.owner_id, cases.creator_id) = $10)
              and ($11::uuid is null or cases.department_id = $11)
              and ($12::date is null or cases.due < $12)
            order by coalesce(cases.due, 'infinity'), cases.id
            limit $7
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.account.map(AccountId::uuid),
            filter.after.and_then(|(due, _)| due),
            filter.after.map(|(_, id)| id),
            limit,
            filter.open,
            filter.case_type,
            filter.person.map(PersonId::uuid),
            filter.department.map(DepartmentId::uuid),
            filter.due_before
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
