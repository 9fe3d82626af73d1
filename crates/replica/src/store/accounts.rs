//! What an account holds, and the sums by which two replicas are compared.

use roadbook_model::{AccountId, RecordId};
use roadbook_sync::digest::adjusted;
use rusqlite::Connection;

use super::failure::Failure;
use super::values::{Sixteen, sixteen};

pub(super) fn records(connection: &Connection, account: AccountId) -> Result<Vec<RecordId>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT record FROM record WHERE account = ? ORDER BY record")?;
    let rows = statement.query_map([Sixteen::from(account)], |row| sixteen(row, "record"))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn digests(connection: &Connection) -> Result<Vec<(AccountId, u64)>, Failure> {
    // Summed here: SQLite's sum() is an error where it overflows, and these sums are modulo 2^64.
    let mut statement = connection.prepare_cached("SELECT account, digest FROM record ORDER BY account")?;
    let mut rows = statement.query([])?;
    let mut sums: Vec<(AccountId, u64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let account: AccountId = sixteen(row, "account")?;
        let digest = row.get::<_, i64>("digest")?.cast_unsigned();
        match sums.last_mut() {
            Some((last, sum)) if *last == account => *sum = adjusted(*sum, 0, digest),
            _ => sums.push((account, digest)),
        }
    }
    Ok(sums)
}

pub(super) fn record_digests(
    connection: &Connection,
    account: AccountId,
) -> Result<Vec<(RecordId, u64)>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT record, digest FROM record WHERE account = ? AND digest <> 0 ORDER BY record",
    )?;
    let rows = statement.query_map([Sixteen::from(account)], |row| {
        Ok((sixteen(row, "record")?, row.get::<_, i64>("digest")?.cast_unsigned()))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
