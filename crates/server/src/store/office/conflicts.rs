//! Conflicts: fields that several people wrote at once, and values that late work wrote over what others had written
//! since. Both stand in one inbox and on their record; resolving one writes once, for all replicas.
//!
//! [`index`] keeps them findable without opening a document, [`read`] lists them, [`resolve`] settles them.

pub mod index;
mod old;
pub mod read;
pub mod resolve;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a conflict came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConflictOrigin)]
pub enum Origin {
    /// Several people wrote the field and did not know of each other.
    Concurrent,
    /// Late work had written over what others wrote since its base; theirs was put back.
    Late,
    /// Work on an account that was merged into this one says what this one does not; `late` in `take` is its value.
    Merged,
}

/// A conflict.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Conflict {
    /// How it came to be.
    pub origin: Origin,
    /// The record.
    pub record_id: Uuid,
    /// The word of its kind.
    pub kind: String,
    /// The record's version: what a resolution names in If-Match.
    pub version: i64,
    /// The record's account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// The field: names from the root of the record to it.
    pub path: Vec<String>,
    /// Position of the log entry that last changed the record, or that tells of the late work.
    pub position: i64,
    /// What was written, the value that stands last.
    pub values: Vec<Side>,
}

/// One of the values.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ConflictSide)]
pub struct Side {
    /// What resolving it this way says in `take`: the hash of the change, or `kept` or `late`.
    pub take: String,
    /// What was written; null if it was cleared or removed.
    pub value: serde_json::Value,
    /// Whether it is the one that everybody sees meanwhile.
    pub stands: bool,
    /// Who wrote it.
    #[serde(flatten)]
    pub written: Written,
}

/// Who wrote a value, and when, as far as it is known.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = ConflictWriter)]
pub struct Written {
    /// The person.
    pub person_id: Option<Uuid>,
    /// The person's name.
    pub person_name: Option<String>,
    /// The device; null for the office and imports.
    pub device_id: Option<Uuid>,
    /// What the device is called.
    pub device_name: Option<String>,
    /// When, by the clock of who wrote.
    pub captured_at: Option<DateTime<Utc>>,
    /// When the server took it in.
    pub at: Option<DateTime<Utc>>,
    /// Where in the log.
    pub position: Option<i64>,
    /// Whether it came late.
    pub late: bool,
}
