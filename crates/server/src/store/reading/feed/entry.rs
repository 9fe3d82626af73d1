//! What the rendered entries of the log hold, as the API describes them. The rendering is the parent module's; a test there
//! holds the two together.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// An entry of the log. What its type does not say is absent.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// Its place in the log.
    position: u64,
    /// When the server took it.
    at: DateTime<Utc>,
    #[serde(rename = "type")]
    word: LogEntryType,
    /// The account it is about.
    #[schema(required = true)]
    account_id: Option<Uuid>,
    #[schema(required = true)]
    account_name: Option<String>,
    /// The record it is about, and of which kind that is.
    #[schema(required = true)]
    record_id: Option<Uuid>,
    #[schema(required = true)]
    kind: Option<String>,
    /// The device it came from, or is for.
    #[schema(required = true)]
    device_id: Option<Uuid>,
    #[schema(required = true)]
    device_name: Option<String>,
    /// Who did it.
    #[schema(required = true)]
    person_id: Option<Uuid>,
    #[schema(required = true)]
    person_name: Option<String>,
    /// `changes`: whether the record began with it.
    #[schema(nullable = false)]
    created: Option<bool>,
    /// `changes`: when it was captured, by the clock of whoever wrote it.
    captured_at: Option<DateTime<Utc>>,
    /// `changes`: whether it came after its lease was withdrawn.
    #[schema(nullable = false)]
    late: Option<bool>,
    /// The push number, if a device pushed it.
    number: Option<u64>,
    /// `changes`: how many.
    #[schema(nullable = false)]
    changes: Option<u64>,
    /// What was written.
    #[schema(nullable = false)]
    fields: Option<LogFields>,
    /// `decision`: what was asked for, and the state that followed.
    #[schema(nullable = false)]
    verb: Option<String>,
    #[schema(nullable = false)]
    state: Option<String>,
    order_number: Option<String>,
    total_minor: Option<i64>,
    currency: Option<String>,
    request_id: Option<Uuid>,
    effective_at: Option<DateTime<Utc>>,
    /// `decision`: codes of why an order needs an approval.
    reasons: Option<Vec<String>>,
    /// Why, in the words of who did it.
    text: Option<String>,
    /// `granted`, `withdrawn`: how many.
    #[schema(nullable = false)]
    leases: Option<u64>,
    #[schema(nullable = false)]
    accounts: Option<LogAccounts>,
    /// `withdrawn`: what becomes of late work, and until when.
    #[schema(nullable = false)]
    late_policy: Option<String>,
    grace_until: Option<DateTime<Utc>>,
    /// The word of whoever planned it.
    note: Option<String>,
    /// `closed`: the lease.
    #[schema(nullable = false)]
    lease_id: Option<Uuid>,
    /// `reference`: the set, and how many of its keys.
    #[schema(nullable = false)]
    set: Option<String>,
    #[schema(nullable = false)]
    items: Option<u64>,
    /// `held`, `refused`: why.
    #[schema(nullable = false)]
    code: Option<String>,
    #[schema(nullable = false)]
    rule: Option<String>,
    #[schema(nullable = false)]
    path: Option<Vec<String>>,
    /// `fate`: which.
    #[schema(nullable = false)]
    fate: Option<String>,
    /// `placed`: where the accounts lie now.
    #[schema(nullable = false)]
    territory_id: Option<Uuid>,
    /// `revoked`: whether the device was cut off at once.
    #[schema(nullable = false)]
    blocked: Option<bool>,
    /// `alias`: the account that it was merged into.
    #[schema(nullable = false)]
    root_id: Option<Uuid>,
    /// `conflict`: the device entry that brought the late values.
    source_id: Option<Uuid>,
    /// If it was asked for: what was done, in a word, and what the record is called. Null where an entry is of no record.
    summary: Option<LogSummary>,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogEntryType {
    /// Changes that are in the record.
    Changes,
    /// A word of the centre on an order.
    Decision,
    /// Leases that a device was given.
    Granted,
    /// Leases that it loses.
    Withdrawn,
    /// A lease that it handed over.
    Closed,
    /// Reference data that was published.
    Reference,
    /// Work that is kept whole, and not in the record.
    Held,
    /// Work that is not taken.
    Refused,
    /// What became of held work.
    Fate,
    /// Accounts that came to lie elsewhere.
    Placed,
    /// A device that is taken out of use.
    Revoked,
    /// A device that has wiped itself.
    Wiped,
    /// An account that was merged into another.
    Alias,
    /// Late values that did not override newer ones.
    Conflict,
}

/// How many accounts (`granted`), or which, and where they lay before (`placed`).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum LogAccounts {
    /// How many.
    Count(u64),
    /// Which.
    Placed(Vec<LogPlaced>),
}

/// An account that came to lie elsewhere.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogPlaced {
    account_id: Uuid,
    /// Where it lay before, if anywhere.
    #[schema(required = true)]
    previous_territory_id: Option<Uuid>,
}

/// The names of fields (`changes`), or what stands in each and what came late (`conflict`).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum LogFields {
    /// Their names.
    Names(Vec<String>),
    /// What stands, and what came late.
    Contested(Vec<LogContested>),
}

/// A field with a late value.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogContested {
    path: Vec<String>,
    /// What stands.
    #[schema(value_type = serde_json::Value)]
    kept: Json,
    /// What came late.
    #[schema(value_type = serde_json::Value)]
    late: Json,
}

/// What a line says of an entry.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSummary {
    /// What was done: a decision's verb, what a person would call the change, else the entry's type.
    action: String,
    #[schema(required = true)]
    record_id: Option<Uuid>,
    #[schema(required = true)]
    kind: Option<String>,
    #[schema(required = true)]
    account_id: Option<Uuid>,
    #[schema(required = true)]
    account_name: Option<String>,
    #[schema(required = true)]
    person_id: Option<Uuid>,
    #[schema(required = true)]
    person_name: Option<String>,
    /// What the record is called, and how it stands.
    #[schema(required = true)]
    title: Option<String>,
    #[schema(required = true)]
    state: Option<String>,
    #[schema(required = true)]
    outcome: Option<String>,
    #[schema(required = true)]
    total_minor: Option<i64>,
    #[schema(required = true)]
    currency: Option<String>,
}

impl LogEntry {
    /// The word for its type.
    #[must_use]
    pub fn word(&self) -> LogEntryType {
        self.word
    }
}
