//! The audit: who did what from where. A row is written in the transaction of what was done, so that neither is there
//! without the other.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// In whose name something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// The person.
    pub person: PersonId,
    /// What the person is to the organisation.
    pub role: Role,
    /// From which network address; `None` for the command line, and for what is asked for on a device.
    pub address: Option<IpAddr>,
}

impl By {
    /// Somebody at the server's own command line.
    pub fn at_console(person: PersonId, role: Role) -> Self {
        Self { person, role, address: None }
    }
}

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// What, as subject and verb: `person.deactivate`.
    pub action: &'a str,
    /// To which kind of thing and which one.
    pub subject: Option<(&'a str, Uuid)>,
    /// What else is worth knowing; no secrets.
    pub detail: serde_json::Value,
}

/// Writes down what somebody did; `None` is the server itself.
pub async fn record(connection: &mut PgConnection, by: Option<&By>, act: Act<'_>) -> Result<(), sqlx::Error> {
    let now_ms = ambient::now_ms();
    let id = roadbook_model::RequestId::new(now_ms.unsigned_abs(), ambient::random()).uuid();
    let (subject, subject_id) = act.subject.unzip();
    sqlx::query!(
        "
        insert into org.audit (id, at, person_id, address, action, subject, subject_id, detail)
        values ($1, $2, $3, $4::text::inet, $5, $6, $7, $8)
        ",
        id,
        moment(now_ms),
        by.map(|by| by.person.uuid()),
        by.and_then(|by| by.address).map(|address| address.to_string()),
        act.action,
        subject,
        subject_id,
        act.detail
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was done, as read.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AuditRow {
    /// The row; newer ones are greater.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; null for the server itself.
    pub person_id: Option<Uuid>,
    /// The person's name.
    pub person_name: Option<String>,
    /// From which network address; null for the command line, and for what is asked for on a device.
    pub address: Option<String>,
    /// What was done, as subject and verb.
    pub action: String,
    /// To what kind of thing.
    pub subject: Option<String>,
    /// To which one.
    pub subject_id: Option<Uuid>,
    /// What else is worth knowing.
    pub detail: serde_json::Value,
}

/// Which rows of the audit.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditFilter {
    /// What this person did.
    pub person: Option<Uuid>,
    /// What was done to this thing.
    pub subject: Option<Uuid>,
    /// What was done before this row.
    pub before: Option<Uuid>,
}

impl Store {
    /// Writes down what was done outside the database, at the server's own command line.
    pub async fn note_done(&self, action: &str, detail: serde_json::Value) -> Stored<()> {
        let mut connection = self.pool().acquire().await?;
        Ok(record(&mut connection, None, Act { action, subject: None, detail }).await?)
    }

    /// The audit, newest first.
    pub async fn list_audit(&self, filter: AuditFilter, limit: i64) -> Stored<Vec<AuditRow>> {
        let rows = sqlx::query_as!(
            AuditRow,
            r#"
            select audit.id, audit.at, audit.person_id, person.name as "person_name?", host(audit.address) as address,
                   audit.action, audit.subject, audit.subject_id, audit.detail
            from org.audit left join org.person on person.id = audit.person_id
            where ($1::uuid is null or audit.person_id = $1)
              and ($2::uuid is null or audit.subject_id = $2)
              and ($3::uuid is null or audit.id < $3)
            order by audit.id desc limit $4
            "#,
            filter.person,
            filter.subject,
            filter.before,
            limit
        );
        Ok(rows.fetch_all(self.pool()).await?)
    }
}
