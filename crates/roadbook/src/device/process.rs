//! `process`: carrying out, offline, what the house does again and again.

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use roadbook_model::process::progress::Goal;
use roadbook_model::process::run::Answered;
use roadbook_model::process::template::{Answer, By, Escalation};
use roadbook_model::{Kind, RecordId};
use roadbook_replica::Device;
use roadbook_replica::device::{HandOffView, RunView, StepView};
use serde_json::json;

use super::{Place, capture::Saved, named, told};
use crate::output::{Output, table};

/// Carries processes out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna process list --on 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a
  roadbook device --home ~/anna process start stock_out --on 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a
  roadbook device --home ~/anna process answer 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a tell yes
  roadbook device --home ~/anna process answer 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a choice substitute
  roadbook device --home ~/anna process answer 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a day --skip
  roadbook device --home ~/anna process used 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a substitute --worked yes
  roadbook device --home ~/anna process show 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a

A run keeps the version that it began with. What follows from an answer is captured with it: what to do when it goes awry, and
tasks for other departments.")]
pub struct ProcessArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The processes that are offered, and the runs that go on.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process list
  roadbook device --home ~/anna process list --on 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
    List {
        /// Only those for this record: an account, visit, order, opportunity, case or task.
        #[arg(long, value_name = "RECORD")]
        on: Option<String>,
    },
    /// Begin a process about a record.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process start stock_out --on 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
    Start {
        /// The process.
        process: String,
        /// The record.
        #[arg(long, value_name = "RECORD")]
        on: String,
    },
    /// Answer a step: yes or no, a word, a number or a text.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process answer 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a choice substitute
  roadbook device --home ~/anna process answer 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a no_remedy/manager yes
  roadbook device --home ~/anna process answer 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a day --skip")]
    Answer {
        /// The run.
        run: RecordId,
        /// The step; of a path, path/step.
        step: String,
        /// The answer.
        #[arg(required_unless_present = "skip")]
        said: Option<String>,
        /// Leave it out.
        #[arg(long, conflicts_with = "said")]
        skip: bool,
    },
    /// Note that a preferred response was used.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process used 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a substitute --worked yes")]
    Used {
        /// The run.
        run: RecordId,
        /// The response.
        response: String,
        /// Whether it helped: yes, no or unknown.
        #[arg(long, default_value = "unknown", value_parser = ["yes", "no", "unknown"])]
        worked: String,
    },
    /// Show a run: what was answered, what comes next, and what was handed to others.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process show 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a
  roadbook device --home ~/anna process show 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --json")]
    Show {
        /// The run.
        run: RecordId,
    },
    /// Practise a process: a run in memory alone, on no customer. Nothing of it enters the record.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process practise stock_out
  roadbook device --home ~/anna process practise stock_out --answer tell=yes --answer day=2026-12-04 --answer choice=wait
  roadbook device --home ~/anna process practise refused_order --awry refused_again --answer reason=price

Without answers it shows the steps. Paths that a step leads to begin by themselves, the others with --awry. A step without \"=\" is left out. That it was practised to the end, and when, goes to the office
with the next sync: people are trained by it.")]
    Practise {
        /// The process.
        process: String,
        /// What is answered to a step, as STEP=ANSWER; may be repeated, in the order in which it is done.
        #[arg(long = "answer", value_name = "STEP=ANSWER")]
        answers: Vec<String>,
        /// A path that begins at once, as if the order were refused, a case opened, or the time over; may be repeated.
        #[arg(long = "awry", value_name = "PATH")]
        awry: Vec<String>,
    },
    /// End a run as done. One with nothing left to do ends by itself.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process finish 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
    Finish {
        /// The run.
        run: RecordId,
    },
    /// Give a run up.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna process abandon 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
    Abandon {
        /// The run.
        run: RecordId,
    },
}

/// Does one thing about processes.
///
/// # Errors
/// As the device's own methods; when the store cannot be read.
pub(super) fn run(place: &Place, args: &ProcessArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List { on } => list(&place.open_to_look()?, on.as_deref(), output),
        Verb::Show { run } => show(&place.open_to_look()?, *run, output),
        Verb::Start { process, on } => {
            let device = place.open()?;
            let about = named::record(&device, on, None)?;
            let run = device.start_run(process, about)?;
            saved(&device, run, output)
        }
        Verb::Answer { run, step, said, .. } => {
            changed(place, *run, output, |device| Ok(device.answer_step(*run, step, said.as_deref())?))
        }
        Verb::Used { run, response, worked } => {
            changed(place, *run, output, |device| Ok(device.use_response(*run, response, worked)?))
        }
        Verb::Practise { process, answers, awry } => practise(&place.open()?, process, awry, answers, output),
        Verb::Finish { run } => changed(place, *run, output, |device| Ok(device.end_run(*run, false)?)),
        Verb::Abandon { run } => changed(place, *run, output, |device| Ok(device.end_run(*run, true)?)),
    }
}

fn changed(
    place: &Place,
    run: RecordId,
    output: Output,
    change: impl FnOnce(&Device) -> Result<()>,
) -> Result<()> {
    let device = place.open()?;
    change(&device)?;
    saved(&device, run, output)
}

/// Says what was saved, and what comes next.
fn saved(device: &Device, run: RecordId, output: Output) -> Result<()> {
    let (mut value, words) = told(device, Saved { record: run, kind: Kind::RUN })?;
    let view = device.run(run)?;
    value["run"] = serde_json::to_value(&view)?;
    output.show(&value, || format!("{words}\n{}", next(&view)))
}

fn list(device: &Device, on: Option<&str>, output: Output) -> Result<()> {
    let about = on.map(|name| named::record(device, name, None)).transpose()?;
    let offered = device.processes(about)?;
    let mut running = Vec::new();
    for summary in device.store().list(Kind::RUN, None, usize::MAX, None)?.records {
        // A run whose version is not here is still listed among the records.
        let Ok(view) = device.run(summary.record) else { continue };
        if view.state == "running" && (about.is_none() || view.about == about) {
            running.push(view);
        }
    }
    let value = json!({ "offered": offered, "running": running });
    output.show(&value, || {
        let mut rows: Vec<Vec<String>> = running
            .iter()
            .map(|run| vec![run.run.to_string(), run.name.clone(), format!("next: {}", next_step(run))])
            .collect();
        let offers = offered.iter().map(|one| vec![one.process.clone(), one.name.clone(), one.goal.clone()]);
        rows.extend(offers);
        if rows.is_empty() { "no process is offered here".to_owned() } else { table(&rows) }
    })
}

fn show(device: &Device, run: RecordId, output: Output) -> Result<()> {
    let view = device.run(run)?;
    output.show(&view, || {
        let mut text = format!("{} (version {}): {}\n{}\n", view.name, view.version, view.state, view.goal);
        text += &table(&view.steps.iter().map(step).collect::<Vec<_>>());
        for path in &view.awry {
            let state = if path.awry.is_resolved { "put right" } else { "gone awry" };
            let to = match &path.escalate_to {
                Escalation::Role(role) => role.to_string(),
                Escalation::Department(code) => code.clone(),
            };
            text += &format!("{state}: {}; {to} takes over by {}\n", path.name, moment(path.awry.due_ms));
            text += &table(&path.steps.iter().map(step).collect::<Vec<_>>());
        }
        text += &table(&view.hand_offs.iter().map(hand_off).collect::<Vec<_>>());
        text + &next(&view)
    })
}

fn practise(
    device: &Device,
    process: &str,
    awry: &[String],
    answers: &[String],
    output: Output,
) -> Result<()> {
    let split = |text: &String| match text.split_once('=') {
        Some((step, said)) => (step.to_owned(), Some(said.to_owned())),
        None => (text.clone(), None),
    };
    let answers: Vec<_> = answers.iter().map(split).collect();
    let practice = device.practise(process, awry, &answers)?;
    let (template, run) = (practice.template(), practice.run());
    let now = practice.progress(run.finished_ms.unwrap_or(run.started_ms));
    let value = json!({
        "process": template.process, "version": template.version, "state": run.state, "open": now.open,
        "is_complete": now.is_complete, "met": now.goal
    });
    output.show(&value, || {
        let mut text =
            format!("{} (version {}), practised: {}\n", template.name, template.version, run.state);
        for id in &now.open {
            let title = template.step(id).map(|step| step.title.as_str()).unwrap_or_default();
            text += &format!("open: {title} ({id})\n");
        }
        text.trim_end().to_owned()
    })
}

fn step(step: &StepView) -> Vec<String> {
    let by = match &step.step.by {
        By::Rep => String::new(),
        By::Office => "by the office".to_owned(),
        By::Department(code) => format!("by {code}"),
    };
    let answered = match &step.answered {
        None if step.step.is_required => "-".to_owned(),
        None => "- (may be left out)".to_owned(),
        Some(answer) => in_words(answer),
    };
    vec![step.id.clone(), step.step.title.clone(), answered, by]
}

fn in_words(answer: &Answered) -> String {
    let said = answer.word.clone().or_else(|| answer.number.map(|number| number.to_string()));
    match said {
        Some(said) => format!("{said} ({})", answer.state.as_str()),
        None => answer.state.as_str().to_owned(),
    }
}

fn hand_off(hand_off: &HandOffView) -> Vec<String> {
    let state = match (&hand_off.task_state, hand_off.due_ms) {
        (Some(state), due) => format!("task {state}, by {}", moment(due)),
        (None, Some(_)) => "reached; its task is not on this device".to_owned(),
        (None, None) => "not reached".to_owned(),
    };
    vec![format!("to {}", hand_off.department), hand_off.subject.clone(), state]
}

fn moment(ms: Option<i64>) -> String {
    let moment: Option<DateTime<Utc>> = ms.and_then(DateTime::from_timestamp_millis);
    moment.map(|moment| moment.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

fn next(view: &RunView) -> String {
    match (view.state.as_str(), view.met) {
        ("running", _) => format!("next: {}", next_step(view)),
        (state, Goal::Met) => format!("{state}; the goal was met"),
        (state, _) => format!("{state}; the goal was missed"),
    }
}

fn next_step(view: &RunView) -> String {
    let all = view.steps.iter().chain(view.awry.iter().flat_map(|path| &path.steps));
    let first = view.open.first().and_then(|open| all.into_iter().find(|step| &step.id == open));
    let Some(step) = first else { return "nothing is open; finish it, or answer a step anew".to_owned() };
    let how = match &step.step.answer {
        Answer::Check {} => "yes or no".to_owned(),
        Answer::Choice { words, .. } => words.join(" or "),
        Answer::Number { min, max, .. } => format!("{min} to {max}"),
        Answer::Text {} => "a text".to_owned(),
    };
    format!("{} ({}: {how})", step.step.title, step.id)
}
