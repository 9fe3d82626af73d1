//! How far a run is: what comes next, what went awry, whether the goal was met. Worked out from the template and the
//! record alone, the same offline and in the office.

use serde::{Deserialize, Serialize};

use super::run::{Answered, Outcome, Run};
use super::template::{Answer, AwryPath, Measured, Side, Step, Template, Trigger};

pub(super) const MINUTE_MS: i64 = 60_000;

/// What is known beside the run itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// Whether the order that it is about was rejected.
    pub is_refused: bool,
    /// Whether a case about its subject was opened since it began.
    pub has_case: bool,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Steps that wait for an answer, in order: those of the paths that are taken and open first, as `path/step`.
    pub open: Vec<String>,
    /// Steps that failed.
    pub failed: Vec<String>,
    /// What went awry.
    pub awry: Vec<Awry>,
    /// Whether every required step has an answer and whatever went awry was put right.
    pub is_complete: bool,
    /// Whether the goal was met.
    pub goal: Goal,
}

/// A path that the run calls for, or has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Awry {
    /// The path's key.
    pub path: String,
    /// Whether somebody took it.
    pub is_taken: bool,
    /// Whether it was put right.
    pub is_resolved: bool,
    /// By when it is to be put right, in milliseconds since 1970, once it is taken.
    pub due_ms: Option<i64>,
    /// Whether that has passed.
    pub is_overdue: bool,
}

/// Whether the goal was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The run is not done, so nobody can say yet.
    Open,
    /// It was.
    Met,
    /// It was not, or the run was abandoned, or nobody answered what is measured.
    Missed,
}

/// Whether an answer means that the step failed: what was answered decides, not what the answer claims, except that a
/// failed one never counts as done.
pub fn has_failed(step: &Step, answer: &Answered) -> bool {
    if answer.state == Outcome::Failed {
        return true;
    }
    match (&step.answer, &answer.word, answer.number) {
        (Answer::Choice { fails, .. }, Some(word), _) => fails.contains(word),
        (Answer::Number { min, max, good_min, good_max }, _, Some(number)) => {
            !(good_min.unwrap_or(*min)..=good_max.unwrap_or(*max)).contains(&number)
        }
        _ => false,
    }
}

/// How far a run is.
pub fn progress(template: &Template, run: &Run, facts: &Facts) -> Progress {
    let failed: Vec<String> = all_steps(template)
        .filter(|(key, step)| run.answers.get(key).is_some_and(|answer| has_failed(step, answer)))
        .map(|(key, _)| key)
        .collect();
    let own_done_ms = own_done_ms(template, run);
    let awry: Vec<Awry> =
        template.awry.iter().filter_map(|path| awry(path, run, facts, &failed, own_done_ms)).collect();
    let open = open(template, run, &awry);
    let is_complete = own_done_ms.is_some() && awry.iter().all(|path| path.is_resolved);
    Progress { open, failed, awry, is_complete, goal: goal(template, run) }
}

/// Every step with its key: the process's own, then those of its paths as `path/step`.
fn all_steps(template: &Template) -> impl Iterator<Item = (String, &Step)> {
    let own = template.steps.iter().map(|step| (step.key.clone(), step));
    let of_paths = template
        .awry
        .iter()
        .flat_map(|path| path.steps.iter().map(move |step| (format!("{}/{}", path.key, step.key), step)));
    own.chain(of_paths)
}

fn is_answered(run: &Run, key: &str) -> bool {
    run.answers.get(key).is_some_and(|answer| answer.state != Outcome::Skipped)
}

/// When the last of the process's own required steps was first answered; `None` while one is open. So what was finished too
/// late was too late, also where nobody looked before.
fn own_done_ms(template: &Template, run: &Run) -> Option<i64> {
    let required = template.steps.iter().filter(|step| step.is_required);
    required
        .map(|step| run.first_ms.get(&step.key).copied().filter(|_| is_answered(run, &step.key)))
        .try_fold(run.started_ms, |latest_ms, at_ms| Some(latest_ms.max(at_ms?)))
}

fn open(template: &Template, run: &Run, awry: &[Awry]) -> Vec<String> {
    if run.state != "running" {
        return Vec::new();
    }
    let waits = |key: &String| !run.answers.contains_key(key);
    let taken = awry.iter().filter(|path| path.is_taken && !path.is_resolved);
    let of_paths = taken
        .filter_map(|one| template.path(&one.path))
        .flat_map(|path| path.steps.iter().map(move |step| format!("{}/{}", path.key, step.key)));
    let own = template.steps.iter().map(|step| step.key.clone());
    of_paths.chain(own).filter(waits).collect()
}

fn awry(
    path: &AwryPath,
    run: &Run,
    facts: &Facts,
    failed: &[String],
    own_done_ms: Option<i64>,
) -> Option<Awry> {
    let end_ms = own_done_ms.or(run.finished_ms).unwrap_or(facts.now_ms);
    let is_called_for = match &path.trigger {
        Trigger::StepFailed(step) => failed.contains(step),
        Trigger::Overdue(minutes) => end_ms - run.started_ms > minutes * MINUTE_MS,
        Trigger::Refused => facts.is_refused,
        Trigger::CaseOpened => facts.has_case,
    };
    let taken = run.awry.get(&path.key);
    if !is_called_for && taken.is_none() {
        return None;
    }
    let due_ms = taken.map(|taken| taken.at_ms + path.due_minutes * MINUTE_MS);
    let resolved_ms = taken.and_then(|taken| taken.resolved_ms);
    let is_overdue = due_ms.is_some_and(|due_ms| resolved_ms.unwrap_or(facts.now_ms) > due_ms);
    Some(Awry {
        path: path.key.clone(),
        is_taken: taken.is_some(),
        is_resolved: resolved_ms.is_some(),
        due_ms,
        is_overdue,
    })
}

fn goal(template: &Template, run: &Run) -> Goal {
    match run.state.as_str() {
        "done" => {}
        "abandoned" => return Goal::Missed,
        _ => return Goal::Open,
    }
    let measure = &template.measure;
    match measured(template, run) {
        Some(value) if measure.is == Side::AtMost && value <= measure.target => Goal::Met,
        Some(value) if measure.is == Side::AtLeast && value >= measure.target => Goal::Met,
        _ => Goal::Missed,
    }
}

/// What a finished run measures, if there is anything to measure: minutes, begun ones counted whole, or a number that was
/// answered.
pub fn measured(template: &Template, run: &Run) -> Option<i64> {
    match &template.measure.of {
        Measured::MinutesToFinish => {
            let took_ms = (run.finished_ms? - run.started_ms).max(0);
            Some((took_ms + MINUTE_MS - 1) / MINUTE_MS)
        }
        Measured::Answer(step) => run.answers.get(step)?.number,
    }
}
