//! A device's beginnings: enrolment, and a new store generation after a copy or a restore.

use roadbook_model::{DeviceId, TerritoryId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::{Mark, Nonce};

use super::book::Book;
use super::place::Handover;
use super::rows::{DeviceState, ServerDevice};

/// Why a device's store is not the live one, with the generation that the store says it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Another store of the device is: this one is a copy, or was restored.
    OtherStore(u32),
    /// The server was restored, and lacks what the store has read.
    ServerRestored(u32),
}

/// What a store that is not the live one gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// A generation of its own: the device as it is now.
    Given(Box<ServerDevice>),
    /// Nothing (rule S4): two copies of the device are in use, and took over from each other often enough.
    Cloned,
    /// Nothing for so many milliseconds (rule S5): a day's generations are given.
    TooOften(u32),
}

impl Book {
    /// Takes a device in and grants it its scope: its person's territories, and every account in the scope. The device must
    /// stand in its territories' rows already. Its store starts to read at the head before the grant.
    pub fn enrol(&mut self, mut device: ServerDevice, territories: &[TerritoryId]) -> Mark {
        let id = device.id;
        device.start = self.mark();
        let start = device.start;
        self.devices.insert(id, device);
        self.out.devices.insert(id);
        self.grant_scope(id, territories);
        start
    }

    /// Gives a device a new store generation. Leases of the old generation end, and the scope is granted anew: the fresh
    /// store is filled like a new device's.
    ///
    /// None of it when copies of the device take over from each other without end: the live one works on (rule S4). Nor when
    /// a day's generations are given (rule S5).
    pub fn renew(
        &mut self,
        id: DeviceId,
        territories: &[TerritoryId],
        nonce: Nonce,
        cause: Cause,
    ) -> Option<Renewal> {
        let now_ms = self.now_ms;
        let renewals = &mut self.devices.get_mut(&id)?.renewals;
        let (Cause::OtherStore(from) | Cause::ServerRestored(from)) = cause;
        let before = renewals.clone();
        if matches!(cause, Cause::OtherStore(_)) && !renewals.admits(from, now_ms) {
            return Some(Renewal::Cloned);
        }
        if let Err(wait_ms) = renewals.give(now_ms) {
            *renewals = before;
            return Some(Renewal::TooOften(wait_ms));
        }
        (renewals.used, renewals.from) = (false, from);
        let old = self.leases.values().filter(|lease| lease.device == id && lease.closed.is_none());
        let (open, frozen): (Vec<_>, Vec<_>) = old.partition(|lease| lease.is_open());
        let [open, frozen] =
            [open, frozen].map(|leases| leases.iter().map(|lease| lease.id).collect::<Vec<_>>());
        let terms = Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None };
        self.withdraw(id, open.clone(), &terms);
        let mark = self.mark();
        // Those that were being drained end too: nothing comes under them any more.
        for lease in open.into_iter().chain(frozen) {
            if let Some(row) = self.leases.get_mut(&lease) {
                row.closed = Some(mark.position);
                self.out.leases.insert(lease);
            }
        }
        let device = self.devices.get_mut(&id)?;
        device.store_generation += 1;
        device.last_number = 0;
        device.nonce = nonce;
        device.start = mark;
        let device = device.clone();
        self.out.devices.insert(id);
        match device.state {
            DeviceState::Active => self.grant_scope(id, territories),
            _ => self.repeat_order(id),
        }
        Some(Renewal::Given(Box::new(device)))
    }

    fn grant_scope(&mut self, id: DeviceId, territories: &[TerritoryId]) {
        let own = territories.iter().copied().map(Subject::Territory);
        let accounts = self
            .accounts
            .values()
            .filter(|row| self.territories.get(&row.territory).is_some_and(|t| t.devices.contains(&id)))
            .map(|row| Subject::Account(row.id));
        let subjects = own.chain(accounts).collect();
        self.grant(id, subjects, None);
    }
}
