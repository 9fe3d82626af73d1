//! Reassignment: accounts that go to other territories, and territories that others come to hold, as one resource.
//!
//! ```text
//! plan      who and what is resolved and checked; the accounts of a plan are a list
//! list      at its time: where they lie by then, and what took over from territories out of use
//! stage     outside the log's lock: what each device loses and gets, worked out in one statement at one moment
//! flip      inside it: is that still so? then one append of entries, and one updated row
//! follow    afterwards, in small pieces: leases, places and the central record are brought in line with the entries
//! ```
//!
//! From the flip on the reassignment is in effect for everybody: what the rows do not say yet is read from the entries
//! (`store::flight`). A stop between any two steps loses nothing: a plan that is due is taken up again, and so are rows
//! that have still to follow.
//!
//! Who holds a lease is always the difference between who is entitled and who holds one, counted over all reasons. So
//! every kind of reassignment is a change of where accounts lie or of who holds territories, and nothing else.
//!
//! Reading order: this page, [`plan`], `stage`, [`effect`], [`follow`], [`due`] (at a time, covers that come back, how it
//! ends), [`progress`] (what is told of it).

pub mod due;
pub mod effect;
pub mod follow;
mod holders;
mod in_flight;
mod list;
pub mod placements;
pub mod plan;
pub mod preview;
pub mod progress;
mod select;
mod stage;
pub mod table;
mod turnstile;

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, PersonId, ReassignmentId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use serde::{Deserialize, Serialize};

pub(super) use self::plan::Deed;
pub(super) use self::stage::{Differences, accounts_in, basis, differences};
use crate::store::StoreError;

/// Longest grace period.
pub const GRACE_S_MAX: i64 = 10 * 365 * 86_400;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// Most accounts of one reassignment.
pub const ACCOUNTS_MAX: usize = 200_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReassignment {
    /// What changes hands.
    pub what: Selection,
    /// To whom or where; only a list with destinations of its own has none.
    pub to: Option<Target>,
    /// A cover comes back by itself then; absent, it is for good.
    pub ends_at: Option<DateTime<Utc>>,
    /// When it takes effect; absent, now.
    pub effect_at: Option<DateTime<Utc>>,
    /// The terms for those who lose.
    pub terms: Terms,
    /// Accounts may come to lie where nobody holds them.
    pub allow_unheld: bool,
    /// What a preview said: should anything that it was made from have changed since, nothing is done.
    pub basis: Option<Basis>,
}

impl NewReassignment {
    /// For good, now, on the usual terms.
    pub fn now(what: Selection, to: Option<Target>) -> Self {
        let terms = Terms::default();
        Self { what, to, ends_at: None, effect_at: None, terms, allow_unheld: false, basis: None }
    }
}

/// What changes hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These accounts.
    Accounts(Vec<AccountId>),
    /// These accounts, each to a territory of its own.
    Each(Vec<(AccountId, TerritoryId)>),
    /// The accounts that a filter finds.
    Filter(AccountFilter),
    /// A territory: to a person, who then holds it; to another territory, the accounts in it and its parts.
    Territory(TerritoryId),
    /// What a person holds: to another person, who then holds it; to a territory, the accounts in it.
    Person(PersonId),
}

/// Accounts by what their profile says. All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountFilter {
    /// In this territory or a part of it.
    pub territory_id: Option<TerritoryId>,
    /// Its class.
    pub segment: Option<String>,
    /// The beginning of its postal code.
    pub postal_code: Option<String>,
    /// Its town.
    pub city: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// One of its tags.
    pub tag: Option<String>,
}

/// To whom or where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Accounts come to lie there.
    Territory(TerritoryId),
    /// Comes to hold, or holds, where they lie.
    Person(PersonId),
    /// Accounts come to lie in the territory that this person holds.
    TerritoryOf(PersonId),
}

/// The terms for those who lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What happens to late work.
    pub late_policy: LatePolicy,
    /// For how long after the effect, in seconds; then review.
    pub grace_s: i64,
    /// A word for the people concerned.
    pub note: Option<String>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { late_policy: LatePolicy::Accept, grace_s: 30 * 86_400, note: None }
    }
}

/// What a preview was made from: the log's head and the count of changes of who is entitled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The log's head.
    pub position: u64,
    /// How often who is entitled had changed.
    pub changes: i64,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.position, self.changes)
    }
}

impl FromStr for Basis {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (position, changes) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self { position: position.parse()?, changes: changes.parse()? })
    }
}

/// Whether accounts go elsewhere or territories come to be held by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Accounts go to other territories.
    Accounts,
    /// Others come to hold territories.
    Holders,
}

impl Shape {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Holders => "holders",
        }
    }
}

/// Why a reassignment is not made, or not done to.
#[derive(Debug, thiserror::Error)]
pub enum ReassignmentError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database failed on the way. What was ordered may stand already, and then takes effect by itself.
    #[error(
        "the database failed while this was done; if it was written down, it takes effect by itself soon: look at \
         reassignment {id} before you order it again; there is none if nothing was done"
    )]
    Unsettled {
        /// The id under which it stands, if it does.
        id: ReassignmentId,
        /// What failed.
        source: StoreError,
    },
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// It cannot be, and why.
    #[error("{text}")]
    Refused {
        /// The stable code of the reason.
        code: &'static str,
        /// What is wrong and what to do.
        text: String,
    },
}

impl ReassignmentError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "unavailable",
            Self::Unsettled { .. } => "outcome_unknown",
            Self::Unknown { what, .. } => match *what {
                "account" => "unknown_account",
                "territory" => "unknown_territory",
                "person" => "unknown_person",
                _ => "unknown_reassignment",
            },
            Self::Refused { code, .. } => code,
        }
    }
}

impl From<sqlx::Error> for ReassignmentError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl ReassignmentError {
    /// The same, once what was ordered under this id may have been written down.
    fn once_ordered(self, id: ReassignmentId) -> Self {
        match self {
            Self::Store(source) => Self::Unsettled { id, source },
            told => told,
        }
    }
}

/// Shorthand.
pub type Reassigned<T> = Result<T, ReassignmentError>;

fn unknown(what: &'static str, id: impl ToString) -> ReassignmentError {
    ReassignmentError::Unknown { what, id: id.to_string() }
}

fn refused(code: &'static str, text: impl Into<String>) -> ReassignmentError {
    ReassignmentError::Refused { code, text: text.into() }
}

fn stale() -> ReassignmentError {
    refused("stale", "somebody else moved some of this meanwhile; nothing was done, look again and repeat it")
}

fn not_there(id: ReassignmentId) -> ReassignmentError {
    unknown("reassignment", id)
}
