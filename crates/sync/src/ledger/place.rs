//! Who holds a lease on an account: always the difference between who is entitled and who holds one now.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, TerritoryId};
use roadbook_protocol::entry::{Grant, Granted, LatePolicy, Placed, PlacedAccount, Subject, Withdrawn};
use roadbook_protocol::{Entry, limits};

use super::book::Book;
use super::rows::{Lease, PreparedEntry, Withdrawal};

/// Open leases by account and device.
pub(super) type Holders = BTreeMap<AccountId, BTreeMap<DeviceId, LeaseId>>;

/// The terms of a move.
#[derive(Clone, Debug)]
pub struct Handover {
    /// What happens to late work.
    pub policy: LatePolicy,
    /// Until when, in milliseconds since 1970.
    pub grace_until_ms: i64,
    /// A word for the people concerned.
    pub note: Option<String>,
}

impl Handover {
    /// Terms for a change that withdraws nothing.
    pub(super) const NOW: Self = Self { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None };

    /// The entry that withdraws leases on these terms.
    pub fn withdrawn(&self, device: DeviceId, leases: Vec<LeaseId>) -> Withdrawn {
        let Self { policy, grace_until_ms, note } = self.clone();
        Withdrawn { device, leases, policy, grace_until_ms, note }
    }
}

/// What a move did, or (of a copy of the book) would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Accounts that lie elsewhere now.
    pub accounts: u32,
    /// Devices that lost leases, with how many.
    pub withdrawn: BTreeMap<DeviceId, u32>,
    /// Devices that got leases, with how many.
    pub granted: BTreeMap<DeviceId, u32>,
}

impl Book {
    /// Moves accounts to a territory, with all that was merged with them (rule M2); those that lie there already are left
    /// alone. Every device concerned gets one entry, however many accounts move (rule L11 aside).
    pub fn place(
        &mut self,
        accounts: &[AccountId],
        to: TerritoryId,
        by: PersonId,
        terms: &Handover,
    ) -> Moved {
        let mut gaining = BTreeMap::new();
        let mut losing = BTreeMap::new();
        let mut placed = Vec::new();
        let accounts = self.whole(accounts);
        let holders = self.holders(&accounts);
        for account in accounts {
            let Some(row) = self.accounts.get_mut(&account).filter(|row| row.territory != to) else {
                continue;
            };
            let previous = Some(std::mem::replace(&mut row.territory, to));
            self.out.accounts.insert(account);
            placed.push(PlacedAccount { account, previous });
            self.compare(account, &holders, &mut gaining, &mut losing);
        }
        let count = u32::try_from(placed.len()).unwrap_or(u32::MAX);
        let mut moved = Moved { accounts: count, ..Moved::default() };
        for accounts in pieces(placed) {
            self.append(Entry::Placed(Placed { territory: to, accounts, by }));
        }
        self.carry_out(gaining, losing, terms, &mut moved);
        moved
    }

    /// Appends the entries of a move that was worked out outside the book, and returns the first position. The rows that
    /// follow from them are the shell's to store.
    pub fn turn_over(&mut self, entries: Vec<PreparedEntry>) -> u64 {
        let first = self.next_position();
        for entry in entries {
            self.append_prepared(entry);
        }
        first
    }

    /// Brings the leases on one account in line with who is entitled to it.
    pub(super) fn settle_leases(&mut self, account: AccountId, terms: Handover) {
        let (mut gaining, mut losing) = (BTreeMap::new(), BTreeMap::new());
        let holders = self.holders(&[account]);
        self.compare(account, &holders, &mut gaining, &mut losing);
        self.carry_out(gaining, losing, &terms, &mut Moved::default());
    }

    pub(super) fn compare(
        &self,
        account: AccountId,
        holders: &Holders,
        gaining: &mut BTreeMap<DeviceId, Vec<AccountId>>,
        losing: &mut BTreeMap<DeviceId, Vec<LeaseId>>,
    ) {
        let territory = self.accounts.get(&account).and_then(|row| self.territories.get(&row.territory));
        let entitled = territory.map(|territory| territory.devices.clone()).unwrap_or_default();
        let nobody = BTreeMap::new();
        let open = holders.get(&account).unwrap_or(&nobody);
        for &device in entitled.iter().filter(|device| !open.contains_key(device)) {
            gaining.entry(device).or_default().push(account);
        }
        for (&device, &lease) in open.iter().filter(|(device, _)| !entitled.contains(device)) {
            losing.entry(device).or_default().push(lease);
        }
    }

    /// Who has an open lease on each of these accounts, in one pass over all leases.
    pub(super) fn holders(&self, accounts: &[AccountId]) -> Holders {
        let wanted: BTreeSet<AccountId> = accounts.iter().copied().collect();
        let mut holders = Holders::new();
        for lease in self.leases.values().filter(|lease| lease.is_open()) {
            if let Subject::Account(account) = lease.subject
                && wanted.contains(&account)
            {
                holders.entry(account).or_default().insert(lease.device, lease.id);
            }
        }
        holders
    }

    pub(super) fn carry_out(
        &mut self,
        gaining: BTreeMap<DeviceId, Vec<AccountId>>,
        losing: BTreeMap<DeviceId, Vec<LeaseId>>,
        terms: &Handover,
        moved: &mut Moved,
    ) {
        for (device, leases) in losing {
            moved.withdrawn.insert(device, u32::try_from(leases.len()).unwrap_or(u32::MAX));
            self.withdraw(device, leases, terms);
        }
        for (device, accounts) in gaining {
            moved.granted.insert(device, u32::try_from(accounts.len()).unwrap_or(u32::MAX));
            let subjects = accounts.into_iter().map(Subject::Account).collect();
            self.grant(device, subjects, terms.note.clone());
        }
    }

    /// Grants leases to one device, what is urgent first as far as that was fetched; returns the position of the last entry.
    pub fn grant(&mut self, device: DeviceId, subjects: Vec<Subject>, note: Option<String>) -> Option<u64> {
        let mut last = None;
        let urgency = |account| self.urgency.get(&account).copied().unwrap_or_default();
        for subjects in grants_in_order(subjects, urgency) {
            let grants: Vec<Grant> = subjects
                .into_iter()
                .enumerate()
                .map(|(n, subject)| Grant {
                    lease: self.new_lease_id(n as u64),
                    subject,
                    root: self.root_if_part(subject),
                })
                .collect();
            let granted = Granted { device, grants: grants.clone(), note: note.clone() };
            let position = self.append(Entry::Granted(granted));
            for Grant { lease: id, subject, .. } in grants {
                let lease = Lease { id, device, subject, granted: position, withdrawn: None, closed: None };
                self.leases.insert(id, lease);
                self.out.leases.insert(id);
            }
            last = Some(position);
        }
        last
    }

    /// Withdraws leases from one device; returns the position of the last entry.
    pub fn withdraw(&mut self, device: DeviceId, leases: Vec<LeaseId>, terms: &Handover) -> Option<u64> {
        let mut last = None;
        for leases in pieces(leases) {
            let position = self.append(Entry::Withdrawn(terms.withdrawn(device, leases.clone())));
            let withdrawal =
                Withdrawal { position, policy: terms.policy, grace_until_ms: terms.grace_until_ms };
            for id in leases {
                if let Some(lease) = self.leases.get_mut(&id) {
                    lease.withdrawn = Some(withdrawal);
                    self.out.leases.insert(id);
                }
            }
            last = Some(position);
        }
        last
    }
}

/// How soon an account's records come in a fill (rule P9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A visit there is planned for about now.
    Visit,
    /// There are open tasks.
    Task,
    /// Neither.
    #[default]
    None,
}

/// What one device is granted, as entries: rules P9 and L11. Fills go on in the order of their grants, and within one by
/// account, so that what is urgent comes in entries of its own. Territories open no fill; they stand in the first one.
pub fn grants_in_order(subjects: Vec<Subject>, urgency: impl Fn(AccountId) -> Urgency) -> Vec<Vec<Subject>> {
    let mut by_urgency: BTreeMap<Urgency, Vec<Subject>> = BTreeMap::new();
    let mut territories = Vec::new();
    for subject in subjects {
        match subject {
            Subject::Account(account) => by_urgency.entry(urgency(account)).or_default().push(subject),
            Subject::Territory(_) => territories.push(subject),
        }
    }
    let mut groups = by_urgency.into_values();
    territories.extend(groups.next().unwrap_or_default());
    std::iter::once(territories).chain(groups).flat_map(pieces).collect()
}

/// Rule L11: as many entries as it takes.
pub fn pieces<T>(mut all: Vec<T>) -> Vec<Vec<T>> {
    let mut pieces = Vec::new();
    while all.len() > limits::ENTRY_PARTS_MAX {
        let rest = all.split_off(limits::ENTRY_PARTS_MAX);
        pieces.push(std::mem::replace(&mut all, rest));
    }
    if !all.is_empty() {
        pieces.push(all);
    }
    pieces
}
