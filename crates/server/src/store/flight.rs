//! A reassignment in flight: its entries stand in the log, and not all rows have followed them yet.
//!
//! A large move takes effect by one append, and its rows are written afterwards in small pieces
//! (`office::reassignments::follow`). Devices wait for none of it: whoever reads for them adds here what the entries
//! between say, and resolves where accounts lie in SQL (`sync.accounts_now`). The office reads leases and places by whatever
//! it likes, and so at a moment when all rows have followed: [`Store::settled`].

use std::collections::BTreeMap;

use roadbook_model::{DeviceId, LeaseId};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Granted, Withdrawn};
use roadbook_sync::ledger::{Lease, Withdrawal};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::append::Append;
use super::cells::{read, unsigned};
use super::{Store, Stored};

/// What entries of a flight say about the leases of some devices.
#[derive(Debug, Default)]
pub(super) struct Flight(Vec<(u64, Entry)>);

/// Reads what is in flight for some devices. In a transaction that sees more than one moment it must be asked before
/// the leases are: a row that followed in between is then seen twice, which does no harm, and never not at all.
pub(super) async fn of(connection: &mut PgConnection, devices: &[DeviceId]) -> Stored<Flight> {
    let devices: Vec<Uuid> = devices.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select entry.position as "position!", entry.payload as "payload!"
        from org.reassignment flight
        join log.entry on entry.channel = any($1)
            and entry.position > flight.followed_position and entry.position <= flight.last_position
        where flight.followed_position < flight.last_position
        order by entry.position
        "#,
        &devices
    )
    .fetch_all(connection)
    .await?;
    let entries = rows.into_iter().map(|row| Ok((unsigned(row.position), read("entry", &row.payload)?)));
    Ok(Flight(entries.collect::<Stored<_>>()?))
}

impl Flight {
    /// Brings leases up to date: those that were withdrawn, and those that were granted.
    pub(super) fn overlay(&self, leases: &mut BTreeMap<LeaseId, Lease>) {
        for (position, entry) in &self.0 {
            match entry {
                Entry::Withdrawn(withdrawn) => withdraw(leases, withdrawn, *position),
                Entry::Granted(granted) => grant(leases, granted, *position),
                _ => {}
            }
        }
    }
}

fn withdraw(leases: &mut BTreeMap<LeaseId, Lease>, entry: &Withdrawn, position: u64) {
    let withdrawal = Withdrawal { position, policy: entry.policy, grace_until_ms: entry.grace_until_ms };
    for id in &entry.leases {
        if let Some(lease) = leases.get_mut(id) {
            lease.withdrawn.get_or_insert(withdrawal);
        }
    }
}

fn grant(leases: &mut BTreeMap<LeaseId, Lease>, entry: &Granted, position: u64) {
    for grant in &entry.grants {
        leases.entry(grant.lease).or_insert(Lease {
            id: grant.lease,
            device: entry.device,
            subject: grant.subject,
            granted: position,
            withdrawn: None,
            closed: None,
        });
    }
}

impl Store {
    /// A transaction that sees one moment at which all rows have followed the log. Every read of the office's that is about
    /// leases or places begins with it; while nothing is in flight it costs one look at an empty index.
    pub(super) async fn settled(&self) -> Stored<Transaction<'static, Postgres>> {
        loop {
            let mut tx = self.snapshot().await?;
            let query = sqlx::query_scalar!(
                r#"select exists (select from org.reassignment where followed_position < last_position) as "behind!""#
            );
            if !query.fetch_one(&mut *tx).await? {
                return Ok(tx);
            }
            drop(tx);
            self.follow().await?;
        }
    }
}

impl Append<'_> {
    /// What is in flight for some devices; costs nothing when nothing is.
    pub(super) async fn flight_of(&mut self, devices: &[DeviceId]) -> Stored<Flight> {
        if self.in_flight { of(&mut self.tx, devices).await } else { Ok(Flight::default()) }
    }
}
