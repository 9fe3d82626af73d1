//! What the office does: people, territories and devices, moves, decisions, imports. Whatever devices must learn of it
//! goes through the log in the same transaction.

pub mod accounts;
pub mod audit;
pub mod brief;
pub mod calls;
pub mod cases;
pub mod conflicts;
pub mod departments;
pub mod devices;
pub mod due;
pub mod duplicates;
pub mod enrol;
pub mod exports;
pub mod figures;
pub mod held;
pub mod holders;
pub mod idempotency;
pub mod import;
pub mod imports;
pub mod inbox;
pub mod links;
pub mod membership;
pub mod merge;
pub mod names;
pub mod opportunities;
pub mod orders;
pub mod organisation;
pub mod people;
pub mod placing;
pub mod processes;
mod published;
pub mod reach;
pub mod reassignments;
pub mod records;
pub mod reference;
pub mod restore;
pub mod sample;
pub mod search;
pub mod settings;
pub mod sheets;
pub mod tasks;
pub mod territories;
pub mod timeline;
pub mod tree;
pub mod unassigned;
pub mod verdicts;
pub mod visits;
pub mod why;

use roadbook_model::rule::Violation;
use roadbook_protocol::{Reason, code};

use self::reassignments::ReassignmentError;
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
    /// What was asked for cannot be, whatever the state of things.
    #[error("{text}")]
    Invalid {
        /// The stable code.
        code: &'static str,
        /// What is wrong and what to do.
        text: String,
    },
    /// What was asked for does not fit how things stand now.
    #[error("{text}")]
    Conflict {
        /// The stable code.
        code: &'static str,
        /// How things stand and what to do.
        text: String,
    },
    /// It has changed since it was read.
    #[error("this has changed since it was read (it is version {current} now); read it again")]
    Stale {
        /// The version that stands.
        current: i64,
    },
    /// The rules of the ledger say no.
    #[error("{}", .0.text)]
    Refused(Reason),
    /// What would be written breaks a rule of its kind.
    #[error("{}", .0.text)]
    Unfit(Reason),
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

impl OfficeError {
    /// Rule B7: what Postgres would not hold is the caller's matter, not a fault.
    fn of_append(error: StoreError) -> Self {
        if !error.is_refusal() {
            return Self::Store(error);
        }
        let text = format!("the database would not hold it ({error}); it stays as it is");
        Self::Refused(Reason::new(code::NOT_STORABLE, "B7", text))
    }
}

/// What a reassignment that serves something else ran into.
impl From<ReassignmentError> for OfficeError {
    fn from(error: ReassignmentError) -> Self {
        match error {
            ReassignmentError::Store(error) | ReassignmentError::Unsettled { source: error, .. } => {
                Self::Store(error)
            }
            ReassignmentError::Unknown { what, id } => Self::Unknown { what, name: id },
            ReassignmentError::Refused { code, text } => Self::Conflict { code, text },
        }
    }
}

/// Shorthand.
pub type Done<T> = Result<T, OfficeError>;

impl OfficeError {
    /// Something that cannot be, whatever the state of things.
    pub fn invalid(code: &'static str, text: impl Into<String>) -> Self {
        Self::Invalid { code, text: text.into() }
    }

    /// Something that does not fit how things stand now.
    pub fn conflict(code: &'static str, text: impl Into<String>) -> Self {
        Self::Conflict { code, text: text.into() }
    }
}

pub(in crate::store) fn unknown(what: &'static str, name: impl ToString) -> OfficeError {
    OfficeError::Unknown { what, name: name.to_string() }
}
