//! Staging: what each device loses and gets, worked out in one statement at one moment, as the entries to append. Nothing
//! is written and no lock is taken; the flip asks whether all of it still holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, LeaseId, PersonId, TerritoryId};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Grant, Granted, Placed, PlacedAccount, Subject};
use roadbook_sync::ledger::place::{Handover, Moved, Urgency, grants_in_order, pieces};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::Basis;
use super::holders::{Added, HolderChange};
use super::select::Item;
use crate::ambient;
use crate::store::Stored;
use crate::store::append::Append;
use crate::store::cells::{read, signed, unsigned};
use crate::store::fetch::urgency;

/// What is to change: where accounts lie, or who holds territories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Accounts(Vec<Item>),
    Holders(HolderChange),
}

impl Change {
    /// The territories that get something: accounts, or somebody who holds them.
    pub(super) fn destinations(&self) -> Vec<Uuid> {
        let mut all: Vec<Uuid> = match self {
            Self::Accounts(items) => items.iter().map(|item| item.to).collect(),
            Self::Holders(change) => change.added.iter().map(|added| added.territory).collect(),
        };
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// A change worked out.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// What it was worked out from.
    pub basis: Option<Basis>,
    /// Accounts by where they come to lie.
    placed: BTreeMap<TerritoryId, Vec<PlacedAccount>>,
    /// What devices lose.
    losing: BTreeMap<DeviceId, Vec<LeaseId>>,
    /// What devices get.
    gaining: BTreeMap<DeviceId, Vec<Subject>>,
    /// The roots of what they get, of accounts that were merged.
    roots: BTreeMap<AccountId, AccountId>,
    /// What of it comes first.
    urgency: BTreeMap<AccountId, Urgency>,
    /// The territories in which a new account would make a difference.
    territories: BTreeSet<TerritoryId>,
    /// The accounts on which a new lease would make a difference, unless they are all of a territory.
    accounts: BTreeSet<AccountId>,
}

/// What the log and the organisation are at, at one moment.
pub(in crate::store::office) async fn basis(connection: &mut PgConnection) -> Stored<Basis> {
    let query = sqlx::query!(
        r#"
        select coalesce((select position from log.entry order by position desc limit 1), 0) as "position!",
               changes from org.entitlement
        "#
    );
    let row = query.fetch_one(connection).await?;
    Ok(Basis { position: unsigned(row.position), changes: row.changes })
}

/// Works a change out. The connection sees one moment, or holds the log's lock.
#[instrument(name = "db.reassignment.stage", skip_all, err(level = "debug"))]
pub(super) async fn stage(
    connection: &mut PgConnection,
    change: &Change,
    at: DateTime<Utc>,
) -> Stored<Staged> {
    let mut staged = Staged { basis: Some(basis(connection).await?), ..Staged::default() };
    match change {
        Change::Accounts(items) => {
            for item in items {
                let placed = PlacedAccount { account: item.account.into(), previous: Some(item.from.into()) };
                staged.placed.entry(item.to.into()).or_default().push(placed);
                staged.accounts.insert(item.account.into());
            }
        }
        Change::Holders(change) => {
            staged.territories = change.territories.iter().copied().map(TerritoryId::from).collect();
        }
    }
    for row in compare(connection, change, at).await? {
        staged.add(row);
    }
    staged.roots = roots(connection, &staged.gaining).await?;
    staged.urgency = urgency(connection, &accounts_in(&staged.gaining), at).await?;
    Ok(staged)
}

/// What devices lose and get so that those who are entitled now hold these territories and the accounts in them, and nobody
/// else does.
pub(in crate::store::office) struct Differences {
    /// What devices lose.
    pub losing: BTreeMap<DeviceId, Vec<LeaseId>>,
    /// What devices get.
    pub gaining: BTreeMap<DeviceId, Vec<Subject>>,
    /// Of what they get, the accounts that were merged into others.
    pub merged: Vec<AccountId>,
}

/// Works the differences out, as if these people still held these territories. Only they leave the database, however many
/// accounts lie there.
#[instrument(name = "db.territory.compare", skip_all, err(level = "debug"))]
pub(in crate::store::office) async fn differences(
    connection: &mut PgConnection,
    territories: Vec<Uuid>,
    still: &[(Uuid, Uuid)],
    at: DateTime<Utc>,
) -> Stored<Differences> {
    let added = still.iter().map(|&(person, territory)| Added::open(person, territory, "cover")).collect();
    let change = Change::Holders(HolderChange { territories, added, ..HolderChange::default() });
    let mut staged = Staged::default();
    for row in compare(connection, &change, at).await? {
        staged.add(row);
    }
    let Staged { mut losing, mut gaining, .. } = staged;
    losing.values_mut().for_each(|leases| leases.sort_unstable());
    gaining.values_mut().for_each(|subjects| subjects.sort_unstable());
    let merged = roots(connection, &gaining).await?.into_keys().collect();
    Ok(Differences { losing, gaining, merged })
}

/// The accounts that devices get.
pub(in crate::store::office) fn accounts_in(gaining: &BTreeMap<DeviceId, Vec<Subject>>) -> Vec<AccountId> {
    let accounts = gaining.values().flatten().filter_map(|subject| match subject {
        Subject::Account(account) => Some(*account),
        Subject::Territory(_) => None,
    });
    accounts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Rule M3: the roots of accounts that were merged, among those that devices get.
async fn roots(
    connection: &mut PgConnection,
    gaining: &BTreeMap<DeviceId, Vec<Subject>>,
) -> Stored<BTreeMap<AccountId, AccountId>> {
    let accounts: Vec<Uuid> = accounts_in(gaining).into_iter().map(AccountId::uuid).collect();
    let query = sqlx::query!(
        r#"
        select id, root_id as "root!" from sync.account where root_id is not null and id = any($1)
        "#,
        &accounts
    );
    let rows = query.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.root.into())).collect())
}

/// What a device holds and is not to hold, and the other way round.
struct Compared {
    device: Uuid,
    losing: Option<Vec<Uuid>>,
    gaining: Option<Vec<Uuid>>,
    are_accounts: Option<Vec<bool>>,
}

async fn compare(connection: &mut PgConnection, change: &Change, at: DateTime<Utc>) -> Stored<Vec<Compared>> {
    let nothing = HolderChange::default();
    let (items, holders): (&[Item], _) = match change {
        Change::Accounts(items) => (items, &nothing),
        Change::Holders(change) => (&[], change),
    };
    let accounts: Vec<Uuid> = items.iter().map(|item| item.account).collect();
    let to: Vec<Uuid> = items.iter().map(|item| item.to).collect();
    let people: Vec<Uuid> = holders.added.iter().map(|added| added.person).collect();
    let places: Vec<Uuid> = holders.added.iter().map(|added| added.territory).collect();
    let query = sqlx::query_as!(
        Compared,
        r#"
        with subject(id, territory_id) as (
            select * from unnest($1::uuid[], $2::uuid[])
            union all
            select id, territory_id from sync.account where territory_id = any($3)
        ), concerned(ids) as (
            select array_agg(distinct id)
            from (select territory_id as id from subject union select * from unnest($3)) territory
        ), entitled as materialized (
            select entitled.territory_id, device.id as device_id, entitled.holds
            from org.entitled_if((select ids from concerned), $4, $5, $6, $7) entitled
            join org.device on device.person_id = entitled.person_id and device.state = 'active'
        ), wanted(device_id, subject, is_account) as (
            select entitled.device_id, subject.id, true from subject join entitled using (territory_id)
            where subject.id not in (select id from sync.account where archived_at is not null)
            union all
            select device_id, territory_id, false from entitled where holds and territory_id = any($3)
        ), held(lease_id, device_id, subject, is_account) as (
            select lease.id, device_id, account_id, true from subject join sync.lease on account_id = subject.id
            where withdrawn is null and closed is null and granted > 0
            union all
            select lease.id, device_id, territory_id, false from sync.lease
            where territory_id = any($3) and withdrawn is null and closed is null and granted > 0
        )
        select device_id as "device!", array_agg(lease_id) filter (where lease_id is not null) as losing,
               array_agg(subject) filter (where lease_id is null) as gaining,
               array_agg(is_account) filter (where lease_id is null) as are_accounts
        from (
            select device_id, held.lease_id, subject, is_account, held.lease_id is null as is_new,
                   wanted.is_wanted
            from held full join (select *, true as is_wanted from wanted) wanted
                using (device_id, subject, is_account)
        ) compared
        where is_new or is_wanted is null
        group by device_id
        "#,
        &accounts,
        &to,
        &holders.territories,
        at,
        &holders.ended,
        &people,
        &places
    );
    Ok(query.fetch_all(connection).await?)
}

impl Staged {
    fn add(&mut self, row: Compared) {
        let device = DeviceId::from(row.device);
        if let Some(leases) = row.losing {
            self.losing.insert(device, leases.into_iter().map(LeaseId::from).collect());
        }
        let gaining = row.gaining.unwrap_or_default().into_iter().zip(row.are_accounts.unwrap_or_default());
        let subjects: Vec<Subject> = gaining
            .map(|(id, is_account)| match is_account {
                true => Subject::Account(id.into()),
                false => Subject::Territory(id.into()),
            })
            .collect();
        if !subjects.is_empty() {
            self.gaining.insert(device, subjects);
        }
    }

    /// What it does, in numbers.
    pub(super) fn moved(&self) -> Moved {
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        Moved {
            accounts: count(self.placed.values().map(Vec::len).sum()),
            withdrawn: self.losing.iter().map(|(device, leases)| (*device, count(leases.len()))).collect(),
            granted: self.gaining.iter().map(|(device, all)| (*device, count(all.len()))).collect(),
        }
    }

    /// Rows that will follow.
    pub(super) fn parts(&self) -> usize {
        let placed: usize = self.placed.values().map(Vec::len).sum();
        let losing: usize = self.losing.values().map(Vec::len).sum();
        let gaining: usize = self.gaining.values().map(Vec::len).sum();
        placed + losing + gaining
    }

    /// The entries, in order.
    pub(super) fn entries(&self, by: PersonId, terms: &Handover, now_ms: i64) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (&territory, accounts) in &self.placed {
            let pieces = pieces(accounts.clone()).into_iter();
            entries.extend(pieces.map(|accounts| Entry::Placed(Placed { territory, accounts, by })));
        }
        for (&device, leases) in &self.losing {
            let pieces = pieces(leases.clone()).into_iter();
            entries.extend(pieces.map(|leases| Entry::Withdrawn(terms.withdrawn(device, leases))));
        }
        for (&device, subjects) in &self.gaining {
            let urgency = |account| self.urgency.get(&account).copied().unwrap_or_default();
            for subjects in grants_in_order(subjects.clone(), urgency) {
                let grants = subjects
                    .into_iter()
                    .map(|subject| Grant {
                        lease: LeaseId::new(now_ms.unsigned_abs(), ambient::random()),
                        subject,
                        root: match subject {
                            Subject::Account(account) => self.roots.get(&account).copied(),
                            Subject::Territory(_) => None,
                        },
                    })
                    .collect();
                entries.push(Entry::Granted(Granted { device, grants, note: terms.note.clone() }));
            }
        }
        entries
    }

    /// Whether all that it was worked out from still holds. Asked under the log's lock: what was appended since and who
    /// is entitled are looked at, nothing else can make a difference.
    pub(super) async fn still_holds(&self, append: &mut Append<'_>) -> Stored<bool> {
        let Some(before) = self.basis else { return Ok(false) };
        let now = basis(append.connection()).await?;
        if append.in_flight || now.changes != before.changes {
            return Ok(false);
        }
        let query = sqlx::query_scalar!(
            "
            select payload from log.entry
            where position > $1 and (type in ('placed', 'granted', 'withdrawn') or type = 'changes' and account_id = record_id)
            ",
            signed(before.position)
        );
        for payload in query.fetch_all(append.connection()).await? {
            if self.concerns(&read("entry", &payload)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn concerns(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Placed(placed) => {
                let is_ours = |place: &PlacedAccount| self.accounts.contains(&place.account);
                !self.territories.is_empty() || placed.accounts.iter().any(is_ours)
            }
            Entry::Granted(granted) => granted.grants.iter().any(|grant| match grant.subject {
                Subject::Account(account) => self.accounts.contains(&account) || !self.territories.is_empty(),
                Subject::Territory(territory) => self.territories.contains(&territory),
            }),
            Entry::Withdrawn(withdrawn) => {
                let ours = self.losing.get(&withdrawn.device);
                ours.is_some_and(|ours| withdrawn.leases.iter().any(|lease| ours.contains(lease)))
                    || !self.territories.is_empty()
            }
            Entry::Changes(changes) => {
                changes.opens.is_some_and(|opened| self.territories.contains(&opened.territory))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_was_placed_elsewhere_meanwhile_is_a_difference() {
        let (ours, other) = (AccountId::from_bytes([1; 16]), AccountId::from_bytes([2; 16]));
        let territory = TerritoryId::from_bytes([3; 16]);
        let placed = |account| {
            let accounts = vec![PlacedAccount { account, previous: None }];
            Entry::Placed(Placed { territory, accounts, by: PersonId::from_bytes([4; 16]) })
        };
        let of_accounts = Staged { accounts: BTreeSet::from([ours]), ..Staged::default() };
        assert!(of_accounts.concerns(&placed(ours)));
        assert!(!of_accounts.concerns(&placed(other)));
        let of_holders = Staged { territories: BTreeSet::from([territory]), ..Staged::default() };
        assert!(of_holders.concerns(&placed(other)), "it may have come here, or gone from here");
    }
}
