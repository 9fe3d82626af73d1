//! Leaving: once the device has wiped its records and the server knows, everything else goes, the key last. A mark stands
//! in its place, so that a program that is killed in between goes on where it was.

use std::sync::PoisonError;

use serde::Deserialize;

use super::{Device, DeviceError};
use crate::identity::Home;
use crate::store::files;

/// What a store's report says of work that could not be carried over.
#[derive(Deserialize)]
struct Report {
    left: Vec<serde::de::IgnoredAny>,
}

impl Device {
    /// Whether a store set aside holds work that nobody else has: then the device is not wiped.
    pub(super) fn holds_unsent_work_aside(&self) -> Result<bool, DeviceError> {
        let store = self.home.store();
        if !files::asides(&store)?.is_empty() {
            return Ok(true);
        }
        let left = |report: &Vec<u8>| {
            serde_json::from_slice::<Report>(report).map_or(true, |report| !report.left.is_empty())
        };
        Ok(files::carried_reports(&store)?.iter().any(left))
    }

    /// Removes what is left: stores, identity, key.
    pub(super) fn finish_leaving(&self) -> Result<(), DeviceError> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        self.home.note_wiped(self.identity.device, self.now_ms())?;
        store.destroy()?;
        Ok(self.home.remove_identity()?)
    }
}

/// Goes on with what a program that was killed meanwhile had begun.
pub(super) fn finish_wiping(home: &Home) -> Result<(), DeviceError> {
    if home.is_half_wiped() {
        files::delete_all(&home.store())?;
        home.remove_identity()?;
    }
    Ok(())
}
