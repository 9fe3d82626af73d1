//! What the app that opens a store knows of kinds, beside what the version knew that had the store last (rule V4). Records of a
//! kind that it knows otherwise, or that the other did not know, are shown anew from what is kept: nothing is fetched.

use std::collections::BTreeMap;

use roadbook_sync::device::kinds::{Known, show_anew};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::failure::Failure;
use super::records;
use super::tx::Tx;

/// The word in `meta`: each kind's version by its name, as JSON.
const WORD: &str = "kinds";

/// Each kind's version, by its name.
type Versions = BTreeMap<String, u32>;

/// Shows what another version showed otherwise, or not at all. A full disk puts it off until the next time: what is on
/// the device can be sent all the same.
pub(super) fn learn(connection: &Connection, known: &Known) -> Result<(), Failure> {
    let versions: Versions =
        known.kinds().map(|kind| (kind.name().to_owned(), kind.spec().version)).collect();
    let before = known_before(connection)?;
    if versions == before {
        return Ok(());
    }
    match show(connection, &before, &versions, known) {
        Err(Failure::DiskFull(_)) => Ok(()),
        other => other,
    }
}

fn known_before(connection: &Connection) -> Result<Versions, Failure> {
    let text: Option<String> =
        connection.query_row("SELECT value FROM meta WHERE word = ?", [WORD], |row| row.get(0)).optional()?;
    // What cannot be read says nothing: everything is shown anew.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn show(
    connection: &Connection,
    before: &Versions,
    versions: &Versions,
    known: &Known,
) -> Result<(), Failure> {
    let step = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let words = before.keys().chain(versions.keys().filter(|word| !before.contains_key(*word)));
    for word in words.filter(|word| before.get(*word) != versions.get(*word)) {
        for record in records::of_kind(&step, word)? {
            match show_anew(&mut Tx::new(&step, known), &[record]).map_err(Failure::from) {
                // One that cannot be read was not shown before either.
                Ok(()) | Err(Failure::Row { .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
    }
    let text = serde_json::to_string(versions).map_err(|error| Failure::Other(Box::new(error)))?;
    step.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (WORD, text))?;
    step.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use roadbook_model::{Fields, Kind, Value, document};

    use super::*;
    use crate::store::open;

    #[test]
    fn a_full_disk_puts_off_what_an_update_would_show_and_the_store_opens() {
        let connection = open::in_memory(&Known::ALL).unwrap();
        connection.execute("UPDATE meta SET value = '{}' WHERE word = 'kinds'", []).unwrap();
        let fields = Fields::from([("state".to_owned(), Value::Str("planned".to_owned()))]);
        let visit = document::create(Kind::VISIT.spec(), [5; 16], 0, &fields).unwrap().save();
        let record = "INSERT INTO record VALUES (randomblob(16), 'visit', randomblob(16), randomblob(16), 0, ?, 0, 1, \
                      NULL, 0)";
        for _ in 0..100 {
            connection.execute(record, [&visit]).unwrap();
        }
        open::limit(&connection, 0).unwrap();
        learn(&connection, &Known::ALL).unwrap();
        assert_eq!(known_before(&connection).unwrap(), Versions::new());
        open::limit(&connection, 1_000).unwrap();
        learn(&connection, &Known::ALL).unwrap();
        assert!(known_before(&connection).unwrap().contains_key("visit"), "with room, it is shown");
    }
}
