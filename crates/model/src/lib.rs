//! The field-sales model: kinds of record, field rules, permissions, states and rebase. Pure: no IO, no clock, no
//! randomness; what it needs of them is passed in.
//!
//! Reading order: [`id`] and [`envelope`] (what a record is), [`kind`] and [`kinds`] (what it may hold), [`value`]
//! (how its content is spoken of outside Automerge), [`document`] (content in an Automerge document), [`rule`] and
//! [`permission`] (what is checked before "saved" and again by the gate), [`state`] and [`money`] (what only the centre
//! decides, and how it counts), [`pricing`] (what an order costs, rule by rule), [`projection`] (content as JSON and as a row of the central record), [`rebase`] (how
//! work that was held is carried over), [`late`] (how late work is kept from overriding), [`membership`] (to which territory
//! an account belongs by the office's rules), [`brief`] (what one reads before the first visit), [`plan`] (whom to see, by which way,
//! and what a person's month comes to), [`process`] (how the house does
//! what it does again and again), [`schema`] (all of it as
//! data for other languages).

pub mod alike;
pub mod brief;
pub mod document;
pub mod envelope;
pub mod id;
pub mod kind;
pub mod kinds;
pub mod late;
pub mod limits;
pub mod membership;
pub mod money;
pub mod permission;
pub mod plan;
pub mod pricing;
pub mod process;
pub mod projection;
pub mod rebase;
pub mod rule;
pub mod schema;
pub mod state;
mod text;
pub mod value;

pub use envelope::Envelope;
pub use id::{
    AccountId, DepartmentId, DeviceId, HolderId, LeaseId, PersonId, ReassignmentId, RecordId, RequestId,
    RuleId, SessionId, TerritoryId,
};
pub use kind::{Kind, KindSpec};
pub use permission::{Role, Writer};
pub use rule::Violation;
pub use state::Verb;
pub use value::{Edit, Fields, Path, Value};
