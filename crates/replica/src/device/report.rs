//! What a sync did.

use std::path::PathBuf;

use roadbook_model::RecordId;
use roadbook_model::rebase::RebaseConflict;
use roadbook_protocol::{Frame, Outcome};
use serde::Serialize;
use serde_json::Value as Json;

use super::sync::Road;
use crate::queries::plain;
use crate::transport::Traffic;

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SyncReport {
    /// The highest push number whose receipt is counted here.
    #[serde(skip)]
    pub(super) counted: u64,
    /// Who is told of each step.
    #[serde(skip)]
    pub(super) teller: Teller,
    /// The device was taken out of use: everything on it was handed over, and it has wiped itself.
    pub wiped: bool,
    /// The road that was taken in the end.
    pub road: Option<Road>,
    /// What went over the wire.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Pages of the log that came.
    pub pages: u32,
    /// Items that the server answered: in the record in time.
    pub in_record: u32,
    /// In the record, marked late.
    pub late: u32,
    /// Held.
    pub held: u32,
    /// Refused.
    pub refused: u32,
    /// Stores that had to be set aside, and where they are.
    pub set_aside: Vec<PathBuf>,
    /// What was carried over from stores set aside.
    pub carried: Carry,
}

/// Told of a report that grows.
pub type Tell = fn(&SyncReport);

/// Who is told of each step of a sync. It is no part of what the sync did: reports differ by that alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Teller(pub(super) Option<Tell>);

impl PartialEq for Teller {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// Work carried over from a store that was set aside.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Carry {
    /// Records whose work was captured again.
    pub records: Vec<RecordId>,
    /// Fields that others changed meanwhile: theirs stand.
    pub overruled: Vec<Overruled>,
    /// Work that could not be captured again. It is still in the store that was set aside.
    pub left: Vec<Left>,
}

/// Held work that was captured anew.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Anew {
    /// The new item's push number.
    pub number: u64,
    /// The record.
    pub record: RecordId,
    /// Fields that others changed meanwhile: theirs stand.
    pub overruled: Vec<Overruled>,
}

/// A field that others changed meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overruled {
    /// The record.
    pub record: RecordId,
    /// The field.
    pub path: Vec<String>,
    /// What was written here.
    pub ours: Json,
    /// What stands.
    pub theirs: Json,
}

/// Work that could not be captured again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Left {
    /// The record, if it is known.
    pub record: Option<RecordId>,
    /// Why, as a stable code.
    pub code: String,
    /// The store that still holds it.
    pub store: PathBuf,
}

impl Overruled {
    /// One conflict of a rebase.
    pub(super) fn of(record: RecordId, conflict: RebaseConflict) -> Self {
        Self {
            record,
            path: conflict.path,
            ours: conflict.held.map(plain).unwrap_or_default(),
            theirs: conflict.accepted.map(plain).unwrap_or_default(),
        }
    }
}

impl SyncReport {
    /// Counts what a frame from the server says.
    pub(super) fn note(&mut self, frame: &Frame) {
        self.count(frame);
        if let Some(tell) = self.teller.0 {
            tell(self);
        }
    }

    fn count(&mut self, frame: &Frame) {
        match frame {
            Frame::Page(_) => self.pages += 1,
            Frame::Receipts(receipts) => {
                // What is pushed again by a further request is answered again.
                for receipt in receipts.receipts.iter().filter(|receipt| receipt.number > self.counted) {
                    match receipt.outcome {
                        Outcome::InRecord { late: false } => self.in_record += 1,
                        Outcome::InRecord { late: true } => self.late += 1,
                        Outcome::Held(_) => self.held += 1,
                        Outcome::Refused(_) => self.refused += 1,
                    }
                }
                let highest = receipts.receipts.iter().map(|receipt| receipt.number).max();
                self.counted = self.counted.max(highest.unwrap_or(0));
            }
            _ => {}
        }
    }
}
