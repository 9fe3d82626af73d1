//! What was promised and is not done, overdue first: open tasks and cases with a day, what was agreed at visits, on the telephone and
//! about opportunities, planned visits.
//!
//! Nothing in a visit says whether its next step was taken. It counts as open until a later visit was made; one with a
//! due day that is later than that visit stays open. A call's is taken by a later call, too; an opportunity's stands
//! until the opportunity names another.

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
        if !is_overtaken(view.made.iter().map(|other| other.visit_ms()), visit.visit_ms(), due) {
            found.extend(next_step(view, visit, "rep_id"));
        }
    }
    for call in view.of_kind(Kind::CALL) {
        let visits = view.made.iter().map(|visit| visit.visit_ms());
        let calls = view.of_kind(Kind::CALL).map(|other| other.moment("started_at"));
        if !is_overtaken(visits.chain(calls), call.moment("started_at"), call.day("next_step_due")) {
            found.extend(next_step(view, call, "rep_id"));
        }
    }
    for opportunity in view.of_kind(Kind::OPPORTUNITY).filter(|one| one.is_open_opportunity()) {
        found.extend(next_step(view, opportunity, "owner_id"));
    }
    for case in view.of_kind(Kind::CASE).filter(|case| case.is_open_case() && case.day("due").is_some()) {
        let by = case.word("owner_id").and_then(|id| id.parse().ok()).map(|id| view.who(id));
        let (what, due) = (case.line("subject"), case.day("due"));
        let fact = promised(view, Promise::Case, what, due, by, case.line("priority"));
        let source = case.source(&["subject", "due", "owner_id", "priority", "state"]);
        found.push((due, case, Statement::new(fact, vec![source])));
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

/// What a record says is to happen next, if it does.
fn next_step<'a>(view: &View<'_>, part: &'a Part, by: &str) -> Option<(Option<Day>, &'a Part, Statement)> {
    let (step, due) = (part.line("next_step")?, part.day("next_step_due"));
    let fact = promised(view, Promise::NextStep, Some(step), due, Some(view.who_of(part, by)), None);
    let source = part.source(&["next_step", "next_step_due", by]);
    Some((due, part, Statement::new(fact, vec![source])))
}

/// Whether one of these came after that moment, and not before the day on which the step was due.
fn is_overtaken(
    mut others: impl Iterator<Item = Option<i64>>,
    agreed_ms: Option<i64>,
    due: Option<Day>,
) -> bool {
    others.any(|ms| {
        let is_late_enough = |due: Day| ms.and_then(Day::of_ms).is_some_and(|day| due <= day);
        ms > agreed_ms && due.is_none_or(is_late_enough)
    })
}
