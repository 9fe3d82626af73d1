//! The office's inbox of work that is not in the record: what it is, who did it when, why it is not in, and what it would
//! have changed beside what stands now. An item is known by the log position at which it was set aside.
//!
//! [`read`] finds items, [`content`] makes them readable, [`settle`] gives them their fate.

pub mod content;
pub mod read;
pub mod settle;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use content::{Content, FieldChange};
pub use read::HeldFilter;

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldState {
    /// It waits for somebody to decide.
    Held,
    /// It has its fate.
    Settled,
    /// It was refused for good and is kept as evidence.
    Refused,
}

/// An item that is not in the record.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HeldItem {
    /// Its name here: the position of the log entry that set it aside.
    pub position: i64,
    /// How it stands.
    pub state: HeldState,
    /// Whose work it is.
    pub person_id: Uuid,
    /// The person's name.
    pub person_name: String,
    /// The device that pushed it.
    pub device_id: Uuid,
    /// What the device is called.
    pub device_name: String,
    /// The generation of that device's store.
    pub store_generation: i32,
    /// The push number.
    pub number: i64,
    /// When it was captured, by the device's clock.
    pub captured_at: Option<DateTime<Utc>>,
    /// When the server received it.
    pub received_at: DateTime<Utc>,
    /// The account, where known.
    pub account_id: Option<Uuid>,
    /// What the account is called.
    pub account_name: Option<String>,
    /// The record, if it is about one.
    pub record_id: Option<Uuid>,
    /// The stable code of the reason.
    pub code: String,
    /// The rule of the specification that asked for it.
    pub rule: String,
    /// The field, if it is about one.
    pub path: Vec<String>,
    /// The reason in words.
    pub text: String,
    /// The lease under which it was captured.
    pub lease: Option<LeaseStory>,
    /// What it holds.
    pub content: Content,
    /// What became of it; null while it waits.
    pub fate: Option<FateTold>,
}

/// What became of the lease under which an item was captured.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HeldLease)]
pub struct LeaseStory {
    /// The lease.
    pub id: Uuid,
    /// When it was granted; null for one whose account was held at birth.
    pub granted_at: Option<DateTime<Utc>>,
    /// The log position of its withdrawal, which made the work late.
    pub withdrawn_position: Option<i64>,
    /// When that was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// What was to happen with late work: accept, review or refuse.
    pub late_policy: Option<String>,
    /// Until when.
    pub grace_until: Option<DateTime<Utc>>,
    /// The word that the admin left for the person.
    pub note: Option<String>,
    /// The log position at which the device closed it.
    pub closed_position: Option<i64>,
}

/// What became of an item.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HeldFate)]
pub struct FateTold {
    /// `released`, `re_authored`, `re_applied` or `discarded`.
    pub fate: String,
    /// Who decided.
    pub by_id: Option<Uuid>,
    /// That person's name.
    pub by_name: Option<String>,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// The log position of the fate.
    pub position: Option<i64>,
    /// Why.
    pub text: Option<String>,
}
