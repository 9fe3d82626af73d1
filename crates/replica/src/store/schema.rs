//! The schema's versions: forward only, each applied in one transaction together with its number.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::Failure;

/// Marks the file as a Roadbook store: "RbkS".
const APPLICATION_ID: i64 = 0x5262_6b53;

/// Each version's statements. To change the schema, add a file; never edit one that was released.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_store.sql"),
    include_str!("../../migrations/0002_leaving.sql"),
    include_str!("../../migrations/0003_facts.sql"),
    include_str!("../../migrations/0004_notices.sql"),
    include_str!("../../migrations/0005_merged_accounts.sql"),
    include_str!("../../migrations/0006_beneath.sql"),
    include_str!("../../migrations/0007_notices_of_stores.sql"),
    include_str!("../../migrations/0008_alike.sql"),
    include_str!("../../migrations/0009_plan.sql"),
    include_str!("../../migrations/0010_lies_in.sql"),
    include_str!("../../migrations/0011_practice.sql"),
    include_str!("../../migrations/0012_promises.sql"),
    include_str!("../../migrations/0013_handovers.sql"),
];

/// The version that this code reads and writes.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings a sound file to [`VERSION`].
///
/// # Errors
/// `not_a_store` for another application's database, `store_too_new` for a later version's.
pub fn migrate(connection: &Connection, path: &Path) -> Result<(), Failure> {
    let found = pragma(connection, "user_version")?;
    let owner = pragma(connection, "application_id")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner != APPLICATION_ID && (found != 0 || tables != 0) {
        return Err(Failure::NotAStore(path.to_owned()));
    }
    let Some(missing) = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found..)) else {
        return Err(Failure::TooNew { found, known: VERSION });
    };
    for (version, statements) in (found + 1..).zip(missing) {
        let step = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        step.execute_batch(statements)?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Failure> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}
