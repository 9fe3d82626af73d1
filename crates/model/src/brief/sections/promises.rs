//! What was promised and is not done, overdue first: open tasks, what was agreed at visits, planned visits.
//!
//! Nothing in a visit says whether its next step was taken. It counts as open until a later visit was made; one with a
//! due day that is later than that visit stays open.

use crate::brief::dossier::{Part, View};
use crate::brief::fact::Promise;
use crate::brief::{Day, Fact, Section, Statement, Topic, Who};
use crate::kind::Kind;

const MOST: usize = 10;

pub(in crate::brief) fn section(view: &View<'_>) -> Section {
    Section::of(Topic::Promises, promises(view), MOST)
}

/// All of them: overdue ones first, the oldest before the others, then by due day, then those without.
pub(super) fn promises(view: &View<'_>) -> Vec<Statement> {
    let mut found: Vec<(Option<Day>, &Part, Statement)> = Vec::new();
    for task in view.of_kind(Kind::TASK).filter(|task| task.word("state") == Some("open")) {
        let by = task.word("assignee_id").and_then(|id| id.parse().ok()).map(|id| view.who(id));
        let what = task.line("subject");
        let fact = promised(view, Promise::Task, what, task.day("due"), by, task.line("priority"));
        let source = task.source(&["subject", "due", "assignee_id", "priority"]);
        found.push((task.day("due"), task, Statement::new(fact, vec![source])));
    }
    for visit in &view.made {
        let due = visit.day("next_step_due");
        if visit.word("next_step").is_none() || is_overtaken(view, visit, due) {
            continue;
        }
        let by = Some(view.who_of(visit, "rep_id"));
        let fact = promised(view, Promise::NextStep, visit.line("next_step"), due, by, None);
        let source = visit.source(&["next_step", "next_step_due", "rep_id"]);
        found.push((due, visit, Statement::new(fact, vec![source])));
    }
    for visit in view.of_kind(Kind::VISIT).filter(|visit| visit.word("state") == Some("planned")) {
        let due = visit.day("planned_start");
        let what = visit.line("subject").or_else(|| visit.line("purpose"));
        let by = Some(view.who_of(visit, "rep_id"));
        let fact = promised(view, Promise::Visit, what, due, by, None);
        let source = visit.source(&["planned_start", "subject", "purpose", "rep_id"]);
        found.push((due, visit, Statement::new(fact, vec![source])));
    }
    found.sort_by_key(|(due, part, _)| (due.is_none(), *due, part.envelope.id));
    found.into_iter().map(|(_, _, statement)| statement).collect()
}

fn promised(
    view: &View<'_>,
    promise: Promise,
    what: Option<String>,
    due: Option<Day>,
    by: Option<Who>,
    priority: Option<String>,
) -> Fact {
    let overdue_days = due.map(|due| due.until(view.today)).filter(|days| *days > 0);
    Fact::Promised { promise, what: what.unwrap_or_default(), due, overdue_days, by, priority }
}

/// Whether a later visit was made by the day on which the step was due.
fn is_overtaken(view: &View<'_>, visit: &Part, due: Option<Day>) -> bool {
    let mut later = view.made.iter().filter(|other| other.visit_ms() > visit.visit_ms());
    later.any(|later| due.is_none_or(|due| later.visit_day().is_some_and(|day| due <= day)))
}
