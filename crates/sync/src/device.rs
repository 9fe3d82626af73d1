//! The device's half: capture into the outbox, and the session that brings outbox and log together.
//!
//! Reading order: [`rows`] (what is kept), [`capture`] (how work gets in), [`session`] (one connection), then what its
//! frames do: [`receipts`], [`apply`], [`drain`]; [`reapply`] for what was held, [`leave`] for a device that is taken out of
//! use, [`merge`] for accounts that turned out to be one, [`kinds`] for records of a later version, [`recover`] for a store that
//! was copied or restored, and [`practice`], which is no work.

pub mod apply;
pub mod capture;
pub mod content;
pub mod drain;
pub mod error;
pub mod kinds;
pub mod leave;
pub mod merge;
pub mod practice;
pub mod reapply;
pub mod receipts;
pub mod recover;
pub mod rows;
pub mod session;

pub use capture::{Ctx, NewCapture};
pub use error::{CaptureError, SessionError, SignOutError};
pub use kinds::{KeptEnvelope, KeptKind};
pub use rows::{
    DeviceRow, Handover, ItemRow, LeaseRow, LeaseState, Leaving, Notice, RecordRow, Rows, StoreError, Stored,
    View,
};
pub use session::{Endpoint, Session, Signer};
