//! Departments: people who share a queue of tasks. A task whose `department_id` is theirs is visible to them whatever
//! their territories; it goes to no device for that, the queue is read here. Devices know departments by their codes.

pub mod queue;
pub mod work;

use chrono::{DateTime, Utc};
use roadbook_model::{DepartmentId, PersonId};
use serde_json::{Value as Json, json};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::audit::{Act, By, record};
use super::{Done, OfficeError, unknown};
use crate::store::{Store, StoreError, Stored};

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// Most characters of a code.
const CODE_CHARS_MAX: usize = 30;

/// A department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// The department.
    pub id: DepartmentId,
    /// What it is called.
    pub name: String,
    /// The word by which processes name it.
    pub code: String,
    /// Its members, by name.
    pub members: Vec<Member>,
    /// How many open tasks are in its queue.
    pub open_tasks: i64,
    /// The version, for the entity tag.
    pub version: i64,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Member {
    /// Who.
    #[schema(value_type = Uuid)]
    pub id: PersonId,
    /// The member's name.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Store {
    /// Adds a department under this id; without a code, one is made of its name. Adding it again changes nothing.
    #[instrument(name = "db.department.add", skip_all, err(level = "debug"))]
    pub async fn add_department(
        &self,
        by: Option<&By>,
        id: DepartmentId,
        name: &str,
        code: Option<&str>,
    ) -> Done<Department> {
        let name = admit(name)?;
        let code = code.map_or_else(|| Ok(code_of(name, id)), |code| admit_code(code).map(str::to_owned))?;
        let mut append = self.append().await?;
        let added = sqlx::query!(
            "insert into org.department (id, name, code) values ($1, $2, $3) on conflict (id) do nothing",
            id.uuid(),
            name,
            code
        );
        if added.execute(append.connection()).await.map_err(taken)?.rows_affected() > 0 {
            note(append.connection(), by, "department.add", id, json!({ "name": name, "code": code }))
                .await?;
            append.publish_departments().await?;
        }
        append.commit().await?;
        self.lookup_department(id).await?.ok_or_else(|| unknown("department", id))
    }

    /// A department.
    #[instrument(name = "db.department.lookup", skip_all, fields(%id), err(level = "debug"))]
    pub async fn lookup_department(&self, id: DepartmentId) -> Stored<Option<Department>> {
        Ok(self.departments(Some(id), None, 1).await?.pop())
    }

    /// Departments after a place (the name in lower case, and the department), by name.
    #[instrument(name = "db.department.list", skip_all, err(level = "debug"))]
    pub async fn list_departments(
        &self,
        after: Option<(String, Uuid)>,
        limit: i64,
    ) -> Stored<Vec<Department>> {
        self.departments(None, after, limit).await
    }

    async fn departments(
        &self,
        only: Option<DepartmentId>,
        after: Option<(String, Uuid)>,
        limit: i64,
    ) -> Stored<Vec<Department>> {
        let query = sqlx::query!(
            r#"
            select department.id, department.name, department.code, department.version,
                   (select count(*) from record.tasks where department_id = department.id and state = 'open')
                       as "open_tasks!",
                   coalesce((
                       select jsonb_agg(jsonb_build_object('id', person.id, 'name', person.name, 'since', since)
                                        order by lower(person.name), person.id)
                       from org.department_member join org.person on person.id = person_id
                       where department_id = department.id and person.active
                   ), '[]') as "members!"
            from org.department
            where ($1::uuid is null or department.id = $1)
              and ($2::uuid is null or (lower(department.name), department.id) > ($4::text, $2))
            order by lower(department.name), department.id
            limit $3
            "#,
            only.map(DepartmentId::uuid),
            after.as_ref().map(|(_, id)| *id),
            limit,
            after.as_ref().map(|(name, _)| name.as_str())
        );
        let rows = query.fetch_all(self.pool()).await?;
        let read = rows.into_iter().map(|row| {
            let members = serde_json::from_value(row.members);
            Ok(Department {
                id: row.id.into(),
                name: row.name,
                code: row.code,
                members: members.map_err(|_| StoreError::Unreadable { what: "department" })?,
                open_tasks: row.open_tasks,
                version: row.version,
            })
        });
        read.collect()
    }

    /// Calls a department otherwise.
    #[instrument(name = "db.department.rename", skip_all, fields(%id), err(level = "debug"))]
    pub async fn rename_department(
        &self,
        by: Option<&By>,
        id: DepartmentId,
        version: Option<i64>,
        name: &str,
    ) -> Done<Department> {
        let name = admit(name)?;
        let mut append = self.append().await?;
        lock(append.connection(), id, version).await?;
        sqlx::query!("update org.department set name = $2 where id = $1", id.uuid(), name)
            .execute(append.connection())
            .await
            .map_err(taken)?;
        touch(append.connection(), id).await?;
        note(append.connection(), by, "department.rename", id, json!({ "name": name })).await?;
        append.publish_departments().await?;
        append.commit().await?;
        self.lookup_department(id).await?.ok_or_else(|| unknown("department", id))
    }

    /// Removes a department whose queue is empty.
    #[instrument(name = "db.department.remove", skip_all, fields(%id), err(level = "debug"))]
    pub async fn remove_department(
        &self,
        by: Option<&By>,
        id: DepartmentId,
        version: Option<i64>,
    ) -> Done<()> {
        let mut append = self.append().await?;
        lock(append.connection(), id, version).await?;
        let query = sqlx::query_scalar!(
            r#"select count(*) as "open!" from record.tasks where department_id = $1 and state = 'open'"#,
            id.uuid()
        );
        match query.fetch_one(append.connection()).await? {
            0 => {}
            open => {
                let text =
                    format!("{open} open tasks are in its queue; do them or give them to others first");
                return Err(OfficeError::conflict("department_in_use", text));
            }
        }
        if is_handed_to(append.connection(), id).await? {
            let text = "processes that are offered hand tasks to it; publish versions that do not, or stop offering them";
            return Err(OfficeError::conflict("department_in_use", text));
        }
        sqlx::query!("delete from org.department where id = $1", id.uuid())
            .execute(append.connection())
            .await?;
        note(append.connection(), by, "department.remove", id, json!({})).await?;
        append.publish_departments().await?;
        append.commit().await?;
        Ok(())
    }

    /// Makes a person a member; one already changes nothing.
    #[instrument(name = "db.department_member.add", skip_all, fields(%id, %person), err(level = "debug"))]
    pub async fn add_member(&self, by: Option<&By>, id: DepartmentId, person: PersonId) -> Done<Department> {
        let mut tx = self.pool().begin().await?;
        lock(&mut tx, id, None).await?;
        sqlx::query!("select id from org.person where id = $1 and active for share", person.uuid())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| unknown("active person", person))?;
        let added = sqlx::query!(
            "insert into org.department_member (department_id, person_id) values ($1, $2) on conflict do nothing",
            id.uuid(),
            person.uuid()
        );
        if added.execute(&mut *tx).await?.rows_affected() > 0 {
            touch(&mut tx, id).await?;
            note(&mut tx, by, "department.add_member", id, json!({ "person": person })).await?;
        }
        tx.commit().await?;
        self.lookup_department(id).await?.ok_or_else(|| unknown("department", id))
    }

    /// Ends a membership; none changes nothing.
    #[instrument(name = "db.department_member.remove", skip_all, fields(%id, %person), err(level = "debug"))]
    pub async fn remove_member(
        &self,
        by: Option<&By>,
        id: DepartmentId,
        person: PersonId,
    ) -> Done<Department> {
        let mut tx = self.pool().begin().await?;
        lock(&mut tx, id, None).await?;
        let removed = sqlx::query!(
            "delete from org.department_member where department_id = $1 and person_id = $2",
            id.uuid(),
            person.uuid()
        );
        if removed.execute(&mut *tx).await?.rows_affected() > 0 {
            touch(&mut tx, id).await?;
            note(&mut tx, by, "department.remove_member", id, json!({ "person": person })).await?;
        }
        tx.commit().await?;
        self.lookup_department(id).await?.ok_or_else(|| unknown("department", id))
    }

    /// The departments that a person belongs to, by name.
    #[instrument(name = "db.department.of", skip_all, fields(%person), err(level = "debug"))]
    pub async fn list_departments_of(&self, person: PersonId) -> Stored<Vec<(DepartmentId, String)>> {
        let query = sqlx::query!(
            "
            select department.id, name from org.department_member join org.department on department.id = department_id
            where person_id = $1 order by lower(name), department.id
            ",
            person.uuid()
        );
        let rows = query.fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
    }
}

fn admit(name: &str) -> Done<&str> {
    let name = name.trim();
    let is_one =
        !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.contains(char::is_control);
    let text = || format!("a department's name has 1 to {NAME_CHARS_MAX} characters, on one line");
    if is_one { Ok(name) } else { Err(OfficeError::invalid("bad_name", text())) }
}

fn admit_code(code: &str) -> Done<&str> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_one = (1..=CODE_CHARS_MAX).contains(&code.len()) && code.chars().all(is_plain);
    let text = || {
        format!("a department's code has 1 to {CODE_CHARS_MAX} lower-case letters, digits and underscores")
    };
    if is_one { Ok(code) } else { Err(OfficeError::invalid("bad_code", text())) }
}

/// The code that a name makes: its letters and digits in lower case, everything else an underscore.
fn code_of(name: &str, id: DepartmentId) -> String {
    let words = name.to_ascii_lowercase();
    let words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let code: String = words.collect::<Vec<_>>().join("_").chars().take(CODE_CHARS_MAX).collect();
    let id = id.to_string();
    if code.is_empty() { format!("department_{}", id.rsplit('-').next().unwrap_or(&id)) } else { code }
}

fn taken(error: sqlx::Error) -> OfficeError {
    match error.as_database_error().and_then(|error| error.constraint()) {
        Some("department_code") => {
            OfficeError::conflict("code_taken", "another department has this code; give another one")
        }
        Some("department_name") => OfficeError::conflict("name_taken", "another department has this name"),
        _ => error.into(),
    }
}

async fn note(
    connection: &mut PgConnection,
    by: Option<&By>,
    action: &str,
    id: DepartmentId,
    detail: Json,
) -> Stored<()> {
    let act = Act { action, subject: Some(("department", id.uuid())), detail };
    Ok(record(connection, by, act).await?)
}

/// Keeps others from changing it until the end of the transaction.
async fn lock(connection: &mut PgConnection, id: DepartmentId, version: Option<i64>) -> Done<()> {
    let query = sqlx::query_scalar!("select version from org.department where id = $1 for update", id.uuid());
    let now = query.fetch_optional(connection).await?.ok_or_else(|| unknown("department", id))?;
    if version.is_some_and(|version| version != now) {
        return Err(OfficeError::Stale { current: now });
    }
    Ok(())
}

/// Whether a process that is offered puts tasks into its queue.
async fn is_handed_to(connection: &mut PgConnection, id: DepartmentId) -> Stored<bool> {
    let query = sqlx::query_scalar!(
        r#"
        select exists (
            select from sync.reference template
            join org.department on department.id = $2
            where template.set = $1 and template.json -> 'is_offered' is distinct from 'false'
              and (template.json -> 'hand_offs' @> jsonb_build_array(jsonb_build_object('department', code))
                   or template.json -> 'awry' @> jsonb_build_array(
                       jsonb_build_object('escalate_to', jsonb_build_object('department', code))))
        ) as "is!"
        "#,
        roadbook_model::process::SET,
        id.uuid()
    );
    Ok(query.fetch_one(connection).await?)
}

async fn touch(connection: &mut PgConnection, id: DepartmentId) -> Result<(), sqlx::Error> {
    sqlx::query!("update org.department set version = version + 1 where id = $1", id.uuid())
        .execute(connection)
        .await?;
    Ok(())
}
