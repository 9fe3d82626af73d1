//! A run for people: its process, what was answered, what comes next, and what became of what it handed to others.

use roadbook_model::process::Facts;
use roadbook_model::process::progress::{Awry, Goal, has_failed, measured, progress};
use roadbook_model::process::run::{Answered, Run};
use roadbook_model::process::tasks::{hand_off_id, reached};
use roadbook_model::process::template::{Escalation, Measure, Response, Step, Template};
use roadbook_model::{AccountId, RecordId};
use serde::Serialize;
use serde_json::Value as Json;

use crate::device::{Device, DeviceError};

/// A run, whole.
#[derive(Clone, Debug, Serialize)]
pub struct RunView {
    /// The run's record.
    pub run: RecordId,
    /// Its account.
    pub account: AccountId,
    /// The record that it is about.
    pub about: Option<RecordId>,
    /// The process's key.
    pub process: String,
    /// The version that it keeps.
    pub version: i64,
    /// What people call the process.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is for.
    pub goal: String,
    /// How one sees whether the goal was met.
    pub measure: Measure,
    /// How it is done, in Markdown.
    pub procedure: String,
    /// `running`, `done` or `abandoned`.
    pub state: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// When it ended.
    pub finished_ms: Option<i64>,
    /// Its own steps, in order.
    pub steps: Vec<StepView>,
    /// Paths that it calls for or has taken.
    pub awry: Vec<PathView>,
    /// What goes to departments.
    pub hand_offs: Vec<HandOffView>,
    /// What to say or do in a situation.
    pub responses: Vec<ResponseView>,
    /// Steps that wait for an answer, in the order in which they are to be done.
    pub open: Vec<String>,
    /// Whether it could be ended as done.
    pub is_complete: bool,
    /// Whether the goal was met.
    pub met: Goal,
    /// What was measured, once it is finished.
    pub measured: Option<i64>,
}

/// A step with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// By what it is answered: its key, or path/key.
    pub id: String,
    /// The step.
    #[serde(flatten)]
    pub step: Step,
    /// What was answered.
    pub answered: Option<Answered>,
    /// Whether that means that it failed.
    pub has_failed: bool,
}

/// A path with its steps.
#[derive(Clone, Debug, Serialize)]
pub struct PathView {
    /// How it stands.
    #[serde(flatten)]
    pub awry: Awry,
    /// What it is called.
    pub name: String,
    /// Who takes over.
    pub escalate_to: Escalation,
    /// What is done.
    pub steps: Vec<StepView>,
}

/// A hand-off with its task.
#[derive(Clone, Debug, Serialize)]
pub struct HandOffView {
    /// Its key.
    pub key: String,
    /// The department's code.
    pub department: String,
    /// What it is to do.
    pub subject: String,
    /// The task, once the hand-off was reached and if the task is on this device.
    pub task: Option<RecordId>,
    /// How the task stands.
    pub task_state: Option<String>,
    /// By when it is to be done, once it was reached.
    pub due_ms: Option<i64>,
}

/// A response with how often this run used it.
#[derive(Clone, Debug, Serialize)]
pub struct ResponseView {
    /// The response.
    #[serde(flatten)]
    pub response: Response,
    /// How often it was used.
    pub used: usize,
    /// How often it helped.
    pub worked: usize,
}

impl Device {
    /// A run with everything that is known of it here.
    ///
    /// # Errors
    /// `unknown_record`, `not_a_run`, `unknown_process`; when the store cannot be read.
    pub fn run(&self, run: RecordId) -> Result<RunView, DeviceError> {
        let (record, read) = self.read_run(run)?;
        let template = self.template_of(&read)?;
        let facts = Facts { now_ms: self.now_ms(), ..Facts::default() };
        let now = progress(&template, &read, &facts);
        let about = record.fields.get("subject_id").and_then(Json::as_str);
        Ok(RunView {
            run,
            account: record.summary.account,
            about: about.and_then(|id| id.parse().ok()),
            steps: steps(&template.steps, None, &read),
            awry: now.awry.iter().filter_map(|awry| path(&template, awry, &read)).collect(),
            hand_offs: self.hand_offs(run, &template, &read)?,
            responses: template.responses.iter().map(|one| response(one, &record.fields)).collect(),
            open: now.open,
            is_complete: now.is_complete,
            met: now.goal,
            measured: measured(&template, &read),
            process: template.process,
            version: template.version,
            name: template.name,
            owner: template.owner,
            goal: template.goal,
            measure: template.measure,
            procedure: template.procedure,
            state: read.state,
            started_ms: read.started_ms,
            finished_ms: read.finished_ms,
        })
    }

    fn hand_offs(
        &self,
        run: RecordId,
        template: &Template,
        read: &Run,
    ) -> Result<Vec<HandOffView>, DeviceError> {
        let reached = reached(template, read);
        let mut views = Vec::new();
        for one in &template.hand_offs {
            let task = self.store().record(hand_off_id(run, &one.key))?;
            views.push(HandOffView {
                key: one.key.clone(),
                department: one.department.clone(),
                subject: one.subject.clone(),
                task: task.as_ref().map(|task| task.summary.record),
                task_state: task.and_then(|task| task.summary.state),
                due_ms: reached.iter().find(|it| it.hand_off.key == one.key).map(|it| it.due_ms),
            });
        }
        Ok(views)
    }
}

fn steps(steps: &[Step], path: Option<&str>, run: &Run) -> Vec<StepView> {
    let view = |step: &Step| {
        let id = path.map_or_else(|| step.key.clone(), |path| format!("{path}/{}", step.key));
        let answered = run.answers.get(&id).cloned();
        let has_failed = answered.as_ref().is_some_and(|answer| has_failed(step, answer));
        StepView { id, step: step.clone(), answered, has_failed }
    };
    steps.iter().map(view).collect()
}

fn path(template: &Template, awry: &Awry, run: &Run) -> Option<PathView> {
    let path = template.path(&awry.path)?;
    Some(PathView {
        awry: awry.clone(),
        name: path.name.clone(),
        escalate_to: path.escalate_to.clone(),
        steps: steps(&path.steps, Some(&path.key), run),
    })
}

fn response(response: &Response, run: &Json) -> ResponseView {
    let used = run.get("responses").and_then(Json::as_object).into_iter().flatten();
    let used: Vec<&Json> =
        used.map(|(_, item)| item).filter(|item| item["response"] == response.key.as_str()).collect();
    let worked = used.iter().filter(|item| item["worked"] == "yes").count();
    ResponseView { response: response.clone(), used: used.len(), worked }
}
