//! What the office decided about this device's work, until its person has read it.

use roadbook_sync::device::Notice as Decided;
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::Value as Json;

use super::outbox;
use crate::store::values::number;
use crate::store::{Failure, Store};

/// Work that left the held tray by somebody else's hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// The push number that it had.
    pub number: u64,
    /// `discarded`: it is not in the record. `re_authored`: the office took over what it would have changed.
    pub fate: String,
    /// Why, in the office's words.
    pub text: String,
    /// When, by the server's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// The item as the tray showed it.
    pub item: Json,
}

/// Keeps a notice, with the item as the tray shows it now.
pub(crate) fn put(connection: &Connection, notice: Decided<'_>) -> Result<(), Failure> {
    let shown = outbox::describe(connection, vec![notice.item.clone()])?.pop();
    let item = serde_json::to_string(&shown).map_err(|_| Failure::Row { what: "notice" })?;
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?, ?)")?;
    let number = i64::try_from(notice.item.number).map_err(|_| Failure::Row { what: "number" })?;
    statement.execute(params![number, notice.fate, notice.text, notice.at_ms, item])?;
    Ok(())
}

impl Store {
    /// What is still to be read, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn notices(&self) -> Result<Vec<Notice>, Failure> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT number, fate, text, at_ms, item FROM notice ORDER BY at_ms, number",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let item: String = row.get(4)?;
                found.push(Notice {
                    number: number(row, "number")?,
                    fate: row.get(1)?,
                    text: row.get(2)?,
                    at_ms: row.get(3)?,
                    item: serde_json::from_str(&item).map_err(|_| Failure::Row { what: "notice" })?,
                });
            }
            Ok(found)
        })
    }

    /// Forgets a notice that was read; says whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn dismiss(&self, number: u64) -> Result<bool, Failure> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        self.write(|c| Ok(c.execute("DELETE FROM notice WHERE number = ?", [number])? > 0))
    }
}
