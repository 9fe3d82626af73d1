//! Tasks that a run puts into others' hands: of its hand-offs, and of paths that somebody takes over. A task's id follows
//! from the run's, so that it is made once whoever makes it.

use chrono::DateTime;

use super::progress::{MINUTE_MS, has_failed};
use super::run::{Outcome, Run};
use super::template::{AwryPath, HandOff, Template};
use crate::id::{DepartmentId, PersonId, RecordId};
use crate::value::{Fields, Value};

/// Longest subject of a task.
const SUBJECT_CHARS_MAX: usize = 200;

/// A hand-off that a run has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached<'a> {
    /// The hand-off.
    pub hand_off: &'a HandOff,
    /// By when the department is to be done, in milliseconds since 1970.
    pub due_ms: i64,
}

/// Whose a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// The department in whose queue it stands.
    pub department: Option<DepartmentId>,
    /// The person who is to do it.
    pub person: Option<PersonId>,
}

/// The hand-offs that a run has reached: those at its beginning, and those after a step that was done. What failed goes to
/// whoever takes over its path.
pub fn reached<'a>(template: &'a Template, run: &Run) -> Vec<Reached<'a>> {
    let done_ms = |key: &String| {
        let (step, answer) = (template.step(key)?, run.answers.get(key)?);
        let is_done = answer.state == Outcome::Done && !has_failed(step, answer);
        is_done.then_some(answer.at_ms)
    };
    let since = |hand_off: &HandOff| match &hand_off.after {
        None => Some(run.started_ms),
        Some(step) => done_ms(step),
    };
    let reached = |hand_off: &'a HandOff| {
        let due_ms = since(hand_off)? + hand_off.due_minutes * MINUTE_MS;
        Some(Reached { hand_off, due_ms })
    };
    template.hand_offs.iter().filter_map(reached).collect()
}

/// The task of a hand-off of a run.
pub fn hand_off_id(run: RecordId, key: &str) -> RecordId {
    run.following(&format!("hand_off/{key}"))
}

/// The task of whoever takes over a path of a run.
pub fn escalation_id(run: RecordId, path: &str) -> RecordId {
    run.following(&format!("awry/{path}"))
}

/// The task of whoever answers for the process, once a path of a run is past its due time.
pub fn overdue_id(run: RecordId, path: &str) -> RecordId {
    run.following(&format!("overdue/{path}"))
}

/// By when a path that was taken at a moment is to be put right.
pub fn due_ms(path: &AwryPath, at_ms: i64) -> i64 {
    at_ms + path.due_minutes * MINUTE_MS
}

/// What the task of a hand-off says. Without a department it stays with a person, to be passed on.
pub fn hand_off(template: &Template, reached: Reached<'_>, run: RecordId, hands: Hands) -> Fields {
    task(&reached.hand_off.subject, &template.name, run, reached.due_ms, hands, None)
}

/// What the task of a path says that was taken at a moment.
pub fn escalation(template: &Template, path: &AwryPath, run: RecordId, at_ms: i64, hands: Hands) -> Fields {
    task(&path.name, &template.name, run, due_ms(path, at_ms), hands, Some("high"))
}

/// What the task says of whoever answers for the process, when a path that was taken at a moment is past its due time.
pub fn overdue(template: &Template, path: &AwryPath, run: RecordId, at_ms: i64, hands: Hands) -> Fields {
    let subject = format!("Too late: {}", path.name);
    task(&subject, &template.name, run, due_ms(path, at_ms), hands, Some("high"))
}

fn task(
    subject: &str,
    process: &str,
    run: RecordId,
    due_ms: i64,
    hands: Hands,
    priority: Option<&str>,
) -> Fields {
    let text = |text: String| Value::Str(text);
    let mut fields = Fields::from([
        ("subject".to_owned(), text(subject.chars().take(SUBJECT_CHARS_MAX).collect())),
        ("state".to_owned(), text("open".to_owned())),
        ("task_type".to_owned(), text("hand_off".to_owned())),
        ("subject_id".to_owned(), text(run.to_string())),
        ("due_at".to_owned(), Value::Timestamp(due_ms)),
        ("notes".to_owned(), Value::Text(process.to_owned())),
    ]);
    // Where the task stands in lists; what counts is the moment, on the clock of whoever looks.
    let day = DateTime::from_timestamp_millis(due_ms).map(|due| due.date_naive().to_string());
    fields.extend(day.map(|day| ("due".to_owned(), text(day))));
    fields.extend(priority.map(|word| ("priority".to_owned(), text(word.to_owned()))));
    fields.extend(hands.department.map(|id| ("department_id".to_owned(), text(id.to_string()))));
    fields.extend(hands.person.map(|id| ("assignee_id".to_owned(), text(id.to_string()))));
    fields
}
