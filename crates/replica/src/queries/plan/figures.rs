//! What a person's period comes to on this device: in the record, with what waits, and with what was held.
//!
//! Most records have no work on them that waits: their rows are what is in the record. Of the few others each state is read
//! from the documents: as accepted, as its person sees it, and as it was written with what was held.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::money::total_of;
use roadbook_model::plan::figures::{Decided, Order, Step, Task, Visit};
use roadbook_model::plan::{Clock, Figures, GoalStanding, Period, Work, figures, standings};
use roadbook_model::projection::{rfc3339, to_json};
use roadbook_model::state::{Verb, transition_of};
use roadbook_model::{AccountId, Envelope, Fields, Kind, PersonId, RecordId, TerritoryId, document};
use roadbook_protocol::entry::Decision;
use roadbook_protocol::{Item, ItemBody};
use roadbook_sync::device::{ItemRow, RecordRow, content};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;
use serde_json::Value as Json;

use crate::store::values::{Sixteen, maybe_cbor, sixteen};
use crate::store::{Failure, Store, items, records};

/// A person's figures for a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Month {
    /// Whose.
    pub person: PersonId,
    /// Which period.
    #[serde(flatten)]
    pub period: Period,
    /// How far the clock that they are seen from is from UTC, in minutes.
    pub offset_minutes: i64,
    /// What is in the record.
    pub record: Figures,
    /// By how much that changes with what waits on this device.
    pub waiting: Figures,
    /// By how much it would change further with what was held or refused.
    pub held: Figures,
    /// How the record stands towards the period's goals.
    pub goals: Vec<GoalStanding>,
}

/// The states of a record with work on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// As it is in the record.
    Accepted,
    /// With what waits.
    Current,
    /// With what was held or refused, too.
    Written,
}

/// The kinds of which something counts.
const COUNTED: [Kind; 6] = [Kind::VISIT, Kind::ORDER, Kind::TASK, Kind::CASE, Kind::CALL, Kind::OPPORTUNITY];

/// What counts of one record.
#[derive(Clone)]
enum Counted {
    Visit(Visit),
    Order(Order),
    Task(Task),
    Step(Step),
}

/// What figures are made from, by record.
#[derive(Clone, Default)]
struct Found(BTreeMap<RecordId, Counted>);

const SELECT: &str = "SELECT view.record, view.account, record.creator, view.fields, view.derived, record.decision_cbor \
     FROM view JOIN record ON record.record = view.record";

impl Store {
    /// What a person's period comes to, seen from a clock.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn month(&self, person: PersonId, period: &Period, clock: &Clock) -> Result<Month, Failure> {
        let goals = self.goals()?;
        self.read(|c| {
            let found = found(c, period, clock)?;
            let of = |found: &Found| figures(person, &found.work(), period, clock);
            let [record, current, written] = found.each_ref().map(of);
            Ok(Month {
                person,
                period: period.clone(),
                offset_minutes: clock.offset_minutes,
                goals: standings(&goals, &period.period, person, &territories(c)?, &record),
                waiting: current.beyond(&record),
                held: written.beyond(&current),
                record,
            })
        })
    }
}

/// What counts in each of the states.
fn found(connection: &Connection, period: &Period, clock: &Clock) -> Result<[Found; 3], Failure> {
    let mut rows = rows(connection, period, clock)?;
    let touched = touched(connection)?;
    rows.0.retain(|id, _| !touched.contains(id));
    let mut found = [State::Accepted, State::Current, State::Written].map(|state| (state, rows.clone()));
    for id in &touched {
        let Some(row) = records::lookup(connection, *id)? else { continue };
        let own = items::of_record(connection, *id)?;
        for (state, found) in &mut found {
            found.0.extend(in_state(connection, &row, &own, *state)?.map(|counted| (*id, counted)));
        }
    }
    let mut found = found.map(|(_, found)| found);
    let accounts: BTreeSet<AccountId> =
        found.iter().flat_map(|found| found.accounts_with_steps(period)).collect();
    for account in accounts {
        for visit in
            visits_made(connection, account)?.into_iter().filter(|visit| !touched.contains(&visit.id))
        {
            for found in &mut found {
                found.0.insert(visit.id, Counted::Visit(visit.clone()));
            }
        }
        for call in calls(connection, account)?.into_iter().filter(|call| !touched.contains(&call.id)) {
            for found in &mut found {
                found.0.insert(call.id, Counted::Step(call.clone()));
            }
        }
    }
    Ok(found)
}

/// Whatever happened, was planned or is due in the period, as lists show it.
fn rows(connection: &Connection, period: &Period, clock: &Clock) -> Result<Found, Failure> {
    let (from_ms, to_ms) = period.span_ms(clock);
    let span = [rfc3339(from_ms), rfc3339(to_ms)];
    let days = [period.first.to_string(), period.last.to_string()];
    // The days of orders and tasks begin at midnight UTC.
    let days_ms = [period.first.start_ms(), period.last.start_ms()];
    let mut found = Found::default();
    found.read(connection, Kind::VISIT, &within(Kind::VISIT), [from_ms, to_ms])?;
    found.read(connection, Kind::VISIT, &field(Kind::VISIT, "planned_start", "<"), span.clone())?;
    found.read(connection, Kind::VISIT, &field(Kind::VISIT, "next_step_due", "<="), days.clone())?;
    found.read(connection, Kind::CALL, &field(Kind::CALL, "next_step_due", "<="), days.clone())?;
    found.read(connection, Kind::OPPORTUNITY, &field(Kind::OPPORTUNITY, "next_step_due", "<="), days)?;
    found.read(connection, Kind::ORDER, &within(Kind::ORDER), days_ms)?;
    found.read(connection, Kind::TASK, &within(Kind::TASK), days_ms)?;
    found.read(connection, Kind::CASE, &within(Kind::CASE), days_ms)?;
    found.read(connection, Kind::TASK, &field(Kind::TASK, "due_at", "<"), span)?;
    Ok(found)
}

/// Records of a kind that happened or are due in a span of time.
fn within(kind: Kind) -> String {
    format!("{SELECT} WHERE view.kind = '{}' AND view.at_ms >= ?1 AND view.at_ms <= ?2", kind.name())
}

/// Records of a kind with a field in a span.
fn field(kind: Kind, name: &str, end: &str) -> String {
    let at = format!("json_extract(view.fields, '$.{name}')");
    format!(
        "{SELECT} WHERE view.kind = '{}' AND {at} IS NOT NULL AND {at} >= ?1 AND {at} {end} ?2",
        kind.name()
    )
}

/// For tests: every statement over views that figures are read by.
#[cfg(test)]
pub(super) fn statements() -> Vec<String> {
    vec![
        within(Kind::VISIT),
        within(Kind::ORDER),
        within(Kind::TASK),
        within(Kind::CASE),
        field(Kind::VISIT, "planned_start", "<"),
        field(Kind::VISIT, "next_step_due", "<="),
        field(Kind::CALL, "next_step_due", "<="),
        field(Kind::OPPORTUNITY, "next_step_due", "<="),
        field(Kind::TASK, "due_at", "<"),
        VISITS_MADE.to_owned(),
        CALLS.to_owned(),
    ]
}

impl Found {
    fn read(
        &mut self,
        connection: &Connection,
        kind: Kind,
        sql: &str,
        values: impl Params,
    ) -> Result<(), Failure> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            let id = sixteen(row, "record")?;
            self.0.insert(id, counted(row, kind)?);
        }
        Ok(())
    }

    /// The accounts of visits and calls whose next step is due in the period.
    fn accounts_with_steps(&self, period: &Period) -> Vec<AccountId> {
        let accounts = self.0.values().filter_map(|counted| {
            let (account, due) = match counted {
                Counted::Visit(visit) => (visit.account, visit.next_step_due),
                Counted::Step(step) => (step.account, step.next_step_due),
                Counted::Order(_) | Counted::Task(_) => return None,
            };
            due.is_some_and(|due| period.holds(due)).then_some(account)
        });
        accounts.collect()
    }

    fn work(&self) -> Work {
        let mut work = Work::default();
        for counted in self.0.values() {
            match counted.clone() {
                Counted::Visit(visit) => work.visits.push(visit),
                Counted::Order(order) => work.orders.push(order),
                Counted::Task(task) => work.tasks.push(task),
                Counted::Step(step) => work.steps.push(step),
            }
        }
        work
    }
}

fn counted(row: &Row<'_>, kind: Kind) -> Result<Counted, Failure> {
    let (id, account, creator) =
        (sixteen(row, "record")?, sixteen(row, "account")?, sixteen(row, "creator")?);
    let fields = json(row, "fields")?;
    if kind == Kind::ORDER {
        let total = json(row, "derived")?.get("total_minor").and_then(Json::as_i64).unwrap_or(0);
        let decision: Option<Decision> = maybe_cbor("decision", row.get("decision_cbor")?)?;
        return Ok(Counted::Order(Order::of(id, creator, &fields, total, decision.as_ref().map(decided))));
    }
    Ok(plain(kind, id, account, creator, &fields))
}

/// A visit from a row with its record, account, creator and fields.
pub(super) fn visit(row: &Row<'_>) -> Result<Visit, Failure> {
    let (id, account, creator) =
        (sixteen(row, "record")?, sixteen(row, "account")?, sixteen(row, "creator")?);
    Ok(Visit::of(id, account, creator, &json(row, "fields")?))
}

fn json(row: &Row<'_>, name: &str) -> Result<Json, Failure> {
    let text: String = row.get(name)?;
    serde_json::from_str(&text).map_err(|_| Failure::Row { what: "view" })
}

/// Visits that were made at an account.
const VISITS_MADE: &str = "SELECT view.record, view.account, record.creator, view.fields FROM view \
     JOIN record ON record.record = view.record \
     WHERE view.account = ? AND view.kind = 'visit' AND view.state IN ('checked_in', 'checked_out')";

fn visits_made(connection: &Connection, account: AccountId) -> Result<Vec<Visit>, Failure> {
    let mut statement = connection.prepare_cached(VISITS_MADE)?;
    let rows = statement.query_map([Sixteen::from(account)], |row| Ok(visit(row)))?;
    rows.map(|row| row?).collect()
}

/// Calls with an account.
const CALLS: &str = "SELECT view.record, view.account, record.creator, view.fields FROM view \
     JOIN record ON record.record = view.record WHERE view.account = ? AND view.kind = 'call'";

fn calls(connection: &Connection, account: AccountId) -> Result<Vec<Step>, Failure> {
    let mut statement = connection.prepare_cached(CALLS)?;
    let rows = statement.query_map([Sixteen::from(account)], |row| Ok(call(row)))?;
    rows.map(|row| row?).collect()
}

fn call(row: &Row<'_>) -> Result<Step, Failure> {
    let (id, account, creator) =
        (sixteen(row, "record")?, sixteen(row, "account")?, sixteen(row, "creator")?);
    Ok(Step::of_call(id, account, creator, &json(row, "fields")?))
}

/// The records with work on them that the record does not knowingly hold.
fn touched(connection: &Connection) -> Result<BTreeSet<RecordId>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT record FROM item WHERE record IS NOT NULL")?;
    let rows = statement.query_map([], |row| sixteen(row, "record"))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What counts of a record in a state; nothing if it is not there in it, or is of a kind that counts for nothing.
fn in_state(
    connection: &Connection,
    row: &RecordRow,
    own: &[ItemRow],
    state: State,
) -> Result<Option<Counted>, Failure> {
    let Some(envelope) = row.envelope.known() else { return Ok(None) };
    if !COUNTED.contains(&envelope.kind) || (state == State::Accepted && row.digest == 0) {
        return Ok(None);
    }
    let changes = match state {
        State::Accepted => Vec::new(),
        State::Current => own.iter().filter(|item| !item.tray).flat_map(content::changes_of).collect(),
        State::Written => content::changes_upto(own, u64::MAX),
    };
    let Ok(mut doc) = content::accepted(row) else { return Ok(None) };
    let merged = content::merge(&mut doc, changes.iter().map(Vec::as_slice));
    if merged.is_err() || doc.get_heads().is_empty() {
        return Ok(None);
    }
    let fields = document::hydrate(envelope.kind.spec(), &doc);
    let asked = match state {
        State::Accepted => None,
        State::Current => asked(own.iter().filter(|item| !item.tray)),
        State::Written => asked(own.iter()),
    };
    let decision = asked.or_else(|| row.decision.as_ref().map(decided));
    let account = shown_under(connection, &envelope)?;
    Ok(Some(of_document(&envelope, account, &fields, decision)))
}

fn of_document(
    envelope: &Envelope,
    account: AccountId,
    fields: &Fields,
    decision: Option<Decided>,
) -> Counted {
    let Envelope { id, creator, kind, .. } = *envelope;
    let json = to_json(fields);
    if kind == Kind::ORDER {
        return Counted::Order(Order::of(id, creator, &json, total_of(fields), decision));
    }
    plain(kind, id, account, creator, &json)
}

/// What counts of a record about which nothing is decided: all but an order.
fn plain(kind: Kind, id: RecordId, account: AccountId, creator: PersonId, fields: &Json) -> Counted {
    if kind == Kind::TASK {
        Counted::Task(Task::of(id, account, creator, fields))
    } else if kind == Kind::CASE {
        Counted::Task(Task::of_case(id, account, creator, fields))
    } else if kind == Kind::CALL {
        Counted::Step(Step::of_call(id, account, creator, fields))
    } else if kind == Kind::OPPORTUNITY {
        Counted::Step(Step::of_opportunity(id, account, creator, fields))
    } else {
        Counted::Visit(Visit::of(id, account, creator, fields))
    }
}

/// The account where a record is shown: the one that its own was merged into, if it was.
fn shown_under(connection: &Connection, envelope: &Envelope) -> Result<AccountId, Failure> {
    let sql = "SELECT account FROM view WHERE record = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([Sixteen::from(envelope.id)], |row| sixteen(row, "account"));
    Ok(found.optional()?.unwrap_or(envelope.account))
}

pub(in crate::queries) fn decided(decision: &Decision) -> Decided {
    Decided { state: decision.state.clone(), total_minor: decision.total_minor }
}

/// The state that the last request among these asks for.
pub(crate) fn asked<'a>(items: impl DoubleEndedIterator<Item = &'a ItemRow>) -> Option<Decided> {
    let verb = items.rev().find_map(|item| match Item::read(&item.bytes).ok()?.body {
        ItemBody::Request(request) => request.verb.parse::<Verb>().ok(),
        _ => None,
    })?;
    Some(Decided { state: transition_of(verb).to.to_owned(), total_minor: None })
}

/// The territories that the device's person holds.
fn territories(connection: &Connection) -> Result<BTreeSet<TerritoryId>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT subject FROM lease WHERE state = 'open' AND territory = 1")?;
    let rows = statement.query_map([], |row| row.get::<_, Sixteen>("subject"))?;
    Ok(rows.map(|row| Ok(TerritoryId::from_bytes(row?.0))).collect::<rusqlite::Result<_>>()?)
}
