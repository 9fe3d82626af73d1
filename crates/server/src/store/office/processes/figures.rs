//! How a process is carried out: whether its goal is met and by whom, which ways are taken, what goes awry, and how alike it is
//! done. Read in one go for all runs of a version, and worked out by the model's own engine.

pub mod owners;
mod tally;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roadbook_model::process::run::{Answered, Outcome, Taken};
use roadbook_model::process::template::{Answer, Measure, Measured, key_of};
use roadbook_model::process::{self, Run, Template};
use serde::Serialize;
use sqlx::PgConnection;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::people::Person;
use super::super::{Done, OfficeError};
use crate::ambient::{self, moment};
use crate::store::{Store, StoreError, Stored};

/// Most runs that are looked at: the latest.
pub const RUNS_MAX: i64 = 50_000;

/// How a version of a process is carried out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProcessFigures {
    /// The process.
    pub process: String,
    /// The version.
    pub version: i64,
    /// Whether there were more runs than are looked at, so that the oldest are left out.
    pub is_cut: bool,
    /// All runs.
    pub total: GoalFigures,
    /// By who carried them out.
    pub people: Vec<GroupFigures>,
    /// By department of who carried them out; somebody in several counts in each.
    pub departments: Vec<GroupFigures>,
    /// By the territory of the account.
    pub territories: Vec<GroupFigures>,
    /// The ways that were taken, the most frequent first; at most 20.
    pub ways: Vec<WayFigures>,
    /// What went awry.
    pub awry: Vec<AwryFigures>,
    /// Which responses were used.
    pub responses: Vec<ResponseFigures>,
    /// How alike people do it.
    pub people_integrity: IntegrityFigures,
    /// How alike it is done in the territories.
    pub territories_integrity: IntegrityFigures,
}

/// Runs, and whether they met the goal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct GoalFigures {
    /// How many runs.
    pub runs: usize,
    /// Those that go on.
    pub running: usize,
    /// Those that were given up; they missed the goal, too.
    pub abandoned: usize,
    /// Those that met the goal.
    pub met: usize,
    /// Those that missed it.
    pub missed: usize,
    /// Of those that ended, how many met it, in basis points; null while none has ended.
    pub met_bp: Option<u64>,
    /// The middle of what was measured; null where nothing was, and where it is not one measure.
    pub median: Option<i64>,
}

/// The same for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GroupFigures {
    /// The person, department or territory.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Its runs.
    pub figures: GoalFigures,
}

/// A way through the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WayFigures {
    /// Steps in the order in which they were answered; of an awry path as path/step.
    pub steps: Vec<String>,
    /// How many runs took it.
    pub runs: usize,
    /// How many of them met the goal.
    pub met: usize,
    /// The middle of the minutes that they took; null while none has ended.
    pub minutes_median: Option<i64>,
}

/// A path that was taken when it went awry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AwryFigures {
    /// The path.
    pub path: String,
    /// How many runs took it.
    pub taken: usize,
    /// How many runs called for it, by an answer or by the time they took, without anybody taking it.
    pub not_taken: usize,
    /// In how many it was put right.
    pub resolved: usize,
    /// In how many that was, or is by now, too late.
    pub overdue: usize,
    /// The middle of the minutes until it was put right.
    pub minutes_median: Option<i64>,
}

/// A preferred response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResponseFigures {
    /// The response.
    pub response: String,
    /// How often it was used.
    pub used: usize,
    /// How often it helped.
    pub worked: usize,
    /// How often it did not.
    pub failed: usize,
}

/// How alike groups do it. The formula stands in docs/processes.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntegrityFigures {
    /// How alike the groups are, in basis points; null with fewer than two groups.
    pub alike_bp: Option<u64>,
    /// How far runs follow what is documented, in basis points; null without a run.
    pub conformity_bp: Option<u64>,
    /// The groups that were compared, with the share of their runs in which each step was done, in basis points.
    pub groups: Vec<GroupShares>,
    /// What groups with too few runs to compare are called.
    pub left_out: Vec<String>,
}

/// A group that was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GroupShares {
    /// The person or territory.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// By step, in the order of the process.
    pub shares: Vec<StepShare>,
}

/// In how many of a group's runs a step was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepShare {
    /// The step.
    pub step: String,
    /// The share, in basis points.
    pub share_bp: u64,
}

/// A run, and whose it is.
struct Carried {
    run: Run,
    person: (Uuid, String),
    departments: Vec<(Uuid, String)>,
    territory: (Uuid, String),
    responses: Vec<(String, String)>,
}

impl Store {
    /// How a version of a process is carried out, as far as a person may see its runs; of the runs that began at or after a
    /// moment; measured by its own measure, or by that of another version. `None` for a version that was not published.
    ///
    /// # Errors
    /// `no_such_measure` when the other version's measure is a step that this one does not have.
    #[instrument(name = "db.process.figures", skip_all, fields(process, version), err(level = "debug"))]
    pub async fn process_figures(
        &self,
        person: &Person,
        process: &str,
        version: i64,
        since: Option<DateTime<Utc>>,
        measured_as: Option<i64>,
    ) -> Done<Option<ProcessFigures>> {
        let mut tx = self.pool().begin().await.map_err(StoreError::from)?;
        let Some(mut template) = published(&mut tx, process, version).await? else { return Ok(None) };
        if let Some(other) = measured_as.filter(|other| *other != version) {
            let Some(other) = published(&mut tx, process, other).await? else { return Ok(None) };
            template.measure = fitting(&template, &other)?;
        }
        let (runs, is_cut) = carried(&mut tx, person, &template, since).await?;
        Ok(Some(tally::figures(&template, &runs, is_cut, ambient::now_ms())))
    }
}

/// A version as it was published.
async fn published(connection: &mut PgConnection, process: &str, version: i64) -> Stored<Option<Template>> {
    let key = key_of(process, version);
    let query =
        sqlx::query_scalar!("select json from sync.reference where set = $1 and key = $2", process::SET, key);
    let value = query.fetch_optional(connection).await?;
    Ok(value.and_then(|value| Template::read(&key, &value).ok()))
}

/// The measure of another version, for runs of this one.
fn fitting(template: &Template, other: &Template) -> Done<Measure> {
    let asks =
        |step: &str| template.step(step).is_some_and(|step| matches!(step.answer, Answer::Number { .. }));
    match &other.measure.of {
        Measured::Answer(step) if !asks(step) => {
            let text = format!(
                "version {} does not ask for the number {step}, by which version {} is measured",
                template.version, other.version
            );
            Err(OfficeError::invalid("no_such_measure", text))
        }
        _ => Ok(other.measure.clone()),
    }
}

/// The runs of a version, the latest first, with their answers, paths and responses.
async fn carried(
    connection: &mut PgConnection,
    person: &Person,
    template: &Template,
    since: Option<DateTime<Utc>>,
) -> Stored<(Vec<Carried>, bool)> {
    let rows = sqlx::query!(
        r#"
        select runs.id, runs.state, runs.started_at, runs.finished_at, carrier.id as "person_id?",
               carrier.name as "person_name?", territory.id as "territory_id?", territory.name as "territory_name?"
        from record.runs
        join sync.account_now account on account.id = runs.account_id
        left join org.person carrier on carrier.id = coalesce(runs.rep_id, runs.creator_id)
        left join org.territory on territory.id = account.territory_id
        where runs.process = $1 and runs.version = $2
          and ($3::timestamptz is null or runs.started_at >= $3)
          and ($4 or account.territory_id in (select territory_id from org.reach($5, $6)))
        order by runs.started_at desc, runs.id
        limit $7
        "#,
        template.process,
        template.version,
        since,
        person.role.is_office(),
        person.id.uuid(),
        moment(ambient::now_ms()),
        RUNS_MAX + 1
    )
    .fetch_all(&mut *connection)
    .await?;
    let is_cut = rows.len() > usize::try_from(RUNS_MAX).unwrap_or(usize::MAX);
    let mut places = BTreeMap::new();
    let mut runs = Vec::new();
    for row in rows.into_iter().take(usize::try_from(RUNS_MAX).unwrap_or(usize::MAX)) {
        places.insert(row.id, runs.len());
        let ms = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
        let named =
            |id: Option<Uuid>, name: Option<String>| (id.unwrap_or_default(), name.unwrap_or_default());
        runs.push(Carried {
            run: Run {
                process: template.process.clone(),
                version: template.version,
                state: row.state.unwrap_or_default(),
                started_ms: ms(row.started_at).unwrap_or_default(),
                finished_ms: ms(row.finished_at),
                ..Run::default()
            },
            person: named(row.person_id, row.person_name),
            departments: Vec::new(),
            territory: named(row.territory_id, row.territory_name),
            responses: Vec::new(),
        });
    }
    add_content(connection, &places, &mut runs).await?;
    add_departments(connection, &mut runs).await?;
    Ok((runs, is_cut))
}

async fn add_content(
    connection: &mut PgConnection,
    places: &BTreeMap<Uuid, usize>,
    runs: &mut [Carried],
) -> Stored<()> {
    let ids: Vec<Uuid> = places.keys().copied().collect();
    let ms = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
    let answers = sqlx::query!(
        "select run_id, step, state, word, number, at from record.run_answers where run_id = any($1) order by run_id, at, id",
        &ids
    );
    for row in answers.fetch_all(&mut *connection).await? {
        let Some(state) = row.state.as_deref().and_then(Outcome::of) else { continue };
        let (Some(step), Some(run)) = (row.step, place(places, runs, row.run_id)) else { continue };
        let at_ms = ms(row.at).unwrap_or_default();
        run.run.answered(step, Answered { state, word: row.word, number: row.number, at_ms });
    }
    let awry = sqlx::query!(
        "select run_id, path, at, resolved_at from record.run_awry where run_id = any($1)",
        &ids
    );
    for row in awry.fetch_all(&mut *connection).await? {
        let (Some(path), Some(run)) = (row.path, place(places, runs, row.run_id)) else { continue };
        run.run.took(path, Taken { at_ms: ms(row.at).unwrap_or_default(), resolved_ms: ms(row.resolved_at) });
    }
    let responses = sqlx::query!(
        "select run_id, response, worked from record.run_responses where run_id = any($1)",
        &ids
    );
    for row in responses.fetch_all(connection).await? {
        let (Some(response), Some(run)) = (row.response, place(places, runs, row.run_id)) else { continue };
        run.responses.push((response, row.worked.unwrap_or_default()));
    }
    Ok(())
}

fn place<'r>(places: &BTreeMap<Uuid, usize>, runs: &'r mut [Carried], id: Uuid) -> Option<&'r mut Carried> {
    runs.get_mut(*places.get(&id)?)
}

/// Which departments those who carry it out belong to.
async fn add_departments(connection: &mut PgConnection, runs: &mut [Carried]) -> Stored<()> {
    let rows = sqlx::query!(
        "select person_id, department.id, department.name from org.department_member
         join org.department on department.id = department_id order by department.name"
    );
    let mut of: BTreeMap<Uuid, Vec<(Uuid, String)>> = BTreeMap::new();
    for row in rows.fetch_all(connection).await? {
        of.entry(row.person_id).or_default().push((row.id, row.name));
    }
    for run in runs {
        run.departments = of.get(&run.person.0).cloned().unwrap_or_default();
    }
    Ok(())
}
