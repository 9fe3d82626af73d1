//! What the office does: people, territories and devices, moves, decisions, imports. Whatever devices must learn of it
//! goes through the log in the same transaction.

pub mod brief;
pub mod devices;
pub mod enrol;
pub mod import;
pub mod moves;
pub mod organisation;
pub mod people;
pub mod restore;
pub mod territories;
pub mod verdicts;

use roadbook_model::rule::Violation;
use roadbook_protocol::Reason;

use super::StoreError;

/// Why the office does not get what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such thing.
    #[error("there is no {what} {name:?}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// How it was named.
        name: String,
    },
    /// The organisation's tree or dates would not make sense.
    #[error("{0}")]
    Impossible(String),
    /// The rules of the ledger say no.
    #[error("{}", .0.text)]
    Refused(Reason),
    /// An imported record breaks a rule of its kind.
    #[error("record {record} cannot be imported: {}", .violation.text)]
    Violation {
        /// Which record.
        record: roadbook_model::RecordId,
        /// Which rule.
        violation: Violation,
    },
}

impl From<sqlx::Error> for OfficeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::Database(error))
    }
}

/// Shorthand.
pub type Done<T> = Result<T, OfficeError>;

fn unknown(what: &'static str, name: impl ToString) -> OfficeError {
    OfficeError::Unknown { what, name: name.to_string() }
}
