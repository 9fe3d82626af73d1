//! Leaving: a device that was told to hands over everything, then wipes itself, then says so (rules W2, W3). Its key goes
//! last, by the shell, once the server knows.

use roadbook_model::LeaseId;
use roadbook_protocol::ItemBody;

use super::capture::put_item;
use super::error::CaptureError;
use super::rows::{DeviceRow, LeaseState, Leaving, Rows, Stored};

/// Takes the order. What waits is still pushed.
pub(super) fn order(rows: &mut dyn Rows) -> Stored<()> {
    let mut device = rows.device()?;
    if device.leaving == Leaving::No {
        device.leaving = Leaving::Ordered;
        rows.put_device(&device)?;
    }
    Ok(())
}

/// Nothing new is captured on a device that leaves.
pub(super) fn must_stay(device: &DeviceRow) -> Result<(), CaptureError> {
    if device.leaving == Leaving::No { Ok(()) } else { Err(CaptureError::Leaving) }
}

/// Wipes the store if the order was given and nothing on it waits for an answer; says whether it did.
pub(super) fn wipe_when_empty(rows: &mut dyn Rows, now_ms: i64) -> Stored<bool> {
    let device = rows.device()?;
    if device.leaving != Leaving::Ordered
        || rows.waiting()?.0 > 0
        || !rows.leases_in(LeaseState::Frozen)?.is_empty()
    {
        return Ok(false);
    }
    rows.wipe()?;
    let device = DeviceRow { leaving: Leaving::Wiped, digest: 0, ..device };
    rows.put_device(&device)?;
    put_item(rows, device, now_ms, LeaseId::from_bytes([0; 16]), None, ItemBody::Wiped)?;
    Ok(true)
}

/// Whether everything is gone and the server has been told.
pub(super) fn is_over(rows: &mut dyn Rows) -> Stored<bool> {
    Ok(rows.device()?.leaving == Leaving::Wiped && rows.waiting()?.0 == 0)
}

/// Whether everything is gone: then the server's word that it knows is believed, though nobody signed it.
pub(super) fn is_wiped(rows: &mut dyn Rows) -> Stored<bool> {
    Ok(rows.device()?.leaving == Leaving::Wiped)
}
