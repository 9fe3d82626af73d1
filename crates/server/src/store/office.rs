//! What the office does: people, territories and devices, moves, decisions, imports. Whatever devices must learn of it
//! goes through the log in the same transaction.

pub mod devices;
pub mod enrol;
pub mod holders;
pub mod import;
pub mod membership;
pub mod moves;
pub mod organisation;
pub mod people;
pub mod placing;
pub mod restore;
pub mod territories;
pub mod tree;
pub mod unassigned;
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
    /// It is understood and cannot be done as things stand.
    #[error("{text}")]
    Denied {
        /// Stable word for programs.
        code: &'static str,
        /// What is in the way and what to do.
        text: String,
    },
    /// The rules of the ledger say no.
    #[error("{}", .0.text)]
    Refused(Reason),
    /// A membership rule is none: its path begins with its number in the list, from 0.
    #[error("rule {}: {}", .0.path.join("."), .0.text)]
    Rule(Violation),
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

fn denied(code: &'static str, text: impl Into<String>) -> OfficeError {
    OfficeError::Denied { code, text: text.into() }
}

fn unknown(what: &'static str, name: impl ToString) -> OfficeError {
    OfficeError::Unknown { what, name: name.to_string() }
}
