//! Moving accounts between territories, and looking first what a move would do.

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, PersonId, TerritoryId};
use roadbook_sync::ledger::place::{Handover, Moved};
use tracing::instrument;
use uuid::Uuid;

use super::territories::missing;
use super::tree::must_be_in_use;
use super::{Done, unknown};
use crate::store::append::Append;
use crate::store::cells::unsigned32;
use crate::store::{Store, Stored};

/// What a move would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The move itself.
    pub moved: Moved,
    /// The devices that would lose accounts.
    pub devices: Vec<DeviceAtStake>,
}

/// A device that would lose accounts, and what it last said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAtStake {
    /// The device.
    pub id: DeviceId,
    /// What its person calls it.
    pub name: String,
    /// Its person's name.
    pub person: String,
    /// When it last said hello.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How many items were then waiting on it.
    pub unsent: u32,
    /// How old the oldest of them was, in seconds.
    pub oldest_s: u32,
}

impl Store {
    /// Moves accounts to a territory.
    #[instrument(name = "db.account.place", skip_all, fields(accounts = accounts.len(), %to), err)]
    pub async fn place(
        &self,
        accounts: &[AccountId],
        to: TerritoryId,
        by: PersonId,
        terms: &Handover,
    ) -> Done<Moved> {
        let mut append = self.append().await?;
        let moved = place(&mut append, accounts, to, by, terms).await?;
        append.commit().await?;
        Ok(moved)
    }

    /// Says what a move would do, and does nothing.
    #[instrument(name = "db.account.preview", skip_all, fields(accounts = accounts.len(), %to), err)]
    pub async fn preview_place(
        &self,
        accounts: &[AccountId],
        to: TerritoryId,
        by: PersonId,
        terms: &Handover,
    ) -> Done<Preview> {
        let mut append = self.append().await?;
        let moved = place(&mut append, accounts, to, by, terms).await?;
        // Dropped, hence undone; the rest needs no lock.
        drop(append);
        let devices = self.at_stake(moved.withdrawn.keys().copied()).await?;
        Ok(Preview { moved, devices })
    }

    async fn at_stake(&self, devices: impl Iterator<Item = DeviceId>) -> Stored<Vec<DeviceAtStake>> {
        let devices: Vec<Uuid> = devices.map(DeviceId::uuid).collect();
        let query = sqlx::query!(
            "
            select device.id, device.name, person.name as person, last_seen_at, unsent, oldest_s
            from org.device join org.person on person.id = device.person_id
            where device.id = any($1) order by unsent desc, person.name
            ",
            &devices
        );
        let rows = query.fetch_all(self.pool()).await?;
        Ok(rows
            .into_iter()
            .map(|row| DeviceAtStake {
                id: row.id.into(),
                name: row.name,
                person: row.person,
                last_seen_at: row.last_seen_at,
                unsent: unsigned32(row.unsent),
                oldest_s: unsigned32(row.oldest_s),
            })
            .collect())
    }
}

/// Moves accounts within an append under way.
pub(super) async fn place(
    append: &mut Append<'_>,
    accounts: &[AccountId],
    to: TerritoryId,
    by: PersonId,
    terms: &Handover,
) -> Done<Moved> {
    must_be_in_use(append, to).await?;
    append.fetch_accounts(accounts).await?;
    if let Some(account) = missing(append, accounts) {
        return Err(unknown("account", account));
    }
    append.fetch_leases_on(accounts).await?;
    append.fetch_territories_at_hand().await?;
    append.fetch_territories(&[to]).await?;
    Ok(append.book.place(accounts, to, by, terms))
}
