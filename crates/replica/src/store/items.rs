//! The outbox and the held tray.

use roadbook_model::{LeaseId, RecordId};
use roadbook_protocol::{Outcome, Receipt};
use roadbook_sync::device::ItemRow;
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use super::failure::Failure;
use super::values::{Sixteen, added, maybe_cbor, maybe_sixteen, number, sixteen, whole};

pub(super) fn put(connection: &Connection, row: &ItemRow) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO item VALUES (:number, :lease, :record, :account, :captured_ms, :bytes, :tray, \
         :outcome, :answered_at, :receipt, :beneath)",
    )?;
    let answered_at = row.receipt.as_ref().map(|receipt| whole(receipt.position)).transpose()?;
    statement.execute(named_params! {
        ":number": whole(row.number)?,
        ":lease": Sixteen::from(row.lease),
        ":record": row.record.map(Sixteen::from),
        ":account": row.account.map(Sixteen::from),
        ":captured_ms": row.captured_ms,
        ":bytes": row.bytes,
        ":tray": row.tray,
        ":outcome": row.receipt.as_ref().map(word),
        ":answered_at": answered_at,
        ":receipt": row.receipt.as_ref().map(roadbook_protocol::encode),
        ":beneath": (!row.beneath.is_empty()).then(|| roadbook_protocol::encode(&row.beneath)),
    })?;
    Ok(())
}

pub(super) fn lookup(connection: &Connection, number: u64) -> Result<Option<ItemRow>, Failure> {
    let mut statement = connection.prepare_cached("SELECT * FROM item WHERE number = ?")?;
    statement.query_row([whole(number)?], |row| Ok(read(row))).optional()?.transpose()
}

pub(super) fn delete(connection: &Connection, number: u64) -> Result<(), Failure> {
    connection.prepare_cached("DELETE FROM item WHERE number = ?")?.execute([whole(number)?])?;
    Ok(())
}

/// The items of a record, by number.
pub(crate) fn of_record(connection: &Connection, record: RecordId) -> Result<Vec<ItemRow>, Failure> {
    list(connection, "SELECT * FROM item WHERE record = ? ORDER BY number", [Sixteen::from(record)])
}

pub(super) fn under(connection: &Connection, lease: LeaseId) -> Result<Vec<ItemRow>, Failure> {
    list(connection, "SELECT * FROM item WHERE lease = ? ORDER BY number", [Sixteen::from(lease)])
}

pub(super) fn unanswered(connection: &Connection, after: u64, limit: usize) -> Result<Vec<ItemRow>, Failure> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM item WHERE outcome IS NULL AND number > ? ORDER BY number LIMIT ?";
    list(connection, sql, (whole(after)?, limit))
}

pub(super) fn settled(connection: &Connection, position: u64) -> Result<Vec<ItemRow>, Failure> {
    // Any position may be asked for; none that is stored is higher than SQLite's numbers go.
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM item INDEXED BY item_in_record \
               WHERE outcome IN ('in_record', 'late') AND answered_at <= ? ORDER BY number";
    list(connection, sql, [position])
}

pub(super) fn waiting(connection: &Connection) -> Result<(u32, Option<i64>), Failure> {
    let sql = "SELECT count(*), min(captured_ms) FROM item WHERE outcome IS NULL";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// How many items are in the tray, and notices unread.
pub(super) fn undecided(connection: &Connection) -> Result<u32, Failure> {
    let sql = "SELECT (SELECT count(*) FROM item WHERE tray = 1) + (SELECT count(*) FROM notice)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// The items that a statement over all columns of `item` finds.
pub(crate) fn list(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<ItemRow>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
    }
    Ok(items)
}

/// An item from a row with all columns of `item`.
pub(crate) fn read(row: &Row<'_>) -> Result<ItemRow, Failure> {
    Ok(ItemRow {
        number: number(row, "number")?,
        lease: sixteen(row, "lease")?,
        record: maybe_sixteen(row, "record")?,
        account: maybe_sixteen(row, "account")?,
        captured_ms: row.get("captured_ms")?,
        bytes: row.get("bytes")?,
        tray: row.get("tray")?,
        receipt: maybe_cbor("receipt", row.get("receipt_cbor")?)?,
        beneath: maybe_cbor("beneath", added(row, "beneath_cbor")?)?.unwrap_or_default(),
    })
}

fn word(receipt: &Receipt) -> &'static str {
    match receipt.outcome {
        Outcome::InRecord { late: false } => "in_record",
        Outcome::InRecord { late: true } => "late",
        Outcome::Held(_) => "held",
        Outcome::Refused(_) => "refused",
    }
}
