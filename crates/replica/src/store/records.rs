//! Records by id.

use roadbook_model::RecordId;
use roadbook_sync::device::{KeptEnvelope, KeptKind, RecordRow};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::failure::Failure;
use super::values::{Sixteen, maybe_cbor, sixteen};

/// A record.
pub(crate) fn lookup(connection: &Connection, id: RecordId) -> Result<Option<RecordRow>, Failure> {
    let mut statement = connection.prepare_cached("SELECT * FROM record WHERE record = ?")?;
    statement.query_row([Sixteen::from(id)], |row| Ok(read(row))).optional()?.transpose()
}

/// The ids of the records of one kind.
pub(super) fn of_kind(connection: &Connection, word: &str) -> Result<Vec<RecordId>, Failure> {
    let mut statement = connection.prepare("SELECT record FROM record WHERE kind = ? ORDER BY record")?;
    let rows = statement.query_map([word], |row| sixteen(row, "record"))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The ids of all records in a fill's order, as far as a file that may be damaged lets them be read.
pub(super) fn legible(connection: &Connection) -> Vec<RecordId> {
    let mut found: Vec<(u8, RecordId)> = Vec::new();
    let Ok(mut statement) = connection.prepare("SELECT record, kind FROM record") else { return Vec::new() };
    let Ok(mut rows) = statement.query([]) else { return Vec::new() };
    while let Ok(Some(row)) = rows.next() {
        if let (Ok(record), Ok(word)) = (sixteen(row, "record"), row.get::<_, String>("kind")) {
            found.push((KeptKind::of(&word).fill_order(), record));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, record)| record).collect()
}

pub(super) fn put(connection: &Connection, row: &RecordRow) -> Result<(), Failure> {
    // Not INSERT OR REPLACE: that deletes the old row first, and the view with it.
    let mut statement = connection.prepare_cached(
        "INSERT INTO record \
         VALUES (:record, :kind, :account, :creator, :generation, :accepted, :branch, :digest, :decision, :changed_ms) \
         ON CONFLICT (record) DO UPDATE SET kind = excluded.kind, account = excluded.account, \
         creator = excluded.creator, generation = excluded.generation, accepted = excluded.accepted, \
         branch = excluded.branch, digest = excluded.digest, decision_cbor = excluded.decision_cbor, \
         changed_ms = excluded.changed_ms",
    )?;
    let accepted = (!row.accepted.is_empty()).then_some(row.accepted.as_slice());
    statement.execute(named_params! {
        ":record": Sixteen::from(row.envelope.id),
        ":kind": row.envelope.kind.name(),
        ":account": Sixteen::from(row.envelope.account),
        ":creator": Sixteen::from(row.envelope.creator),
        ":generation": row.envelope.generation,
        ":accepted": accepted,
        ":branch": row.branch,
        ":digest": row.digest.cast_signed(),
        ":decision": row.decision.as_ref().map(roadbook_protocol::encode),
        ":changed_ms": row.changed_ms,
    })?;
    Ok(())
}

pub(super) fn delete(connection: &Connection, id: RecordId) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM record WHERE record = ?")?.execute([Sixteen::from(id)])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<RecordRow, Failure> {
    let word: String = row.get("kind")?;
    Ok(RecordRow {
        envelope: KeptEnvelope {
            id: sixteen(row, "record")?,
            kind: KeptKind::of(&word),
            account: sixteen(row, "account")?,
            creator: sixteen(row, "creator")?,
            generation: row.get("generation")?,
        },
        accepted: row.get::<_, Option<Vec<u8>>>("accepted")?.unwrap_or_default(),
        branch: row.get("branch")?,
        digest: row.get::<_, i64>("digest")?.cast_unsigned(),
        decision: maybe_cbor("decision", row.get("decision_cbor")?)?,
        changed_ms: row.get("changed_ms")?,
    })
}
