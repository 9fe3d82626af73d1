//! What the office says of accounts that came to this device or left it, until its person has read it.

use roadbook_model::{AccountId, LeaseId};
use roadbook_sync::device::Handover as Told;
use rusqlite::{Connection, Params, Row, named_params};
use serde::Serialize;

use super::summaries;
use crate::store::values::{Sixteen, sixteen};
use crate::store::{Failure, Store};

/// The office's note on an account that changed hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// The lease that was granted or withdrawn: no other note has it.
    pub lease: LeaseId,
    /// The account.
    pub account: AccountId,
    /// What it is called, or was when it left; none while its record is on its way.
    pub title: Option<String>,
    /// Whether it came to this device; otherwise it left it.
    pub gained: bool,
    /// What the office says.
    pub note: String,
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Keeps what the office says, with the name of an account that leaves.
pub(crate) fn put(connection: &Connection, told: Told<'_>) -> Result<(), Failure> {
    let title = if told.gained { None } else { summaries::title(connection, told.account.record())? };
    let Told { lease, account, gained, note, at_ms } = told;
    insert(connection, &Handover { lease, account, title, gained, note: note.to_owned(), at_ms })
}

fn insert(connection: &Connection, row: &Handover) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO handover VALUES (:lease, :account, :gained, :note, :at_ms, :title)",
    )?;
    statement.execute(named_params! {
        ":lease": Sixteen::from(row.lease),
        ":account": Sixteen::from(row.account),
        ":gained": row.gained,
        ":note": row.note,
        ":at_ms": row.at_ms,
        ":title": row.title,
    })?;
    Ok(())
}

/// Forgets what was said of a lease; says whether there was anything.
pub(crate) fn delete(connection: &Connection, lease: LeaseId) -> Result<bool, Failure> {
    let mut statement = connection.prepare_cached("DELETE FROM handover WHERE lease = ?")?;
    Ok(statement.execute([Sixteen::from(lease)])? > 0)
}

fn list(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Handover>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Handover, Failure> {
    Ok(Handover {
        lease: sixteen(row, "lease")?,
        account: sixteen(row, "account")?,
        title: row.get("title")?,
        gained: row.get("gained")?,
        note: row.get("note")?,
        at_ms: row.get("at_ms")?,
    })
}

impl Store {
    /// What is still to be read, the latest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn handovers(&self) -> Result<Vec<Handover>, Failure> {
        let sql = "SELECT * FROM handover ORDER BY at_ms DESC, lease";
        self.read(|c| {
            let mut found = list(c, sql, [])?;
            for row in found.iter_mut().filter(|row| row.gained) {
                row.title = summaries::title(c, row.account.record())?;
            }
            Ok(found)
        })
    }

    /// Takes over what is still to be read from a store that was set aside, as far as it lets it be read; one of a version
    /// before has none. Doing so twice changes nothing.
    pub(crate) fn carry_handovers(&self, old: &Self) -> Result<(), Failure> {
        let kept = old.read(|c| Ok(list(c, "SELECT * FROM handover", []).unwrap_or_default()))?;
        kept.iter().try_for_each(|row| self.write(|c| insert(c, row)))
    }

    /// Forgets what was read; says whether there was anything.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn dismiss_handover(&self, lease: LeaseId) -> Result<bool, Failure> {
        self.write(|c| delete(c, lease))
    }
}
