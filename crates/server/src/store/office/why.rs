//! Why something is here, is not here, or is held: the entries of the log that concern it as plain sentences, each with
//! its position, and for a record on a device the lease that brings it there or keeps it away.

mod on_device;
mod steps;
mod subject;

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, RecordId};
use serde::Serialize;
use uuid::Uuid;

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhySubject {
    /// A record; with a device, also whether it is there.
    Record(RecordId, Option<DeviceId>),
    /// A change, by its hash.
    Change([u8; 32]),
    /// A pushed item: device, store generation, push number.
    Item(DeviceId, u32, u64),
}

/// How something stands in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhyStanding)]
pub enum Standing {
    /// It is in the record.
    InTheRecord,
    /// It is held until somebody decides.
    Held,
    /// It was held and has its fate, another than release.
    Settled,
    /// It was refused for good.
    Refused,
    /// The device has not sent it, as far as the server knows.
    NotArrived,
}

/// The answer.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Why {
    /// How it stands.
    pub standing: Standing,
    /// The answer in a sentence.
    pub text: String,
    /// The record that it is about.
    pub record_id: Option<Uuid>,
    /// Its account.
    pub account_id: Option<Uuid>,
    /// What happened, in the order of the log. Of a long history the last part.
    pub steps: Vec<Step>,
    /// How many steps before them are left out.
    pub left_out: i64,
    /// Whether it is on the device that was asked about, and why.
    pub on_device: Option<OnDevice>,
    /// Whose work it is; not for others to see if it is not in the record.
    #[serde(skip)]
    pub owner: Option<Uuid>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = WhyStep)]
pub struct Step {
    /// Where in the log.
    pub position: i64,
    /// When the server wrote it down.
    pub at: DateTime<Utc>,
    /// The word for the entry's type.
    pub what: String,
    /// What happened, in a sentence.
    pub text: String,
}

/// Whether a record is on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = WhyOnDevice)]
pub struct OnDevice {
    /// The device.
    pub device_id: Uuid,
    /// How it is.
    pub state: Presence,
    /// The lease that decides, if there is one.
    pub lease_id: Option<Uuid>,
    /// Why, in a sentence.
    pub text: String,
}

/// How a record and a device stand to each other. The server knows what a device was given, not how far it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhyPresence)]
pub enum Presence {
    /// It is under an open lease, and the device has been in touch since the grant.
    There,
    /// It is under an open lease, and the device has not been in touch since the grant: it comes by a fill.
    Coming,
    /// The lease is withdrawn and the device still hands over: it is there until then.
    Draining,
    /// The lease is closed: the device has removed it.
    Purged,
    /// The device never had a lease on its account.
    NeverGranted,
    /// The record is not in the record of the server, so it is on no other device than the one that made it.
    NotInTheRecord,
}
