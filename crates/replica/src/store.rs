//! The device's store: one SQLite file, one transaction at a time. Everything that the engine wants kept goes through
//! [`Store::transaction`]; everything that people look at is in [`crate::queries`]. It knows no network.
//!
//! A transaction that returned is on the disk: write-ahead log with `synchronous = FULL`, one fsync each. The file is
//! checked when it is opened; a damaged one is set aside whole, never deleted.

mod accounts;
pub(crate) mod alike;
pub(crate) mod device;
pub mod failure;
pub(crate) mod files;
pub(crate) mod items;
mod kinds;
pub(crate) mod leases;
mod open;
pub mod presentation;
pub(crate) mod records;
mod reference;
mod schema;
mod tx;
pub(crate) mod values;
mod views;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use roadbook_model::RecordId;
use roadbook_sync::device::{DeviceRow, Known, Rows, StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use failure::Failure;
pub use schema::VERSION;

pub(crate) use tx::Tx;

/// A device's store, open.
#[derive(Debug)]
pub struct Store {
    /// A second connection, so that looking things up does not wait for a page being applied. It stands first so that it
    /// is closed first: the last one to close moves the journal into the file, which a reader cannot.
    reader: Option<Mutex<Connection>>,
    writer: Mutex<Connection>,
    known: Known,
    path: Option<PathBuf>,
    _lock: Option<File>,
}

impl Store {
    /// Opens the store in this file, or makes one, after a check of the whole file.
    ///
    /// # Errors
    /// `home_in_use` while another process has it open; `store_damaged` when the check found damage: the file is then
    /// set aside as `<name>.damaged-N` and the next open makes a fresh store; `not_a_store` and `store_too_new` for
    /// files that are sound but not for this program; `disk_full` and others as [`Failure`] says.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::open_as(path, Known::ALL)
    }

    /// The same as a version of the app does that knows these kinds.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_as(path: &Path, known: Known) -> Result<Self, Failure> {
        let lock = files::lock(path)?;
        files::finish_setting_aside(path)?;
        let writer = match open::checked(path, &known) {
            Err(damage) if damage.is_damage() => {
                let kept = files::set_aside(path, files::DAMAGED)?;
                return Err(Failure::Damaged { kept, why: open::words(&damage) });
            }
            other => other?,
        };
        let reader = open::reader(path)?;
        files::keep_reserve(path);
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Some(Mutex::new(reader)),
            known,
            path: Some(path.to_owned()),
            _lock: Some(lock),
        })
    }

    /// An empty store that lives as long as this value: for tests and simulations.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn open_in_memory() -> Result<Self, Failure> {
        let known = Known::ALL;
        Ok(Self {
            writer: Mutex::new(open::in_memory(&known)?),
            reader: None,
            known,
            path: None,
            _lock: None,
        })
    }

    /// Does `work` in one transaction and commits it if it succeeds. On an error, or if any statement failed meanwhile,
    /// nothing of it remains.
    ///
    /// # Errors
    /// What `work` returns; a [`StoreError`] that holds a [`Failure`] when the store itself failed.
    pub fn transaction<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut dyn Rows) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = hold(&self.writer);
        let open = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate).map_err(stored)?;
        let mut rows = Tx::new(&open, &self.known);
        let done = work(&mut rows)?;
        if rows.has_failed() {
            // SQLite may have rolled back already: whatever came after the failure must not count as saved.
            return Err(StoreError::from(Failure::Aborted).into());
        }
        open.commit().map_err(stored)?;
        Ok(done)
    }

    /// Reads, outside any transaction of the engine.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Failure> {
        let connection = hold(self.reader.as_ref().unwrap_or(&self.writer));
        // One snapshot for all the statements of one question.
        let snapshot = Transaction::new_unchecked(&connection, TransactionBehavior::Deferred)?;
        let found = work(&snapshot)?;
        snapshot.commit()?;
        Ok(found)
    }

    /// One statement of a person's own doing, outside of the engine's transactions.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        work(&hold(&self.writer))
    }

    /// Starts afresh: renames the store's file to `<name>.<word>-N`, goes on with an empty store that holds only this
    /// device row, and says where the old one is. Nothing of it is deleted, and the lock is kept throughout.
    ///
    /// # Errors
    /// When a file cannot be renamed or made. The store then refuses everything until it is opened again.
    pub fn start_afresh(&mut self, word: &str, device: &DeviceRow) -> Result<Option<PathBuf>, Failure> {
        self.reader = None;
        // Without a schema: whoever uses it after an error below gets errors, not an empty store.
        let closing = std::mem::replace(&mut self.writer, Mutex::new(Connection::open_in_memory()?));
        let closing = closing.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Closing moves the journal into the file, so that the kept store is one file.
        closing.close().map_err(|(_, error)| Failure::from(error))?;
        let Some(path) = &self.path else {
            self.writer = Mutex::new(open::in_memory(&self.known)?);
            self.put_device(device)?;
            return Ok(None);
        };
        let kept = files::set_aside(path, word)?;
        self.writer = Mutex::new(open::checked(path, &self.known)?);
        self.reader = Some(Mutex::new(open::reader(path)?));
        self.put_device(device)?;
        Ok(Some(kept))
    }

    /// Closes the store and deletes its files, with those of stores set aside. Whoever uses it after that gets errors.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub(crate) fn destroy(&mut self) -> Result<(), Failure> {
        self.reader = None;
        let closing = std::mem::replace(&mut self.writer, Mutex::new(Connection::open_in_memory()?));
        let closing = closing.into_inner().unwrap_or_else(PoisonError::into_inner);
        closing.close().map_err(|(_, error)| Failure::from(error))?;
        self.path.as_deref().map_or(Ok(()), files::delete_all)
    }

    /// Writes the device's row.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_device(&self, device: &DeviceRow) -> Result<(), Failure> {
        self.transaction(|rows| rows.put_device(device)).map_err(Failure::from)
    }

    /// The device's row, once there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn device(&self) -> Result<Option<DeviceRow>, Failure> {
        self.read(device::lookup)
    }

    /// Opens a store that was set aside, without a check and without changing its files, to read what is left in it.
    ///
    /// # Errors
    /// When not even that is possible.
    pub(crate) fn open_aside(path: &Path) -> Result<Self, Failure> {
        let writer = Mutex::new(open::aside(path)?);
        Ok(Self { writer, reader: None, known: Known::ALL, path: None, _lock: None })
    }

    /// The records of a store set aside, those first on which others depend; as many as can be read.
    pub(crate) fn records_to_carry(&self) -> Vec<RecordId> {
        let found = self.read(|c| Ok(records::legible(c)));
        found.unwrap_or_default()
    }

    /// Gives the reserve's space back to a full disk, so that what waits can be sent; says whether there was any. The
    /// next open takes a new reserve if there is room.
    pub fn release_reserve(&self) -> bool {
        let released = self.path.as_deref().is_some_and(files::release_reserve);
        if released {
            let connection = hold(&self.writer);
            // Only where a limit stands in for the disk's end does this change anything.
            let raised = open::raise_limit(&connection, files::RESERVE_BYTES);
            debug_assert!(raised.is_ok(), "{raised:?}");
        }
        released
    }

    /// For tests: the journal mode of the connection that commits, and how hard each commit is forced (`synchronous`).
    ///
    /// # Errors
    /// When SQLite does not say.
    pub fn forcing(&self) -> Result<(String, i64), Failure> {
        open::forcing(&hold(&self.writer))
    }

    /// For tests: pretends that the disk ends so many pages after what the file and its reserve hold now.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn limit_pages(&self, more: u32) -> Result<(), Failure> {
        open::limit(&hold(&self.writer), more)
    }
}

/// The connection, even if another thread panicked with it: its transaction was rolled back as it unwound.
fn hold(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stored(error: rusqlite::Error) -> StoreError {
    Failure::from(error).into()
}
