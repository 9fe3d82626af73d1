//! What people look at: the reading half of the store, over the views that the engine keeps. Nothing here changes
//! anything, and every answer is one snapshot.

mod alike;
mod credit;
pub(crate) mod handovers;
pub(crate) mod notices;
mod outbox;
pub mod plan;
mod pricing;
mod record;
mod reference;
mod status;
mod summaries;

pub use alike::{Alike, AlikeFound};
pub use handovers::Handover;
pub use notices::Notice;
pub use outbox::{Item, Missing};
pub(crate) use plan::asked;
pub(crate) use record::plain;
pub use record::{ConflictField, ConflictSide, Decided, Record};
pub use reference::Reference;
pub use status::{Draining, Now, Status};
pub use summaries::{Page, Summary};

use roadbook_protocol::{Outcome, Receipt};
use serde::Serialize;

/// How far a record's or an item's work has come, told as it is: nothing counts as received before the server said so,
/// and nothing as in the record here before the log brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// In the central record, and known to be.
    InTheRecord,
    /// In the central record, marked as captured after the account was handed over.
    Late,
    /// The server has it; this device has not read that far in the log.
    OnTheServer,
    /// Saved here, not answered by the server.
    OnThisDevice,
    /// Not in the record: kept whole by the server until someone decides.
    Held,
    /// Not in the record, for good.
    Refused,
}

impl Word {
    /// The word for an item.
    pub(crate) fn of(receipt: Option<&Receipt>, cursor: u64) -> Self {
        let Some(receipt) = receipt else { return Self::OnThisDevice };
        match receipt.outcome {
            Outcome::Held(_) => Self::Held,
            Outcome::Refused(_) => Self::Refused,
            Outcome::InRecord { .. } if receipt.position > cursor => Self::OnTheServer,
            Outcome::InRecord { late: true } => Self::Late,
            Outcome::InRecord { late: false } => Self::InTheRecord,
        }
    }

    /// The word for a record whose items stand so: the one that people must know first.
    pub(crate) fn of_record(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().max().unwrap_or(Self::InTheRecord)
    }

    /// The word itself.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InTheRecord => "in_the_record",
            Self::Late => "late",
            Self::OnTheServer => "on_the_server",
            Self::OnThisDevice => "on_this_device",
            Self::Held => "held",
            Self::Refused => "refused",
        }
    }
}
