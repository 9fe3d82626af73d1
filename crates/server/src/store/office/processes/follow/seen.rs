//! Which runs have to be looked at, and what is known of them beside their documents.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use roadbook_model::process::{Facts, Run, Template, tasks};
use roadbook_model::{Envelope, Fields, Kind, PersonId, RecordId, document};
use sqlx::PgConnection;
use uuid::Uuid;

use super::limits;
use crate::ambient::moment;
use crate::store::Stored;
use crate::store::cells::{signed, unsigned32};
use crate::store::fetch::load;

/// Most runs that are begun on by the clock in one round. The next goes on behind them: some may stay where they are, such as
/// those of a person who is gone.
const OVERDUE_MAX: i64 = 500;

/// Most paths that are looked at in one round because they are past their due time.
const PAST_DUE_MAX: i64 = 20_000;

/// A run's place among all by when they began: behind it the next round goes on. None is the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) started_at: DateTime<Utc>,
    pub(super) run: Uuid,
}

impl Place {
    pub(super) fn of(started_at: Option<DateTime<Utc>>, run: Option<Uuid>) -> Option<Self> {
        started_at.zip(run).map(|(started_at, run)| Self { started_at, run })
    }
}

/// A run as it stands.
pub(super) struct Seen {
    pub(super) envelope: Envelope,
    pub(super) fields: Fields,
    pub(super) facts: Facts,
    /// Who carries it out.
    pub(super) person: PersonId,
    /// Who leads that person.
    pub(super) manager: Option<PersonId>,
}

impl Seen {
    /// The process and the version that it keeps.
    pub(super) fn version(&self) -> (String, i64) {
        let run = Run::read(&self.fields);
        (run.process, run.version)
    }
}

/// Runs that something was written about between two positions: themselves, the record that they are about, or a case at
/// their account.
pub(super) async fn touched(
    connection: &mut PgConnection,
    from: i64,
    upto: i64,
) -> Stored<BTreeSet<RecordId>> {
    let query = sqlx::query_scalar!(
        r#"
        with said as materialized (
            select distinct record_id from log.entry where position > $1 and position <= $2 and record_id is not null
        )
        select runs.id as "id!" from said join record.runs on runs.id = said.record_id
        union
        select runs.id from said join record.runs on runs.subject_id = said.record_id where runs.state = 'running'
        union
        select runs.id from said join record.cases on cases.id = said.record_id
        join record.runs on runs.account_id = cases.account_id where runs.state = 'running'
        "#,
        from,
        upto
    );
    Ok(query.fetch_all(connection).await?.into_iter().map(RecordId::from).collect())
}

/// Runs behind a place that take longer than their process says, and whose path for that nobody has taken; and where it goes on.
pub(super) async fn overdue(
    connection: &mut PgConnection,
    templates: impl Iterator<Item = &Template>,
    now_ms: i64,
    behind: Option<Place>,
) -> Stored<(Vec<RecordId>, Option<Place>)> {
    let (mut processes, mut versions, mut paths, mut before) = (vec![], vec![], vec![], vec![]);
    for template in templates {
        for (path, minutes) in limits(template) {
            processes.push(template.process.clone());
            versions.push(template.version);
            paths.push(path.to_owned());
            before.push(moment(now_ms) - Duration::minutes(minutes));
        }
    }
    if processes.is_empty() {
        return Ok((Vec::new(), None));
    }
    let query = sqlx::query!(
        r#"
        select runs.id, runs.started_at as "started_at!"
        from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[]) late(process, version, path, before)
        join record.runs on runs.process = late.process and runs.version = late.version
                        and runs.started_at < late.before and runs.state = 'running'
        where not exists (select from record.run_awry taken where taken.run_id = runs.id and taken.path = late.path)
          and ($6::timestamptz is null or (runs.started_at, runs.id) > ($6, $7::uuid))
        order by runs.started_at, runs.id limit $5
        "#,
        &processes,
        &versions,
        &paths,
        &before,
        OVERDUE_MAX,
        behind.map(|place| place.started_at),
        behind.map(|place| place.run)
    );
    let rows = query.fetch_all(connection).await?;
    let last = rows.last().filter(|_| signed(rows.len() as u64) == OVERDUE_MAX);
    let next = last.map(|row| Place { started_at: row.started_at, run: row.id });
    Ok((rows.into_iter().map(|row| row.id.into()).collect(), next))
}

/// Runs behind a place with a path that should have been put right by now, and of which whoever answers for the process does not know yet.
pub(super) async fn past_due(
    connection: &mut PgConnection,
    templates: impl Iterator<Item = &Template>,
    now_ms: i64,
    behind: Option<Place>,
) -> Stored<(Vec<RecordId>, Option<Place>)> {
    let (mut processes, mut versions, mut paths, mut before) = (vec![], vec![], vec![], vec![]);
    for template in templates {
        for path in &template.awry {
            processes.push(template.process.clone());
            versions.push(template.version);
            paths.push(path.key.clone());
            before.push(moment(now_ms) - Duration::minutes(path.due_minutes));
        }
    }
    if processes.is_empty() {
        return Ok((Vec::new(), None));
    }
    let query = sqlx::query!(
        r#"
        select runs.id, runs.started_at as "started_at!", late.path as "path!"
        from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[]) late(process, version, path, before)
        join record.runs on runs.process = late.process and runs.version = late.version and runs.state = 'running'
                        and runs.started_at is not null
        where (select min(taken.at) from record.run_awry taken
               where taken.run_id = runs.id and taken.path = late.path) < late.before
          and not exists (select from record.run_awry taken
                          where taken.run_id = runs.id and taken.path = late.path and taken.resolved_at is not null)
          and ($6::timestamptz is null or (runs.started_at, runs.id) > ($6, $7::uuid))
        order by runs.started_at, runs.id limit $5
        "#,
        &processes,
        &versions,
        &paths,
        &before,
        PAST_DUE_MAX,
        behind.map(|place| place.started_at),
        behind.map(|place| place.run)
    );
    let rows = query.fetch_all(&mut *connection).await?;
    let is_full = signed(rows.len() as u64) == PAST_DUE_MAX;
    let told: Vec<(RecordId, Place)> = rows
        .into_iter()
        .map(|row| {
            let place = Place { started_at: row.started_at, run: row.id };
            (tasks::overdue_id(row.id.into(), &row.path), place)
        })
        .collect();
    let ids: Vec<RecordId> = told.iter().map(|(task, _)| *task).collect();
    let missing = missing(connection, &ids).await?;
    let untold = told.iter().filter(|(task, _)| missing.contains(task)).map(|(_, place)| *place);
    let most = usize::try_from(OVERDUE_MAX).unwrap_or(usize::MAX);
    let untold: Vec<Place> = untold.take(most).collect();
    let next = match untold.last().filter(|_| untold.len() == most) {
        Some(last) => Some(*last),
        None => told.last().filter(|_| is_full).map(|(_, place)| *place),
    };
    Ok((untold.into_iter().map(|place| place.run.into()).collect(), next))
}

/// Runs with their documents and what is known beside them.
pub(super) async fn see(connection: &mut PgConnection, runs: &[RecordId], now_ms: i64) -> Stored<Vec<Seen>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = runs.iter().map(|run| run.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select record.id, record.account_id, record.creator_id, record.generation, record.snapshot, person.id as person_id,
               person.manager_id,
               exists (select from record.orders
                       where orders.id = runs.subject_id and orders.state = 'rejected'
                         and orders.decided_at > runs.started_at) as "is_refused!",
               exists (select from record.cases
                       where cases.account_id = runs.account_id and cases.id <> runs.subject_id
                         and coalesce(cases.opened_at, record.made_at(cases.id), cases.created_at) >= runs.started_at
                         and (cases.order_id = runs.subject_id
                              or not exists (select from record.orders where orders.id = runs.subject_id)
                              or exists (select from record.case_lines line
                                         where line.case_id = cases.id and line.order_id = runs.subject_id))) as "has_case!"
        from sync.record
        join record.runs on runs.id = record.id
        join org.person on person.id = coalesce(
            (select id from org.person named where named.id = runs.rep_id), record.creator_id)
        where record.id = any($1) and record.kind = 'run'
        "#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        let fields = document::hydrate(Kind::RUN.spec(), &load(&row.snapshot)?);
        seen.push(Seen {
            envelope: Envelope {
                id: row.id.into(),
                kind: Kind::RUN,
                account: row.account_id.into(),
                creator: row.creator_id.into(),
                generation: unsigned32(row.generation),
            },
            fields,
            facts: Facts { now_ms, is_refused: row.is_refused, has_case: row.has_case },
            person: row.person_id.into(),
            manager: row.manager_id.map(PersonId::from),
        });
    }
    Ok(seen)
}

/// Which of these records are not there.
pub(super) async fn missing(
    connection: &mut PgConnection,
    records: &[RecordId],
) -> Stored<BTreeSet<RecordId>> {
    if records.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids: Vec<Uuid> = records.iter().map(|id| id.uuid()).collect();
    let query = sqlx::query_scalar!(
        r#"select wanted.id as "id!" from unnest($1::uuid[]) wanted(id)
           where not exists (select from sync.record where record.id = wanted.id)"#,
        &ids
    );
    Ok(query.fetch_all(connection).await?.into_iter().map(RecordId::from).collect())
}
