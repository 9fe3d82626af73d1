//! What can go wrong with the store, each with a stable code.

use std::io;
use std::path::PathBuf;

use roadbook_sync::device::StoreError;
use rusqlite::ErrorCode;
use thiserror::Error;

/// A failure of the device's store. Inside a transaction it travels in a [`StoreError`]; [`Failure::of`] finds it there, and `Failure::from` takes it out.
#[derive(Debug, Error)]
pub enum Failure {
    /// The disk (or the space given to the store) is full. Nothing of the transaction remains.
    #[error(
        "the device's storage is full, so this was not saved; free some space and save again. What was saved before \
         can still be read and sent"
    )]
    DiskFull(#[source] rusqlite::Error),
    /// Another process has the store open.
    #[error("{path} is in use by another program; close that one first", path = .0.display())]
    InUse(PathBuf),
    /// The file was damaged. It was set aside whole, and the next open starts a fresh store.
    #[error(
        "the device's store was damaged ({why}) and was set aside as {kept}; nothing of it was deleted. Open it again \
         to start a fresh store, then sync to fetch the records anew", kept = .kept.display()
    )]
    Damaged {
        /// Where the damaged file is now.
        kept: PathBuf,
        /// What the check said.
        why: String,
    },
    /// The file is a database of another application.
    #[error("{path} is not a Roadbook store; choose another home folder", path = .0.display())]
    NotAStore(PathBuf),
    /// The file was written by a later version.
    #[error("the store has version {found} and this program knows {known}; install the later program again")]
    TooNew {
        /// The file's version.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// An earlier statement of the transaction failed, so it cannot be continued or committed.
    #[error("this transaction failed earlier, so nothing of it was saved; try again")]
    Aborted,
    /// A row does not hold what it should.
    #[error(
        "a stored {what} cannot be read; sync again, and if it stays, set the store aside and enrol anew"
    )]
    Row {
        /// Which row.
        what: &'static str,
    },
    /// There is no device row yet: the device was never enrolled with this store.
    #[error("the store is empty; enrol the device first")]
    Empty,
    /// The file system refused.
    #[error("the file system refused access to {path}; check the folder's rights", path = .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// Anything else that SQLite says.
    #[error("the device's store failed; try again, and if it stays, restart the program")]
    Sqlite(#[source] rusqlite::Error),
    /// What another store said.
    #[error("the device's store failed; try again, and if it stays, restart the program")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull(_) => "disk_full",
            Self::InUse(_) => "home_in_use",
            Self::Damaged { .. } => "store_damaged",
            Self::NotAStore(_) => "not_a_store",
            Self::TooNew { .. } => "store_too_new",
            Self::Aborted => "transaction_aborted",
            Self::Row { .. } => "stored_row_unreadable",
            Self::Empty => "not_enrolled",
            Self::File { .. } => "file_access",
            Self::Sqlite(_) | Self::Other(_) => "store_failed",
        }
    }

    /// The failure inside an engine's store error, if it came from this store.
    pub fn of(error: &StoreError) -> Option<&Self> {
        error.0.downcast_ref()
    }

    /// Whether SQLite says that the file's content is not a sound database.
    pub(crate) fn is_damage(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }

    /// A failure to reach a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull => {
                Self::DiskFull(rusqlite::Error::ToSqlConversionFailure(source.into()))
            }
            _ => Self::File { path, source },
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(error),
            _ => Self::Sqlite(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error.0.downcast() {
            Ok(failure) => *failure,
            Err(other) => Self::Other(other),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}
