//! What follows in a run by itself: a path that is called for begins, one whose steps are done is put right, and a run that
//! has nothing left to do is done. Devices and the server ask the same after everything that happens, so that whoever sees
//! it first writes it; doing it twice changes nothing that counts.

use std::collections::BTreeMap;

use super::progress::{Facts, has_failed, progress};
use super::run::{Answered, Outcome, Run, Taken, items};
use super::template::{AwryPath, Template};
use crate::id::{PersonId, RecordId, item_key};
use crate::kind::Kind;
use crate::value::{Edit, Fields, Value};

/// The state of a run that goes on.
const RUNNING: &str = "running";

/// The edits that follow from what a run's record says and what is known beside it. `random` gives five fresh bytes at each
/// call.
pub fn follow(
    template: &Template,
    fields: &Fields,
    facts: &Facts,
    person: Option<PersonId>,
    random: &mut dyn FnMut() -> [u8; 5],
) -> Vec<Edit> {
    let mut run = Run::read(fields);
    if run.state != RUNNING {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for path in progress(template, &run, facts).awry.into_iter().filter(|path| !path.is_taken) {
        edits.push(begin(&path.path, facts.now_ms, person, item_key(random())));
        run.awry.insert(path.path, Taken { at_ms: facts.now_ms, resolved_ms: None });
    }
    for path in &template.awry {
        let Some(taken) = run.awry.get_mut(&path.key).filter(|taken| taken.resolved_ms.is_none()) else {
            continue;
        };
        if let Some(item) = item_of(fields, &path.key).filter(|_| is_put_right(path, &run.answers)) {
            taken.resolved_ms = Some(facts.now_ms);
            let at = vec!["awry".to_owned(), item, "resolved_at".to_owned()];
            edits.push(Edit::Put { path: at, value: Value::Timestamp(facts.now_ms) });
        }
    }
    let after = progress(template, &run, facts);
    if after.is_complete && after.open.is_empty() {
        edits.extend(end("done", facts.now_ms));
    }
    edits
}

/// The edits that end a run: `done` or `abandoned`.
pub fn end(state: &str, now_ms: i64) -> [Edit; 2] {
    let put = |name: &str, value| Edit::Put { path: vec![name.to_owned()], value };
    [put("state", Value::Str(state.to_owned())), put("finished_at", Value::Timestamp(now_ms))]
}

/// Whether every required step of a path was answered, and none of them failed.
fn is_put_right(path: &AwryPath, answers: &BTreeMap<String, Answered>) -> bool {
    path.steps.iter().filter(|step| step.is_required).all(|step| {
        let answer = answers.get(&format!("{}/{}", path.key, step.key));
        answer.is_some_and(|answer| answer.state != Outcome::Skipped && !has_failed(step, answer))
    })
}

pub(super) fn begin(path: &str, at_ms: i64, person: Option<PersonId>, item: String) -> Edit {
    let mut fields = Fields::from([
        ("path".to_owned(), Value::Str(path.to_owned())),
        ("at".to_owned(), Value::Timestamp(at_ms)),
    ]);
    fields.extend(person.map(|person| ("person_id".to_owned(), Value::Str(person.to_string()))));
    Edit::Put { path: vec!["awry".to_owned(), item], value: Value::Map(fields) }
}

/// An item that says that a path was taken.
fn item_of(fields: &Fields, path: &str) -> Option<String> {
    let of_path = |item: &Value| match item {
        Value::Map(item) => item.get("path") == Some(&Value::Str(path.to_owned())),
        _ => false,
    };
    let found = Value::entries(fields.get("awry")).iter().find(|(_, item)| of_path(item));
    found.map(|(key, _)| key.clone())
}

/// Whether a case that was opened since a run began counts as one about the run's record: about the order, if it is about one;
/// else anything at its account but the record itself.
pub fn is_about(case_id: RecordId, case: &Fields, subject: RecordId, subject_kind: Kind) -> bool {
    if case_id == subject {
        return false;
    }
    if subject_kind != Kind::ORDER {
        return true;
    }
    let names = |fields: &Fields| fields.get("order_id") == Some(&Value::Str(subject.to_string()));
    names(case) || items(case, "lines").any(names)
}
