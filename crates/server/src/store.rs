//! The store: one Postgres database, which is one organisation. Decisions are made in `roadbook-sync`; here is how its
//! rows are fetched and kept.
//!
//! Reading order: [`open`] (connect, migrate, settle), [`append`] (the one way anything gets into the log), [`writer`]
//! (pushes of many devices in one commit), [`gate`] (the part of that which needs no lock), [`wake`] (who hears of a new
//! position), [`reading`] (what a device or the office reads), [`office`] (people, territories, devices, imports),
//! [`verify`] (the log folded a second time), [`reader`] (logins for BI tools).

pub mod append;
pub mod cells;
mod fetch;
mod flight;
pub mod gate;
pub mod office;
pub mod open;
mod persist;
mod pricing;
mod project;
pub mod reader;
pub mod reading;
pub mod sign_in;
pub mod verify;
pub mod wake;
pub mod writer;

use std::sync::Arc;

use roadbook_protocol::Tag16;
use sqlx::PgPool;
use tokio::sync::Mutex;

use self::wake::Wake;
use self::writer::Writer;

/// The store, open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    settings: Settings,
    wake: Arc<Wake>,
    writer: Writer,
    /// Whoever lets rows follow: one at a time, so that those who wait for it hold no connection.
    following: Arc<Mutex<()>>,
}

/// The organisation's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The server's epoch: another after a restore.
    pub epoch: Tag16,
    /// The key for record digests.
    pub digest_key: Tag16,
}

/// The database failed, or holds what it should not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres or the way to it.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value that cannot be read back.
    #[error("the database holds an unreadable {what}; run `roadbook verify` and restore from a backup")]
    Unreadable {
        /// What it should be.
        what: &'static str,
    },
    /// Work broke off: a fault of the program's.
    #[error("{what} broke off; this is a fault in Roadbook, please report it with the log around it")]
    Broken {
        /// What did.
        what: &'static str,
    },
    /// A task of the store ended.
    #[error("the store is closing")]
    Closing,
}

/// The classes of SQLSTATE by which Postgres refuses a value and would refuse it again: data exception, integrity
/// constraint, check option, program limit, and what a trigger raises. All others (connection, serialisation, resources,
/// an operator's hand, a fault of ours) say nothing about the value.
const REFUSALS: [&str; 5] = ["22", "23", "44", "54", "P0"];
/// The SQLSTATE of a day or moment that Postgres' calendar does not have.
const NO_MOMENT: &str = "22008";

impl StoreError {
    /// Whether Postgres refused what it was to hold, rather than failed.
    pub fn is_refusal(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| REFUSALS.iter().any(|class| code.starts_with(class)))
    }

    /// Whether the same work would fail again whenever it is tried: it was refused, or it breaks the program off.
    pub fn is_of_the_work(&self) -> bool {
        self.is_refusal() || matches!(self, Self::Broken { .. })
    }

    /// Whether a day or moment was asked about that Postgres' calendar does not have.
    pub fn is_no_moment(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.code().as_deref() == Some(NO_MOMENT),
            Self::Database(sqlx::Error::Encode(_)) => true,
            _ => false,
        }
    }
}

/// Shorthand.
pub type Stored<T> = Result<T, StoreError>;

impl Store {
    /// The organisation's settings.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Who hears of new positions.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Pushes go here.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The connections, for reading.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}
