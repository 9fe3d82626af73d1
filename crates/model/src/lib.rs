//! The field-sales model: kinds of record, field rules, permissions, states and rebase. Pure: no IO, no clock, no
//! randomness; what it needs of them is passed in.
//!
//! Reading order: [`id`] and [`envelope`] (what a record is), [`kind`] and [`kinds`] (what it may hold), [`value`]
//! (how its content is spoken of outside Automerge), [`document`] (content in an Automerge document), [`rule`] (what is
//! checked before "saved" and again by the gate), [`decision`] (what only the centre can say), [`rebase`] (how work
//! that was held is carried over).

pub mod envelope;
pub mod id;
pub mod kind;
pub mod limits;
pub mod value;

pub use envelope::Envelope;
pub use id::{AccountId, DeviceId, LeaseId, PersonId, RecordId, RequestId, TerritoryId};
pub use kind::{Kind, KindSpec};
pub use value::{Edit, Fields, Path, Value};
