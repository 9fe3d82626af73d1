//! Leaving: a device that was told to hands over everything, then wipes itself, then says so (rules W2, W3). Its key goes
//! last, by the shell, once the server knows. It is told by the office, or because its person signs out on it (rule W7).

use roadbook_model::LeaseId;
use roadbook_protocol::ItemBody;

use super::capture::put_item;
use super::error::{CaptureError, SignOutError};
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

/// What held and refused work, and notices that nobody read, do to signing out. The server has such work; nobody can capture
/// it anew from here any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undecided {
    /// They keep its person from it.
    #[default]
    Stops,
    /// Its person was told of them, and leaves them to the office.
    IsLeft,
}

/// Rule W7: whether nothing is lost if its person signs out now.
pub fn may_sign_out(rows: &mut dyn Rows, undecided: Undecided) -> Result<(), SignOutError> {
    if rows.device()?.leaving != Leaving::No {
        return Err(SignOutError::Leaving);
    }
    match rows.waiting()?.0 {
        0 => {}
        count => return Err(SignOutError::Unsent(count)),
    }
    match rows.undecided()? {
        count if count > 0 && undecided == Undecided::Stops => Err(SignOutError::Undecided(count)),
        _ => Ok(()),
    }
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
