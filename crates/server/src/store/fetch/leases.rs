//! Leases, by what an append is about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, LeaseId};
use roadbook_protocol::entry::Subject;
use roadbook_sync::ledger::{Lease, Withdrawal};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::append::Append;
use crate::store::cells::{policy, unsigned};
use crate::store::{StoreError, Stored, flight};

/// A row of `sync.lease`.
struct LeaseRow {
    id: Uuid,
    device_id: Uuid,
    account_id: Option<Uuid>,
    territory_id: Option<Uuid>,
    granted: i64,
    withdrawn: Option<i64>,
    late_policy: Option<String>,
    grace_until: Option<DateTime<Utc>>,
    closed: Option<i64>,
}

impl Append<'_> {
    /// Leases by id.
    pub async fn fetch_leases(&mut self, ids: &BTreeSet<LeaseId>) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query_as!(LeaseRow, "select * from sync.lease where id = any($1)", &ids);
        let rows = query.fetch_all(&mut *self.tx).await?;
        self.add_leases(rows)
    }

    /// The leases of these devices on these accounts, closed ones too.
    pub async fn fetch_leases_of(&mut self, devices: &[DeviceId], accounts: &[AccountId]) -> Stored<()> {
        if accounts.is_empty() {
            return Ok(());
        }
        let devices: Vec<Uuid> = devices.iter().map(|id| id.uuid()).collect();
        let accounts: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query_as!(
            LeaseRow,
            "select * from sync.lease where device_id = any($1) and account_id = any($2)",
            &devices,
            &accounts
        );
        let rows = query.fetch_all(&mut *self.tx).await?;
        self.add_leases(rows)
    }

    /// Everybody's leases on these accounts that are not closed, once all rows have followed the log.
    pub async fn fetch_leases_on(&mut self, accounts: &[AccountId]) -> Stored<()> {
        let accounts: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query_as!(
            LeaseRow,
            "select * from sync.lease where closed is null and account_id = any($1)",
            &accounts
        );
        let rows = query.fetch_all(&mut *self.tx).await?;
        self.add_leases(rows)
    }

    /// All leases of one device that are not closed.
    pub async fn fetch_leases_held(&mut self, device: DeviceId) -> Stored<()> {
        for lease in leases_held(&mut self.tx, device).await? {
            self.book.leases.insert(lease.id, lease);
        }
        Ok(())
    }

    fn add_leases(&mut self, rows: Vec<LeaseRow>) -> Stored<()> {
        for row in rows {
            let lease = row.read()?;
            self.book.leases.insert(lease.id, lease);
        }
        Ok(())
    }
}

/// All leases of one device that are not closed.
pub(in crate::store) async fn leases_held(
    connection: &mut PgConnection,
    device: DeviceId,
) -> Stored<Vec<Lease>> {
    let flight = flight::of(connection, &[device]).await?;
    let query = sqlx::query_as!(
        LeaseRow,
        "select * from sync.lease where closed is null and device_id = $1",
        device.uuid()
    );
    let mut leases = BTreeMap::new();
    for row in query.fetch_all(connection).await? {
        let lease = row.read()?;
        leases.insert(lease.id, lease);
    }
    flight.overlay(&mut leases);
    Ok(leases.into_values().collect())
}

/// The accounts under the open ones of these leases.
pub(in crate::store) fn open_accounts(leases: &[Lease]) -> Vec<Uuid> {
    let open = leases.iter().filter(|lease| lease.is_open());
    open.filter_map(|lease| match lease.subject {
        Subject::Account(account) => Some(account.uuid()),
        Subject::Territory(_) => None,
    })
    .collect()
}

impl LeaseRow {
    fn read(self) -> Stored<Lease> {
        let subject = match (self.account_id, self.territory_id) {
            (Some(account), _) => Subject::Account(account.into()),
            (None, Some(territory)) => Subject::Territory(territory.into()),
            (None, None) => return Err(StoreError::Unreadable { what: "lease" }),
        };
        let withdrawn = match (self.withdrawn, self.late_policy, self.grace_until) {
            (Some(position), Some(word), Some(until)) => Some(Withdrawal {
                position: unsigned(position),
                policy: policy(&word)?,
                grace_until_ms: until.timestamp_millis(),
            }),
            _ => None,
        };
        Ok(Lease {
            id: self.id.into(),
            device: self.device_id.into(),
            subject,
            granted: unsigned(self.granted),
            withdrawn,
            closed: self.closed.map(unsigned),
        })
    }
}
