//! Leases, and the fills that their grants opened.

use roadbook_model::{AccountId, LeaseId, TerritoryId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::page::FillMark;
use roadbook_sync::device::{LeaseRow, LeaseState};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use super::failure::Failure;
use super::values::{Sixteen, added, maybe_cbor, number, sixteen, whole};

pub(super) fn lookup(connection: &Connection, id: LeaseId) -> Result<Option<LeaseRow>, Failure> {
    let mut statement = connection.prepare_cached("SELECT * FROM lease WHERE lease = ?")?;
    statement.query_row([Sixteen::from(id)], |row| Ok(read(row))).optional()?.transpose()
}

pub(super) fn put(connection: &Connection, row: &LeaseRow) -> Result<(), Failure> {
    let (subject, territory) = subject(row.subject);
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO lease VALUES (:lease, :subject, :territory, :state, :late, :grace_until_ms, :note, :root, :lies_in)",
    )?;
    statement.execute(named_params! {
        ":lease": Sixteen::from(row.lease),
        ":subject": subject,
        ":territory": territory,
        ":state": word(row.state),
        ":late": row.late.map(|(policy, _)| roadbook_protocol::encode(&policy)),
        ":grace_until_ms": row.late.map(|(_, until_ms)| until_ms),
        ":note": row.note,
        ":root": row.root.map(Sixteen::from),
        ":lies_in": row.lies_in.map(Sixteen::from),
    })?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, id: LeaseId) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM lease WHERE lease = ?")?.execute([Sixteen::from(id)])?;
    Ok(())
}

pub(crate) fn on(connection: &Connection, on: Subject) -> Result<Vec<LeaseRow>, Failure> {
    let sql = "SELECT * FROM lease WHERE subject = ? AND territory = ? ORDER BY lease DESC";
    list(connection, sql, subject(on))
}

/// The leases in a state, by id.
pub(crate) fn in_state(connection: &Connection, state: LeaseState) -> Result<Vec<LeaseRow>, Failure> {
    list(connection, "SELECT * FROM lease WHERE state = ? ORDER BY lease", [word(state)])
}

pub(super) fn fills(connection: &Connection) -> Result<Vec<FillMark>, Failure> {
    let mut statement = connection.prepare_cached("SELECT * FROM fill ORDER BY grant_position")?;
    let mut rows = statement.query([])?;
    let mut fills = Vec::new();
    while let Some(row) = rows.next()? {
        let token = maybe_cbor("fill", row.get("token_cbor")?)?;
        fills.push(FillMark { grant: number(row, "grant_position")?, token });
    }
    Ok(fills)
}

pub(super) fn put_fill(connection: &Connection, fill: &FillMark) -> Result<(), Failure> {
    let token = fill.token.as_ref().map(roadbook_protocol::encode);
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO fill VALUES (?, ?)")?;
    statement.execute((whole(fill.grant)?, token))?;
    Ok(())
}

pub(super) fn delete_fill(connection: &Connection, grant: u64) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM fill WHERE grant_position = ?")?.execute([whole(grant)?])?;
    Ok(())
}

fn list(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<LeaseRow>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut leases = Vec::new();
    while let Some(row) = rows.next()? {
        leases.push(read(row)?);
    }
    Ok(leases)
}

fn read(row: &Row<'_>) -> Result<LeaseRow, Failure> {
    let subject: Sixteen = row.get("subject")?;
    let subject = if row.get("territory")? {
        Subject::Territory(TerritoryId::from_bytes(subject.0))
    } else {
        Subject::Account(AccountId::from_bytes(subject.0))
    };
    let policy: Option<LatePolicy> = maybe_cbor("lease", row.get("late_cbor")?)?;
    let word: String = row.get("state")?;
    Ok(LeaseRow {
        lease: sixteen(row, "lease")?,
        subject,
        state: state(&word)?,
        late: policy.zip(row.get("grace_until_ms")?),
        note: row.get("note")?,
        root: row.get::<_, Option<Sixteen>>("root")?.map(|root| AccountId::from_bytes(root.0)),
        lies_in: added::<Sixteen>(row, "lies_in")?.map(TerritoryId::from),
    })
}

fn subject(subject: Subject) -> (Sixteen, bool) {
    match subject {
        Subject::Account(id) => (Sixteen(*id.as_bytes()), false),
        Subject::Territory(id) => (Sixteen(*id.as_bytes()), true),
    }
}

fn word(state: LeaseState) -> &'static str {
    match state {
        LeaseState::Proposed => "proposed",
        LeaseState::Open => "open",
        LeaseState::Frozen => "frozen",
        LeaseState::Closing => "closing",
        LeaseState::Closed => "closed",
    }
}

fn state(word: &str) -> Result<LeaseState, Failure> {
    use LeaseState::{Closed, Closing, Frozen, Open, Proposed};
    [Proposed, Open, Frozen, Closing, Closed]
        .into_iter()
        .find(|state| self::word(*state) == word)
        .ok_or(Failure::Row { what: "lease" })
}
