//! Looking first: what a reassignment would do, in numbers and names. Nothing is written and the log goes on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, PersonId};
use roadbook_sync::ledger::place::Moved;
use tracing::instrument;
use uuid::Uuid;

use super::plan::{Resolved, resolve};
pub use super::select::Destination;
use super::select::destinations;
use super::stage::{basis, stage};
use super::{Basis, NewReassignment, Reassigned};
use crate::ambient::{self, moment};
use crate::store::cells::unsigned32;
use crate::store::{Store, Stored};

/// What a reassignment would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The move itself.
    pub moved: Moved,
    /// Where accounts would go, by code; empty when others come to hold territories.
    pub destinations: Vec<Destination>,
    /// The devices that would lose or get accounts; those with most unsent work first.
    pub devices: Vec<DeviceAtStake>,
    /// What it was made from. Given with the reassignment, it makes sure that just this happens or nothing.
    pub basis: Basis,
}

/// A device that would lose or get accounts, and what it last said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAtStake {
    /// The device.
    pub id: DeviceId,
    /// What its person calls it.
    pub name: String,
    /// Its person.
    pub person_id: PersonId,
    /// Its person's name.
    pub person: String,
    /// When it was last heard of: its last hello, or work that left nothing unsent on it.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How many items were then waiting on it.
    pub unsent: u32,
    /// How old the oldest of them was, in seconds.
    pub oldest_s: u32,
    /// How many leases it would lose.
    pub loses: u32,
    /// How many leases it would get.
    pub gains: u32,
}

impl Store {
    /// Says what a reassignment would do now, and does nothing.
    ///
    /// # Errors
    /// As [`Store::plan_reassignment`]; overlaps with what is planned aside.
    #[instrument(name = "db.reassignment.preview", skip_all, err(level = "debug"))]
    pub async fn preview_reassignment(&self, new: &NewReassignment) -> Reassigned<Preview> {
        let turnstile = self.turnstile().await?;
        let previewed = self.preview(new).await;
        turnstile.leave().await;
        previewed
    }

    async fn preview(&self, new: &NewReassignment) -> Reassigned<Preview> {
        let at = moment(ambient::now_ms());
        let mut tx = self.snapshot().await?;
        let basis = basis(&mut tx).await?;
        let resolved = resolve(&mut tx, new, at).await?;
        let destinations = match &resolved {
            Resolved::Accounts(items) => destinations(&mut tx, items).await?,
            Resolved::Holders(..) => Vec::new(),
        };
        let moved = stage(&mut tx, &resolved.into_change(), at).await?.moved();
        drop(tx);
        let devices = self.at_stake(&moved).await?;
        Ok(Preview { moved, destinations, devices, basis })
    }

    pub(in crate::store::office) async fn at_stake(&self, moved: &Moved) -> Stored<Vec<DeviceAtStake>> {
        let devices: BTreeMap<DeviceId, ()> =
            moved.withdrawn.keys().chain(moved.granted.keys()).map(|id| (*id, ())).collect();
        let devices: Vec<Uuid> = devices.into_keys().map(DeviceId::uuid).collect();
        let query = sqlx::query!(
            "
            select device.id, device.name, person.id as person_id, person.name as person, last_seen_at, unsent, oldest_s
            from org.device join org.person on person.id = device.person_id
            where device.id = any($1) order by unsent desc, person.name, device.id
            ",
            &devices
        );
        let rows = query.fetch_all(self.pool()).await?;
        let count = |all: &BTreeMap<DeviceId, u32>, id: Uuid| all.get(&id.into()).copied().unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| DeviceAtStake {
                id: row.id.into(),
                name: row.name,
                person_id: row.person_id.into(),
                person: row.person,
                last_seen_at: row.last_seen_at,
                unsent: unsigned32(row.unsent),
                oldest_s: unsigned32(row.oldest_s),
                loses: count(&moved.withdrawn, row.id),
                gains: count(&moved.granted, row.id),
            })
            .collect())
    }
}
