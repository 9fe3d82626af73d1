//! Taking devices out of use. A leaving one hands over what it has, into review, and wipes itself; a blocked one is not
//! spoken with any more.

use roadbook_model::DeviceId;
use roadbook_protocol::entry::{Author, LatePolicy, Revoked, Wiped};
use roadbook_protocol::{Entry, Outcome, Reason, code};

use super::book::Book;
use super::judge::{Halt, Pusher, Stop};
use super::place::Handover;
use super::rows::{DeviceState, ServerDevice};

/// What the log says of a device whose person signed out on it.
const SIGNED_OUT: &str = "its person signed out on the device";

impl Book {
    /// Takes a device out of use: all its leases are withdrawn, into review, and the log says so on its channel. To one
    /// that leaves this is the order to wipe itself (rule W1). Returns the position; none if it stood so already.
    pub fn revoke(&mut self, id: DeviceId, blocked: bool, note: Option<&str>) -> Option<u64> {
        let state = if blocked { DeviceState::Blocked } else { DeviceState::Leaving };
        let device = self.devices.get_mut(&id)?;
        // What left or was blocked never becomes less so.
        if device.state == state || (device.state != DeviceState::Active && !blocked) {
            return None;
        }
        device.state = state;
        self.out.devices.insert(id);
        for territory in self.territories.values_mut() {
            territory.devices.remove(&id);
        }
        let leases = self.leases.values().filter(|lease| lease.device == id && lease.is_open());
        let open = leases.map(|lease| lease.id).collect();
        let note = note.map(str::to_owned);
        let terms = Handover { policy: LatePolicy::Review, grace_until_ms: i64::MAX, note: note.clone() };
        self.withdraw(id, open, &terms);
        Some(self.append(Entry::Revoked(Revoked { device: id, blocked, note })))
    }

    /// Lets a device leave whose person signs out on it, if everything up to its last push number is answered (rule W6).
    /// Says whether that changed anything: one that leaves already was told so.
    ///
    /// # Errors
    /// When it is not this store's to ask for, or not yet.
    pub fn sign_out(&mut self, asks: Pusher, last_number: u64) -> Result<bool, Halt> {
        let device = self.devices.get(&asks.device).ok_or(Halt::Blocked)?;
        match device.state {
            DeviceState::Blocked => return Err(Halt::Blocked),
            DeviceState::Wiped => return Err(Halt::Wiped),
            DeviceState::Active | DeviceState::Leaving => {}
        }
        if device.store_generation != asks.store_generation {
            return Err(Halt::Stale);
        }
        if device.last_number != last_number {
            return Err(Halt::LeavesTooEarly { asked: last_number, answered: device.last_number });
        }
        Ok(self.revoke(asks.device, false, Some(SIGNED_OUT)).is_some())
    }

    /// A fresh store of a leaving device has not read its order: it lies before where the store begins.
    pub(super) fn repeat_order(&mut self, id: DeviceId) {
        if self.devices.get(&id).is_some_and(|device| device.state == DeviceState::Leaving) {
            self.append(Entry::Revoked(Revoked { device: id, blocked: false, note: None }));
        }
    }

    /// Rule W4: the last word of a device that was told to wipe itself.
    pub(super) fn take_wiped(
        &mut self,
        device: &ServerDevice,
        author: Author,
    ) -> Result<(u64, Outcome), Stop> {
        if device.state != DeviceState::Leaving {
            let text = "this device was not told to wipe itself; the office sees to it";
            return Err(Stop::refuse(Reason::new(code::WRONG_STATE, "W4", text)));
        }
        let (store_generation, number) = (author.store_generation, author.number);
        let entry = Wiped { device: device.id, store_generation, number };
        let position = self.append(Entry::Wiped(entry));
        if let Some(row) = self.devices.get_mut(&device.id) {
            row.state = DeviceState::Wiped;
        }
        self.out.devices.insert(device.id);
        Ok((position, Outcome::InRecord { late: false }))
    }
}
