//! Who practised which version of a process, as the devices said it in their hellos (rule H9). It is no work: the log knows
//! nothing of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use tracing::instrument;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// How often a person practised a version, on all devices that the person ever had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practised {
    /// Times to the end; 0 for not yet.
    pub times: i64,
    /// When last.
    pub last_at: Option<DateTime<Utc>>,
    /// The latest version of the process that the person practised.
    pub latest_version: Option<i64>,
}

impl Store {
    /// What each of these people practised of a version, in their order.
    #[instrument(name = "db.process.practice", skip_all, fields(process, version), err(level = "debug"))]
    pub async fn practice_of(
        &self,
        people: &[PersonId],
        process: &str,
        version: i64,
    ) -> Stored<Vec<Practised>> {
        let ids: Vec<Uuid> = people.iter().map(|person| person.uuid()).collect();
        let rows = sqlx::query!(
            r#"
            select person_id, coalesce(sum(times) filter (where practice.version = $3), 0)::bigint as "times!",
                   max(last_at) filter (where practice.version = $3) as last_at, max(practice.version) as latest_version
            from org.practice join org.device on device.id = device_id
            where person_id = any($1) and process = $2
            group by person_id
            "#,
            &ids,
            process,
            version
        );
        let rows = rows.fetch_all(self.pool()).await?;
        let mut found: BTreeMap<Uuid, Practised> = rows
            .into_iter()
            .map(|row| {
                let practised =
                    Practised { times: row.times, last_at: row.last_at, latest_version: row.latest_version };
                (row.person_id, practised)
            })
            .collect();
        let none = Practised { times: 0, last_at: None, latest_version: None };
        Ok(ids.iter().map(|id| found.remove(id).unwrap_or_else(|| none.clone())).collect())
    }

    /// Whether a version of a process was published.
    #[instrument(name = "db.process.is_published", skip_all, fields(process, version), err(level = "debug"))]
    pub async fn is_published(&self, process: &str, version: i64) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"select exists (select from sync.reference where set = $1 and key = $2) as "is!""#,
            roadbook_model::process::SET,
            roadbook_model::process::template::key_of(process, version)
        );
        Ok(query.fetch_one(self.pool()).await?)
    }
}
