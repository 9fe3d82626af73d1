//! What members of a department work on without a lease on the account: steps of runs that wait for the department, the run that
//! such a step or a task belongs to, and a task of the queue that is done. Read online; no device gets any of it
//! (`docs/adr/0008-department-queue-online.md`).

use chrono::{DateTime, Utc};
use roadbook_model::process::template::By as Doer;
use roadbook_model::process::{self, Template};
use roadbook_model::{DepartmentId, Edit, Kind, RecordId, Value, document};
use serde::Serialize;
use serde_json::json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Department;
use crate::ambient;
use crate::store::fetch::Documents;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::records::RecordBody;
use crate::store::office::{Done, OfficeError, unknown};
use crate::store::{Store, Stored};

/// A step that waits for a department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingStep {
    /// The run.
    pub run_id: Uuid,
    /// Its process.
    pub process: String,
    /// The version that it keeps.
    pub version: i64,
    /// What people call the process.
    pub process_name: String,
    /// The step; of an awry path, path/step.
    pub step: String,
    /// What is to be done.
    pub title: String,
    /// The account it is for.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// When the run began.
    pub started_at: DateTime<Utc>,
}

/// A run as members of a department see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartmentRun {
    /// The run.
    pub run: RecordBody,
    /// The record of the same account that it is about; null if there is none.
    pub about: Option<RecordBody>,
    /// The steps that are the department's; of an awry path as path/step.
    pub steps: Vec<String>,
}

/// Where a page of waiting steps goes on: when the run began, the run, and the step.
pub type StepPlace = (DateTime<Utc>, Uuid, String);

impl Store {
    /// Steps of runs that go on and that wait for a department, the run that began first leading. Runs that ended are not looked
    /// at.
    #[instrument(name = "db.department.steps", skip_all, fields(code), err(level = "debug"))]
    pub async fn waiting_steps(
        &self,
        code: &str,
        after: Option<StepPlace>,
        limit: i64,
    ) -> Stored<Vec<WaitingStep>> {
        let (mut processes, mut versions, mut steps, mut paths) = (vec![], vec![], vec![], vec![]);
        let templates = self.all_templates().await?;
        for template in &templates {
            for step in steps_of(template, code) {
                processes.push(template.process.clone());
                versions.push(template.version);
                paths.push(step.split_once('/').map(|(path, _)| path.to_owned()).unwrap_or_default());
                steps.push(step);
            }
        }
        let (after_at, after_run, after_step) =
            after.map(|(at, run, step)| (Some(at), Some(run), Some(step))).unwrap_or_default();
        let rows = sqlx::query!(
            r#"
            select runs.id, wanted.process as "process!", wanted.version as "version!", wanted.step as "step!",
                   runs.account_id, accounts.name as "account_name?", coalesce(runs.started_at, runs.created_at) as "started_at!"
            from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) wanted(process, version, step, path)
            join record.runs on runs.process = wanted.process and runs.version = wanted.version and runs.state = 'running'
            left join record.accounts on accounts.id = runs.account_id
            where not exists (select from record.run_answers said where said.run_id = runs.id and said.step = wanted.step)
              and (wanted.path = ''
                   or exists (select from record.run_awry taken where taken.run_id = runs.id and taken.path = wanted.path
                                                                  and taken.resolved_at is null))
              and ($5::timestamptz is null
                   or (coalesce(runs.started_at, runs.created_at), runs.id, wanted.step) > ($5, $6, $7))
            order by 7, 1, 4
            limit $8
            "#,
            &processes,
            &versions,
            &steps,
            &paths,
            after_at,
            after_run,
            after_step.as_deref(),
            limit
        );
        let rows = rows.fetch_all(self.pool()).await?;
        let read = rows.into_iter().filter_map(|row| {
            let is_it = |one: &&Template| one.process == row.process && one.version == row.version;
            let template = templates.iter().find(is_it)?;
            Some(WaitingStep {
                run_id: row.id,
                process_name: template.name.clone(),
                title: template.step(&row.step)?.title.clone(),
                process: row.process,
                version: row.version,
                step: row.step,
                account_id: row.account_id,
                account_name: row.account_name,
                started_at: row.started_at,
            })
        });
        Ok(read.collect())
    }

    /// A run that a department has something to do with: a step of its version is the department's, or an open task in its queue
    /// is about it. `None` for any other.
    #[instrument(name = "db.department.run", skip_all, fields(%run), err(level = "debug"))]
    pub async fn department_run(
        &self,
        department: &Department,
        run: RecordId,
    ) -> Stored<Option<DepartmentRun>> {
        let row = sqlx::query!(
            r#"
            select runs.process, runs.version, runs.subject_id,
                   exists (select from record.tasks
                           where tasks.subject_id = runs.id and tasks.account_id = runs.account_id
                             and tasks.department_id = $2 and tasks.state = 'open') as "is_queued!"
            from record.runs where id = $1
            "#,
            run.uuid(),
            department.id.uuid()
        );
        let Some(row) = row.fetch_optional(self.pool()).await? else { return Ok(None) };
        let templates = self.all_templates().await?;
        let template = templates.iter().find(|one| {
            Some(one.process.as_str()) == row.process.as_deref() && Some(one.version) == row.version
        });
        let steps = template.map(|template| steps_of(template, &department.code)).unwrap_or_default();
        if steps.is_empty() && !row.is_queued {
            return Ok(None);
        }
        let Some(run) = self.lookup_record(run).await? else { return Ok(None) };
        let about = match row.subject_id {
            Some(subject) => self.lookup_record(subject.into()).await?,
            None => None,
        };
        // What a run says that it is about opens nothing at another customer.
        let about = about.filter(|about| about.account_id == run.account_id);
        Ok(Some(DepartmentRun { run, about, steps }))
    }

    /// Says that a task of a department's queue is done.
    ///
    /// # Errors
    /// Unknown for what is no task of this queue; `not_open` for one that is done or cancelled.
    #[instrument(name = "db.department.done", skip_all, fields(%department, %task), err(level = "debug"))]
    pub async fn finish_queued(&self, by: &By, department: DepartmentId, task: RecordId) -> Done<()> {
        let mut append = self.append().await?;
        append.fetch_records(&[task], Documents::new()).await?;
        let none = || unknown("task", task);
        let stored = append.book.records.get(&task).ok_or_else(none)?;
        let account = stored.envelope.account;
        if stored.envelope.kind != Kind::TASK {
            return Err(none());
        }
        let fields = document::hydrate(Kind::TASK.spec(), &stored.doc);
        let says = |name: &str, word: &str| fields.get(name) == Some(&Value::Str(word.to_owned()));
        if !says("department_id", &department.to_string()) {
            return Err(none());
        }
        if !says("state", "open") {
            return Err(OfficeError::conflict("not_open", "this task is done or cancelled already"));
        }
        append.fetch_accounts(&[account]).await?;
        let put = |name: &str, value| Edit::Put { path: vec![name.to_owned()], value };
        let edits = [
            put("state", Value::Str("done".to_owned())),
            put("done_at", Value::Timestamp(ambient::now_ms())),
        ];
        append.book.edit(by.role, by.person, task, &edits).map_err(OfficeError::Refused)?;
        let detail = json!({ "department": department.to_string() });
        let act = Act { action: "task.done", subject: Some(("record", task.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(())
    }

    /// Every version that was published.
    async fn all_templates(&self) -> Stored<Vec<Template>> {
        let query = sqlx::query!("select key, json from sync.reference where set = $1", process::SET);
        let rows = query.fetch_all(self.pool()).await?;
        Ok(rows.iter().filter_map(|row| Template::read(&row.key, &row.json).ok()).collect())
    }
}

/// The steps of a process that are a department's; of awry paths as path/step.
fn steps_of(template: &Template, code: &str) -> Vec<String> {
    let is_its = |by: &Doer| matches!(by, Doer::Department(known) if known == code);
    let own = template.steps.iter().filter(|step| is_its(&step.by)).map(|step| step.key.clone());
    let awry = template.awry.iter().flat_map(|path| {
        let steps = path.steps.iter().filter(|step| is_its(&step.by));
        steps.map(|step| format!("{}/{}", path.key, step.key))
    });
    own.chain(awry).collect()
}
