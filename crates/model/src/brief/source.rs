//! Where a statement comes from, so that a screen can lead there and nobody has to believe it.

use serde::Serialize;

use crate::id::{DeviceId, LeaseId, RecordId};
use crate::value::Path;

/// One source of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Fields of a record.
    Record {
        /// The record.
        id: RecordId,
        /// The word of its kind.
        kind: &'static str,
        /// The fields, each as names from the root. Empty when it is about the record as a whole.
        fields: Vec<Path>,
    },
    /// A lease that its device has lost and not closed.
    Lease {
        /// The lease.
        id: LeaseId,
        /// Whose.
        device: DeviceId,
    },
    /// An item that was pushed and is not in the record.
    Item {
        /// Who pushed it.
        device: DeviceId,
        /// The generation of that device's store.
        store_generation: u32,
        /// The push number.
        number: u64,
    },
    /// An entry of the log.
    Entry {
        /// Its position.
        position: u64,
    },
}
