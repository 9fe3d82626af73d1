//! Signing out on the device: what waits is sent and answered first, then the server is asked to let the device leave, and
//! it wipes itself like any other that leaves (rules W6, W7). Where something would be lost, nothing happens.

use roadbook_sync::device::SignOutError;
use roadbook_sync::device::leave::Undecided;

use super::report::SyncReport;
use super::sync::SyncOptions;
use super::{Device, DeviceError};
use crate::transport::TransportError;

impl Device {
    /// Signs the device's person out: afterwards nothing of it is here, and everything is with the office.
    ///
    /// # Errors
    /// `unsent_work`, also when the server cannot be reached while work waits; `unsent_work_aside`; `undecided_work`, unless
    /// that is left to the office; as [`Device::sync`]. The device is as it was then, and works on.
    pub fn sign_out(&self, options: SyncOptions, undecided: Undecided) -> Result<SyncReport, DeviceError> {
        let mut report = self.report(options);
        if let Err(error) = self.come_to_rest(options, None, &mut report) {
            let waiting = self.status()?.waiting;
            return Err(if waiting > 0 { SignOutError::Unsent(waiting).into() } else { error });
        }
        if report.wiped {
            return Ok(report);
        }
        if self.holds_unsent_work_aside()? {
            return Err(SignOutError::UnsentAside.into());
        }
        self.come_to_rest(options, Some(undecided), &mut report)?;
        // At rest without having left: the server did not take it.
        if report.wiped { Ok(report) } else { Err(TransportError::Silent.into()) }
    }
}
