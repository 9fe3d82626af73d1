//! What the office decided about this device's work, until its person has read it.

use roadbook_model::DeviceId;
use roadbook_sync::device::{DeviceRow, Notice as Decided};
use rusqlite::{Connection, Row, named_params};
use serde::Serialize;
use serde_json::Value as Json;

use super::outbox;
use crate::store::values::{Sixteen, added, number, whole};
use crate::store::{Failure, Store, device};

/// Work that left the held tray by somebody else's hand, or that others overruled when it was captured anew.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// The push number that it had.
    pub number: u64,
    /// `discarded`: it is not in the record. `re_authored`: the office took over what it would have changed. `overruled`: others
    /// wrote some of the same meanwhile, and theirs stands.
    pub fate: String,
    /// Why, in the office's words; of what is overruled, in the device's.
    pub text: String,
    /// When, by the server's clock, in milliseconds since 1970; of what is overruled, by the device's.
    pub at_ms: i64,
    /// The item as the tray showed it.
    pub item: Json,
}

/// A notice as it is kept, under the name of the work that it is about: each store numbers its work anew.
struct Kept {
    device: DeviceId,
    generation: u32,
    notice: Notice,
}

/// Keeps a notice, with the item as the tray shows it now.
pub(crate) fn put(connection: &Connection, notice: Decided<'_>) -> Result<(), Failure> {
    let own = device::lookup(connection)?.ok_or(Failure::Empty)?;
    let shown = outbox::describe(connection, vec![notice.item.clone()])?.pop();
    let notice = Notice {
        number: notice.item.number,
        fate: notice.fate.to_owned(),
        text: notice.text.to_owned(),
        at_ms: notice.at_ms,
        item: serde_json::to_value(&shown).map_err(|_| Failure::Row { what: "notice" })?,
    };
    insert(connection, &Kept { device: own.device, generation: own.store_generation, notice })
}

fn insert(connection: &Connection, kept: &Kept) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO notice VALUES (:device, :generation, :number, :fate, :text, :at_ms, :item)",
    )?;
    statement.execute(named_params! {
        ":device": Sixteen::from(kept.device),
        ":generation": kept.generation,
        ":number": whole(kept.notice.number)?,
        ":fate": kept.notice.fate,
        ":text": kept.notice.text,
        ":at_ms": kept.notice.at_ms,
        ":item": kept.notice.item.to_string(),
    })?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Notice, Failure> {
    let item: String = row.get("item")?;
    Ok(Notice {
        number: number(row, "number")?,
        fate: row.get("fate")?,
        text: row.get("text")?,
        at_ms: row.get("at_ms")?,
        item: serde_json::from_str(&item).map_err(|_| Failure::Row { what: "notice" })?,
    })
}

/// The notices of a store set aside, as far as it has any and lets them be read.
fn legible(connection: &Connection) -> Vec<Kept> {
    let Ok(Some(own)) = device::lookup(connection) else { return Vec::new() };
    let Ok(mut statement) = connection.prepare("SELECT * FROM notice") else { return Vec::new() };
    let Ok(mut rows) = statement.query([]) else { return Vec::new() };
    let mut found = Vec::new();
    while let Ok(Some(row)) = rows.next() {
        found.extend(read_kept(row, &own));
    }
    found
}

/// A version before kept only what its own store was told.
fn read_kept(row: &Row<'_>, own: &DeviceRow) -> Result<Kept, Failure> {
    let device = added::<Sixteen>(row, "device")?.map_or(own.device, DeviceId::from);
    let generation = added(row, "generation")?.unwrap_or(own.store_generation);
    Ok(Kept { device, generation, notice: read(row)? })
}

impl Store {
    /// What is still to be read, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn notices(&self) -> Result<Vec<Notice>, Failure> {
        self.read(|c| {
            let sql = "SELECT * FROM notice ORDER BY at_ms, generation, number";
            let mut statement = c.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }

    /// Takes over what is still to be read from a store that was set aside. Doing so twice changes nothing.
    pub(crate) fn carry_notices(&self, old: &Self) -> Result<(), Failure> {
        let kept = old.read(|c| Ok(legible(c)))?;
        kept.iter().try_for_each(|notice| self.write(|c| insert(c, notice)))
    }

    /// Forgets a notice that was read; says whether there was one. Of several with this number, from stores that were set
    /// aside, it is the one that [`Store::notices`] names first.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn dismiss(&self, number: u64) -> Result<bool, Failure> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let sql = "DELETE FROM notice WHERE rowid = \
                   (SELECT rowid FROM notice WHERE number = ? ORDER BY at_ms, generation LIMIT 1)";
        self.write(|c| Ok(c.execute(sql, [number])? > 0))
    }
}
