//! Connections: their settings, and the check of the file before it is trusted.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use roadbook_sync::device::Known;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::failure::Failure;
use super::{kinds, schema};

/// How long one connection of this process waits for the other.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// Prepared statements kept; there are fewer than this.
const STATEMENTS_KEPT: usize = 128;

/// The file's writing connection: checked, then brought to this version's schema and kinds.
pub(super) fn checked(path: &Path, known: &Known) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    // A damaged file must be set aside as it was found: closing must not write the journal into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    check(&connection)?;
    settle(&connection)?;
    schema::migrate(&connection, path)?;
    kinds::learn(&connection, known)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// A store that was set aside: neither checked nor brought to another version, and left as it is when closed.
pub(super) fn aside(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// A store without a file.
pub(super) fn in_memory(known: &Known) -> Result<Connection, Failure> {
    let connection = Connection::open_in_memory()?;
    settle(&connection)?;
    schema::migrate(&connection, Path::new(":memory:"))?;
    kinds::learn(&connection, known)?;
    Ok(connection)
}

/// What a failed check said, without the layers around it.
pub(super) fn words(failure: &Failure) -> String {
    failure.source().map_or_else(|| failure.to_string(), ToString::to_string)
}

/// Ends the file's growth after so many more pages.
pub(super) fn limit(connection: &Connection, more: u32) -> Result<(), Failure> {
    let pages: u32 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    set_limit(connection, pages.saturating_add(more))
}

/// Lets the file grow by so many bytes more, if its growth has an end.
pub(super) fn raise_limit(connection: &Connection, bytes: usize) -> Result<(), Failure> {
    let limit: u32 = connection.pragma_query_value(None, "max_page_count", |row| row.get(0))?;
    let page_bytes: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = u32::try_from(bytes).unwrap_or(u32::MAX) / page_bytes.max(1);
    set_limit(connection, limit.saturating_add(pages))
}

fn set_limit(connection: &Connection, pages: u32) -> Result<(), Failure> {
    // SQLite's own limit is just below 2^32; it takes no more than that, whatever is asked for.
    Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
}

fn check(connection: &Connection) -> Result<(), Failure> {
    connection.pragma_update(None, "cell_size_check", true)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let corrupt = ffi::Error { code: ErrorCode::DatabaseCorrupt, extended_code: ffi::SQLITE_CORRUPT };
    Err(Failure::Sqlite(rusqlite::Error::SqliteFailure(corrupt, Some(verdict))))
}

fn settle(connection: &Connection) -> Result<(), Failure> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // What is purged is overwritten, as far as that costs no extra writes.
    connection.pragma_update_and_check(None, "secure_delete", "fast", |_| Ok(()))?;
    Ok(())
}

/// The journal mode of a connection, and how hard it forces its commits.
pub(super) fn forcing(connection: &Connection) -> Result<(String, i64), Failure> {
    let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    let synchronous = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    Ok((mode, synchronous))
}
