//! `roadbook verify`: the log folded a second time, beside the live tables, and compared.
//!
//! First, does the chain hold from the first entry on? If it does: does every record's document and decision come out of
//! the log as it is stored; does the central record come out as it stands; and does what the server judges the next item
//! by: leases, receipts, what is held, answered requests, reference data. All of it happens in one transaction that sees
//! one moment and is rolled back.

mod answers;
mod chain;
mod compare;
mod fold;
mod leases;
mod reference;

use std::fmt;

use roadbook_model::RecordId;
use sqlx::{Postgres, Transaction};
use tracing::instrument;

use super::{Store, Stored};

/// The schema of the second record, as long as it exists.
const BESIDE: &str = "record_check";
/// Problems that are told one by one; more are only counted.
const TOLD_MAX: usize = 100;

/// What was verified, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Entries whose hash and place in the chain were checked.
    pub entries: u64,
    /// Records that were folded again.
    pub records: u64,
    /// Rows of the central record that were compared.
    pub rows: u64,
    /// Changes whose place in the index was compared.
    pub changes: u64,
    /// Leases that were compared.
    pub leases: u64,
    /// Receipts that were held against the entries in which the word stands.
    pub receipts: u64,
    /// Items that were held or refused, compared likewise.
    pub held: u64,
    /// Answered requests that were compared.
    pub requests: u64,
    /// Keys of reference data that were compared.
    pub references: u64,
    /// What does not hold; the first hundred.
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub problem_count: usize,
}

/// Told of a verification that goes on.
pub type Tell = fn(&Verification);

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A position is missing.
    Gap {
        /// The position.
        position: u64,
    },
    /// An entry's bytes are not those that were hashed.
    Altered {
        /// Its position.
        position: u64,
    },
    /// An entry does not follow from the one before.
    Unchained {
        /// Its position.
        position: u64,
    },
    /// An entry cannot be read or applied.
    Unreadable {
        /// Its position.
        position: u64,
    },
    /// A stored document is not what the log makes of it.
    Document {
        /// The record.
        record: RecordId,
        /// What differs.
        what: &'static str,
    },
    /// A row stands in a table and the log does not account for it.
    Unfounded {
        /// The table.
        table: String,
        /// The row, as JSON.
        row: String,
    },
    /// A row stands otherwise than the log makes it.
    Differs {
        /// The table.
        table: &'static str,
        /// Which row.
        row: String,
        /// What differs.
        what: &'static str,
    },
    /// The log makes a row that the table does not have.
    Missing {
        /// The table.
        table: String,
        /// The row, as JSON.
        row: String,
    },
}

impl Verification {
    /// Whether everything holds.
    pub fn is_sound(&self) -> bool {
        self.problem_count == 0
    }

    fn report(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < TOLD_MAX {
            self.problems.push(problem);
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { position } => write!(f, "entry {position} is missing"),
            Self::Altered { position } => {
                write!(f, "entry {position} was altered: its content does not match its hash")
            }
            Self::Unchained { position } => {
                write!(f, "entry {position} does not follow from the one before it")
            }
            Self::Unreadable { position } => write!(f, "entry {position} cannot be read or applied"),
            Self::Document { record, what } => {
                write!(f, "record {record} is stored with another {what} than the log gives")
            }
            Self::Unfounded { table, row } => {
                write!(f, "{table} has a row that the log does not give: {row}")
            }
            Self::Differs { table, row, what } => {
                write!(f, "{table} has another {what} for {row} than the log gives")
            }
            Self::Missing { table, row } => write!(f, "{table} lacks a row that the log gives: {row}"),
        }
    }
}

impl Store {
    /// Folds the log a second time and compares.
    pub async fn verify(&self) -> Stored<Verification> {
        self.verify_telling(|_| {}).await
    }

    /// The same, telling how far it is: what was counted until then.
    #[instrument(name = "db.log.verify", skip_all, err(level = "debug"))]
    pub async fn verify_telling(&self, tell: Tell) -> Stored<Verification> {
        let mut found = Verification::default();
        let mut tx = self.begin_followed().await?;
        let said = chain::check(&mut tx, &mut found, tell).await?;
        if found.is_sound() {
            compare::prepare(&mut tx).await?;
            fold::records(&mut tx, &said.accounts, self.settings.digest_key, &mut found, tell).await?;
            compare::tables(&mut tx, &mut found).await?;
            leases::compare(&mut tx, said.leases, &mut found).await?;
            answers::compare(&mut tx, said.answers, &mut found).await?;
            reference::compare(&mut tx, said.references, &mut found).await?;
        }
        tx.rollback().await?;
        Ok(found)
    }

    /// A transaction that sees one moment at which all rows have followed the log.
    async fn begin_followed(&self) -> Stored<Transaction<'static, Postgres>> {
        loop {
            self.follow().await?;
            let mut tx = self.pool.begin_with("begin isolation level repeatable read").await?;
            let query = sqlx::query_scalar!(
                r#"select exists (select from org.reassignment where followed_position < last_position) as "it!""#
            );
            if !query.fetch_one(&mut *tx).await? {
                return Ok(tx);
            }
        }
    }
}
