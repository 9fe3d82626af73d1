//! The processes as a list shows them.

use std::collections::BTreeMap;

use roadbook_model::process::{SET, Template};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use crate::store::{Store, Stored};

/// A process, by its latest version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProcessRow {
    /// Its key.
    pub process: String,
    /// What people call it.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is for.
    pub goal: String,
    /// Its versions, the latest first.
    pub versions: Vec<i64>,
    /// The version that new runs begin with; null if none is offered.
    pub offered_version: Option<i64>,
    /// Runs that go on, of all versions.
    pub running: i64,
    /// Runs that ended.
    pub ended: i64,
}

impl Store {
    /// Every process after a key, by key.
    #[instrument(name = "db.process.list", skip_all, err(level = "debug"))]
    pub async fn list_processes(&self, after: Option<&str>, limit: i64) -> Stored<Vec<ProcessRow>> {
        let query = sqlx::query!("select key, json from sync.reference where set = $1", SET);
        let rows = query.fetch_all(self.pool()).await?;
        let mut by_process: BTreeMap<String, Vec<Template>> = BTreeMap::new();
        for template in rows.iter().filter_map(|row| Template::read(&row.key, &row.json).ok()) {
            by_process.entry(template.process.clone()).or_default().push(template);
        }
        let counts = sqlx::query!(
            r#"
            select process as "process!", count(*) filter (where state = 'running') as "running!",
                   count(*) filter (where state <> 'running') as "ended!"
            from record.runs where process is not null group by process
            "#
        );
        let counts = counts.fetch_all(self.pool()).await?;
        let counts: BTreeMap<String, (i64, i64)> =
            counts.into_iter().map(|row| (row.process, (row.running, row.ended))).collect();
        let rows = by_process
            .into_iter()
            .filter(|(process, _)| after.is_none_or(|after| process.as_str() > after))
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        let row = |(process, mut templates): (String, Vec<Template>)| {
            templates.sort_by_key(|template| std::cmp::Reverse(template.version));
            let latest = templates.first()?;
            let (running, ended) = counts.get(&process).copied().unwrap_or_default();
            Some(ProcessRow {
                name: latest.name.clone(),
                owner: latest.owner.clone(),
                goal: latest.goal.clone(),
                versions: templates.iter().map(|template| template.version).collect(),
                offered_version: templates.iter().find(|one| one.is_offered).map(|one| one.version),
                process,
                running,
                ended,
            })
        };
        Ok(rows.filter_map(row).collect())
    }

    /// The version of a process that people are to know: the one that is offered, or else the latest.
    #[instrument(name = "db.process.current", skip_all, fields(process), err(level = "debug"))]
    pub async fn current_version(&self, process: &str) -> Stored<Option<i64>> {
        let query = sqlx::query_scalar!(
            r#"
            select (json ->> 'version')::bigint as "version!" from sync.reference
            where set = $1 and json ->> 'process' = $2
            order by coalesce((json ->> 'is_offered')::boolean, true) desc, 1 desc limit 1
            "#,
            SET,
            process
        );
        Ok(query.fetch_optional(self.pool()).await?)
    }

    /// The latest version of a process that was published.
    #[instrument(name = "db.process.latest", skip_all, fields(process), err(level = "debug"))]
    pub async fn latest_version(&self, process: &str) -> Stored<Option<i64>> {
        let query = sqlx::query_scalar!(
            "select max((json ->> 'version')::bigint) from sync.reference where set = $1 and json ->> 'process' = $2",
            SET,
            process
        );
        Ok(query.fetch_one(self.pool()).await?)
    }
}
