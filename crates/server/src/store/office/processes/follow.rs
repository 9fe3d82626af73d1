//! What follows in runs of processes when no device saw it: a path begins because an order was refused or a run takes too
//! long, a hand-off was reached by an answer of the office, whoever takes over a path gets a task. Looked for in the
//! background, in what came into the log since the last look, and by the clock.

mod seen;

use std::collections::BTreeMap;

use roadbook_model::permission::Role;
use roadbook_model::process::follow::follow;
use roadbook_model::process::tasks::{self, Hands};
use roadbook_model::process::template::{AwryPath, Escalation, Trigger};
use roadbook_model::process::{self, Run, Template};
use roadbook_model::{DepartmentId, Edit, Envelope, Fields, Kind, RecordId, document};
use serde_json::json;
use sqlx::PgConnection;
use tracing::{instrument, warn};

use self::seen::{Place, Seen, missing, overdue, past_due, see, touched};
use super::super::audit::{self, Act};
use super::super::{Done, OfficeError};
use crate::ambient;
use crate::store::append::Append;
use crate::store::fetch::Documents;
use crate::store::{Store, Stored};

/// Most positions looked through in one round.
const POSITIONS_MAX: i64 = 5_000;

/// What all runs are followed by.
struct Rules {
    templates: BTreeMap<(String, i64), Template>,
    departments: BTreeMap<String, DepartmentId>,
}

impl Store {
    /// Writes what follows in runs from all that came since the last time, and from the time that passed. Each node may do so;
    /// whoever comes first does it. Returns how many runs something followed in.
    #[instrument(name = "db.run.follow", skip_all, err(level = "debug"))]
    pub async fn follow_runs(&self, now_ms: i64) -> Done<usize> {
        let mut count = 0;
        while let Some(followed) = self.follow_round(now_ms).await? {
            count += followed.runs;
            if followed.is_last {
                break;
            }
        }
        Ok(count)
    }

    /// One round; `None` when another node is at it. Its row is locked meanwhile, and says how far it got only once all is
    /// done: after a stop in the middle the same runs are looked at again, and what was written does not follow twice.
    async fn follow_round(&self, now_ms: i64) -> Done<Option<Followed>> {
        let mut tx = self.pool().begin().await?;
        let query = sqlx::query!(
            "
            select position, overdue_from, overdue_run, past_due_from, past_due_run from org.process_watch
            for update skip locked
            "
        );
        let Some(watch) = query.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let from = watch.position;
        let places = [
            Place::of(watch.overdue_from, watch.overdue_run),
            Place::of(watch.past_due_from, watch.past_due_run),
        ];
        let head = sqlx::query_scalar!(r#"select coalesce(max(position), 0) as "head!" from log.entry"#);
        let head = head.fetch_one(&mut *tx).await?;
        let upto = head.min(from + POSITIONS_MAX);
        let rules = rules(&mut tx).await?;
        let mut runs = touched(&mut tx, from, upto).await?;
        let (late, overdue_next) = overdue(&mut tx, rules.templates.values(), now_ms, places[0]).await?;
        let (untold, past_due_next) = past_due(&mut tx, rules.templates.values(), now_ms, places[1]).await?;
        runs.extend(late.into_iter().chain(untold));
        let ids: Vec<RecordId> = runs.into_iter().collect();
        let mut followed = Followed { runs: 0, is_last: upto == head };
        let seen = see(&mut tx, &ids, now_ms).await?;
        for (template, seen) in due(&mut tx, &rules, seen).await? {
            match self.follow_run(&rules, template, &seen).await {
                Ok(()) => followed.runs += 1,
                Err(OfficeError::Refused(reason)) => {
                    warn!(run = %seen.envelope.id, code = reason.code, "what follows in a run could not be written");
                }
                Err(error) => return Err(error),
            }
        }
        let next = [overdue_next, past_due_next];
        if upto != from || next != places {
            go_on(&mut tx, upto, next).await?;
        }
        tx.commit().await?;
        Ok(Some(followed))
    }

    /// Writes what follows in one run, as it stands under the log's lock.
    async fn follow_run(&self, rules: &Rules, template: &Template, seen: &Seen) -> Done<()> {
        let run = seen.envelope.id;
        let mut append = self.append().await?;
        let mut records = wanted(template, run);
        records.push(run);
        append.fetch_records(&records, Documents::new()).await?;
        append.fetch_accounts(&[seen.envelope.account]).await?;
        let fields = stands(&append, run);
        let edits = follow(template, &fields, &seen.facts, None, &mut ambient::random::<5>);
        let person = seen.person;
        if !edits.is_empty() {
            append.book.edit(Role::Office, person, run, &edits).map_err(OfficeError::Refused)?;
        }
        let read = Run::read(&stands(&append, run));
        let mut tasks = 0;
        for (id, fields) in tasks_of(rules, template, seen, &read) {
            if append.book.records.contains_key(&id) {
                continue;
            }
            let envelope = Envelope {
                id,
                kind: Kind::TASK,
                account: seen.envelope.account,
                creator: person,
                generation: 0,
            };
            append.book.create(Role::Office, envelope, &fields).map_err(OfficeError::Refused)?;
            tasks += 1;
        }
        if edits.is_empty() && tasks == 0 {
            return Ok(());
        }
        let paths: Vec<&String> = read.awry.keys().collect();
        let detail =
            json!({ "process": read.process, "version": read.version, "paths": paths, "tasks": tasks });
        let act = Act { action: "run.follow", subject: Some(("record", run.uuid())), detail };
        audit::record(append.connection(), None, act).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(())
    }
}

/// Notes where the next round goes on.
async fn go_on(connection: &mut PgConnection, position: i64, next: [Option<Place>; 2]) -> Stored<()> {
    let [overdue, past_due] = next;
    sqlx::query!(
        "
        update org.process_watch
        set position = $1, overdue_from = $2, overdue_run = $3, past_due_from = $4, past_due_run = $5
        ",
        position,
        overdue.map(|place| place.started_at),
        overdue.map(|place| place.run),
        past_due.map(|place| place.started_at),
        past_due.map(|place| place.run)
    )
    .execute(connection)
    .await?;
    Ok(())
}

struct Followed {
    runs: usize,
    is_last: bool,
}

/// The runs in which something follows that is not written yet; asked outside the log's lock, since mostly nothing does. Of all
/// tasks together the database says which are not there.
async fn due<'r>(
    connection: &mut PgConnection,
    rules: &'r Rules,
    seen: Vec<Seen>,
) -> Stored<Vec<(&'r Template, Seen)>> {
    let known = seen.into_iter().filter_map(|seen| Some((rules.templates.get(&seen.version())?, seen)));
    let runs: Vec<(&Template, Seen, Vec<RecordId>)> = known
        .map(|(template, seen)| {
            let reached = reached_ids(template, &seen, &Run::read(&seen.fields));
            (template, seen, reached)
        })
        .collect();
    let reached: Vec<RecordId> = runs.iter().flat_map(|(_, _, reached)| reached.iter().copied()).collect();
    let missing = missing(connection, &reached).await?;
    let is_due = |template: &Template, seen: &Seen, reached: &[RecordId]| {
        let mut random = ambient::random::<5>;
        let edits: Vec<Edit> = follow(template, &seen.fields, &seen.facts, None, &mut random);
        !edits.is_empty() || reached.iter().any(|task| missing.contains(task))
    };
    let due = runs.into_iter().filter(|(template, seen, reached)| is_due(template, seen, reached));
    Ok(due.map(|(template, seen, _)| (template, seen)).collect())
}

/// Every task that a run of this process may put into others' hands.
fn wanted(template: &Template, run: RecordId) -> Vec<RecordId> {
    let hand_offs = template.hand_offs.iter().map(|one| tasks::hand_off_id(run, &one.key));
    let awry = template.awry.iter();
    let awry =
        awry.flat_map(|path| [tasks::escalation_id(run, &path.key), tasks::overdue_id(run, &path.key)]);
    hand_offs.chain(awry).collect()
}

/// The tasks that a run has put into others' hands by now.
fn reached_ids(template: &Template, seen: &Seen, read: &Run) -> Vec<RecordId> {
    let run = seen.envelope.id;
    let hand_offs = tasks::reached(template, read).into_iter();
    let mut ids: Vec<RecordId> = hand_offs.map(|one| tasks::hand_off_id(run, &one.hand_off.key)).collect();
    for path in template.awry.iter().filter(|path| is_open(read, &path.key)) {
        ids.push(tasks::escalation_id(run, &path.key));
        if is_past_due(seen, read, path) {
            ids.push(tasks::overdue_id(run, &path.key));
        }
    }
    ids
}

/// Whether a path that somebody has to take over should have been put right by now.
fn is_past_due(seen: &Seen, read: &Run, path: &AwryPath) -> bool {
    let taken = read.awry.get(&path.key);
    taken.is_some_and(|taken| tasks::due_ms(path, taken.at_ms) < seen.facts.now_ms)
}

/// Whether somebody has to take over a path: it was taken and not put right.
fn is_open(read: &Run, path: &str) -> bool {
    read.state == "running" && read.awry.get(path).is_some_and(|taken| taken.resolved_ms.is_none())
}

fn tasks_of(rules: &Rules, template: &Template, seen: &Seen, read: &Run) -> Vec<(RecordId, Fields)> {
    let run = seen.envelope.id;
    let mut made = Vec::new();
    for one in tasks::reached(template, read) {
        let department = rules.departments.get(&one.hand_off.department).copied();
        let hands = Hands { department, person: department.is_none().then_some(seen.person) };
        made.push((tasks::hand_off_id(run, &one.hand_off.key), tasks::hand_off(template, one, run, hands)));
    }
    for path in template.awry.iter().filter(|path| is_open(read, &path.key)) {
        let at_ms = read.awry.get(&path.key).map_or(seen.facts.now_ms, |taken| taken.at_ms);
        let hands = hands(rules, template, seen, &path.escalate_to);
        made.push((
            tasks::escalation_id(run, &path.key),
            tasks::escalation(template, path, run, at_ms, hands),
        ));
        if is_past_due(seen, read, path) {
            let fields = tasks::overdue(template, path, run, at_ms, owner(rules, template, seen));
            made.push((tasks::overdue_id(run, &path.key), fields));
        }
    }
    made
}

/// Who takes over: the department, the rep, or the rep's manager; where there is none, whoever answers for the process.
fn hands(rules: &Rules, template: &Template, seen: &Seen, to: &Escalation) -> Hands {
    let person = match to {
        Escalation::Role(Role::Rep) => Some(seen.person),
        Escalation::Role(Role::Manager) => seen.manager,
        Escalation::Role(Role::Office | Role::Admin) | Escalation::Department(_) => None,
    };
    let department = match to {
        Escalation::Department(code) => rules.departments.get(code).copied(),
        Escalation::Role(_) => None,
    };
    if person.is_none() && department.is_none() {
        return owner(rules, template, seen);
    }
    Hands { department, person }
}

/// Who answers for the process: its department; where its owner is named otherwise, whoever leads the person who carries it
/// out, or that person.
fn owner(rules: &Rules, template: &Template, seen: &Seen) -> Hands {
    let department = rules.departments.get(&template.owner).copied();
    let person = department.is_none().then_some(seen.manager.unwrap_or(seen.person));
    Hands { department, person }
}

/// What a record of the book says now.
fn stands(append: &Append<'_>, run: RecordId) -> Fields {
    let record = append.book.records.get(&run);
    record.map(|record| document::hydrate(Kind::RUN.spec(), &record.doc)).unwrap_or_default()
}

async fn rules(connection: &mut PgConnection) -> Stored<Rules> {
    let query = sqlx::query!("select key, json from sync.reference where set = $1", process::SET);
    let rows = query.fetch_all(&mut *connection).await?;
    let templates = rows.into_iter().filter_map(|row| Template::read(&row.key, &row.json).ok());
    let templates = templates.map(|template| ((template.process.clone(), template.version), template));
    let departments = sqlx::query!("select code, id from org.department").fetch_all(connection).await?;
    let departments = departments.into_iter().map(|row| (row.code, row.id.into()));
    Ok(Rules { templates: templates.collect(), departments: departments.collect() })
}

/// The times after which runs of a version take too long, with the path that begins then.
fn limits(template: &Template) -> impl Iterator<Item = (&str, i64)> {
    template.awry.iter().filter_map(|path| match path.trigger {
        Trigger::Overdue(minutes) => Some((path.key.as_str(), minutes)),
        Trigger::StepFailed(_) | Trigger::Refused | Trigger::CaseOpened => None,
    })
}
