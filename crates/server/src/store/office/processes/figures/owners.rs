//! Whether goals are met, by who answers for the processes: over all processes and versions, each run by the measure of the
//! version that it keeps.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roadbook_model::process::{self, Template};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::{GoalFigures, carried, tally};
use crate::ambient;
use crate::store::office::Done;
use crate::store::office::people::Person;
use crate::store::{Store, StoreError};

/// How the processes of an owner go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnerFigures {
    /// Who answers for them, as the processes say it: the code of a department, or a person's name.
    pub owner: String,
    /// What the owner is called.
    pub name: String,
    /// All of the owner's processes together, without a middle: each is measured by something else.
    pub figures: GoalFigures,
    /// Each of them, by name.
    pub processes: Vec<OwnedProcess>,
    /// Whether there were more runs of a version than are looked at, so that its oldest are left out.
    pub is_cut: bool,
}

/// How one of an owner's processes goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnedProcess {
    /// The process.
    pub process: String,
    /// What its latest version of this owner is called.
    pub name: String,
    /// What it is for.
    pub goal: String,
    /// Its runs of all versions that this owner answers for.
    pub figures: GoalFigures,
}

impl Store {
    /// The owners of processes after one of them, as far as a person may see runs; of runs that began at or after a moment.
    ///
    /// # Errors
    /// When the database fails.
    #[instrument(name = "db.process.owners", skip_all, err(level = "debug"))]
    pub async fn process_owners(
        &self,
        person: &Person,
        since: Option<DateTime<Utc>>,
        after: Option<&str>,
        limit: i64,
    ) -> Done<Vec<OwnerFigures>> {
        let mut tx = self.pool().begin().await.map_err(StoreError::from)?;
        let query = sqlx::query!("select key, json from sync.reference where set = $1", process::SET);
        let templates = query.fetch_all(&mut *tx).await?;
        let mut owners: BTreeMap<String, Vec<Template>> = BTreeMap::new();
        for template in templates.iter().filter_map(|row| Template::read(&row.key, &row.json).ok()) {
            owners.entry(template.owner.clone()).or_default().push(template);
        }
        let departments = sqlx::query!("select code, name from org.department").fetch_all(&mut *tx).await?;
        let departments: BTreeMap<String, String> =
            departments.into_iter().map(|row| (row.code, row.name)).collect();
        let now_ms = ambient::now_ms();
        let mut told = Vec::new();
        let wanted = owners.into_iter().filter(|(owner, _)| after.is_none_or(|after| owner.as_str() > after));
        for (owner, mut templates) in wanted.take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            templates.sort_by_key(|template| template.version);
            let mut processes: BTreeMap<String, OwnedProcess> = BTreeMap::new();
            let mut is_cut = false;
            for template in &templates {
                let (runs, is_more) = carried(&mut tx, person, template, since).await?;
                is_cut |= is_more;
                let found = tally::goal(template, runs.iter(), now_ms);
                let known = processes.entry(template.process.clone()).or_insert_with(|| OwnedProcess {
                    process: template.process.clone(),
                    name: String::new(),
                    goal: String::new(),
                    figures: GoalFigures::default(),
                });
                known.name.clone_from(&template.name);
                known.goal.clone_from(&template.goal);
                known.figures.add(&found);
            }
            let mut processes: Vec<OwnedProcess> = processes.into_values().collect();
            processes.sort_by(|a, b| (&a.name, &a.process).cmp(&(&b.name, &b.process)));
            let mut figures = GoalFigures::default();
            processes.iter().for_each(|one| figures.add(&one.figures));
            let name = departments.get(&owner).cloned().unwrap_or_else(|| owner.clone());
            told.push(OwnerFigures { owner, name, figures, processes, is_cut });
        }
        Ok(told)
    }
}

impl GoalFigures {
    /// Counts others in, of which the middle may be one of something else.
    fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.running += other.running;
        self.abandoned += other.abandoned;
        self.met += other.met;
        self.missed += other.missed;
        self.met_bp = tally::met_bp(self);
    }
}
