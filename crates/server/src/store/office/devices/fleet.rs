//! What the office sees of devices: each with what it last said, what it still owes, and what of its work is held.

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, PersonId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::office::people::Person;
use crate::store::{Store, Stored};

/// Most held items and draining leases that are listed with a device.
const LISTED_MAX: i64 = 200;

/// A device, as the office sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FleetRow {
    /// The device.
    pub id: Uuid,
    /// For whom it is enrolled.
    pub person_id: Uuid,
    /// That person's name.
    pub person_name: String,
    /// What it is called.
    pub name: String,
    /// `active`; `leaving`: what it still sends goes to review, and it is to wipe itself; `wiped`: it said that it did;
    /// `blocked`: nothing of it is taken.
    #[schema(pattern = "^(active|leaving|wiped|blocked)$")]
    pub state: String,
    /// When it was enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// When it was taken out of use.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was told to wipe itself. While `wiped_at` is null it has not answered: what is on it may still be there.
    pub wipe_ordered_at: Option<DateTime<Utc>>,
    /// When its word came that everything on it is gone.
    pub wiped_at: Option<DateTime<Utc>>,
    /// Since when two copies of it are known to be in use: one works on, the other has to be enrolled anew.
    pub cloned_at: Option<DateTime<Utc>>,
    /// When it was last heard of: its last hello, a sign of life while it is connected (noted once a minute), or work that
    /// left nothing unsent on it.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How many items then waited on it.
    pub unsent: i32,
    /// Since when the oldest of them waited, by its own clock.
    pub oldest_unsent_at: Option<DateTime<Utc>>,
    /// Client, version and system, as it last said.
    pub client: Option<String>,
    /// Bytes that its store took when it last said so.
    pub store_bytes: Option<i64>,
    /// Items of it that are held and have no fate.
    pub held: i64,
    /// Leases that were withdrawn and that it has not closed.
    pub draining: i64,
    /// Its version, for `If-Match`.
    pub version: i64,
}

/// A lease that a device still has to close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DrainingLease {
    /// The lease.
    #[serde(rename = "lease_id")]
    pub lease: Uuid,
    /// The account.
    #[serde(rename = "account_id")]
    pub account: Option<Uuid>,
    /// The account's name.
    pub account_name: Option<String>,
    /// The territory, for a lease to create accounts in it.
    #[serde(rename = "territory_id")]
    pub territory: Option<Uuid>,
    /// Position of the entry that withdrew it: all leases of one reassignment on one device share it.
    #[serde(rename = "withdrawn_position")]
    pub withdrawn: Option<i64>,
    /// What happens to work that comes late.
    pub late_policy: Option<String>,
    /// Until when.
    pub grace_until: Option<DateTime<Utc>>,
}

/// An item that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeviceHeldItem)]
pub struct HeldItem {
    /// The store generation in which it was captured.
    pub store_generation: i32,
    /// Its push number.
    pub number: i64,
    /// The record.
    #[serde(rename = "record_id")]
    pub record: Option<Uuid>,
    /// The account, where known.
    #[serde(rename = "account_id")]
    pub account: Option<Uuid>,
    /// Why, as a stable code.
    pub code: String,
    /// Position of the entry that says so.
    pub position: i64,
}

/// A device with all that it owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FleetDetail {
    /// The device.
    #[serde(flatten)]
    pub row: FleetRow,
    /// Leases that it still has to close, oldest first; at most 200.
    pub draining_leases: Vec<DrainingLease>,
    /// Its held items, oldest first; at most 200.
    pub held_items: Vec<HeldItem>,
}

/// Which devices.
#[derive(Clone, Debug, Default)]
pub struct FleetFilter {
    /// This one.
    pub id: Option<DeviceId>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// In this state.
    pub state: Option<String>,
    /// Not seen since.
    pub stale_since: Option<DateTime<Utc>>,
    /// Behind this one.
    pub after: Option<Uuid>,
}

impl Store {
    /// Devices that somebody may see, by id: the office sees all, others their own and those of whom they lead.
    pub async fn list_devices(
        &self,
        viewer: &Person,
        filter: &FleetFilter,
        limit: i64,
    ) -> Stored<Vec<FleetRow>> {
        let viewer = (!viewer.role.is_office()).then(|| viewer.id.uuid());
        let mut tx = self.settled().await?;
        let query = sqlx::query_as!(
            FleetRow,
            r#"
            with recursive led(id) as (
                select $1::uuid
                union
                select report.id from led join org.person report on report.manager_id = led.id
            )
            select device.id, device.person_id, person.name as person_name, device.name, device.state,
                   device.enrolled_at, device.revoked_at, device.wipe_ordered_at, device.wiped_at, device.cloned_at, device.last_seen_at, device.unsent,
                   case when device.unsent > 0
                        then device.last_seen_at - make_interval(secs => device.oldest_s) end as oldest_unsent_at,
                   device.client, device.store_bytes, device.version,
                   (select count(*) from sync.held
                    where held.device_id = device.id and held.held and held.fate is null) as "held!",
                   (select count(*) from sync.lease
                    where lease.device_id = device.id and lease.withdrawn is not null and lease.closed is null) as "draining!"
            from org.device join org.person on person.id = device.person_id
            where ($1::uuid is null or device.person_id in (select id from led))
              and ($2::uuid is null or device.id = $2)
              and ($3::uuid is null or device.person_id = $3)
              and ($4::text is null or device.state = $4)
              and ($5::timestamptz is null or coalesce(device.last_seen_at, device.enrolled_at) < $5)
              and ($6::uuid is null or device.id > $6)
            order by device.id
            limit $7
            "#,
            viewer,
            filter.id.map(DeviceId::uuid),
            filter.person.map(PersonId::uuid),
            filter.state,
            filter.stale_since,
            filter.after,
            limit
        );
        Ok(query.fetch_all(&mut *tx).await?)
    }

    /// One device that somebody may see; `None` also for one that is there but not to be seen.
    pub async fn lookup_device(&self, viewer: &Person, id: DeviceId) -> Stored<Option<FleetRow>> {
        let filter = FleetFilter { id: Some(id), ..FleetFilter::default() };
        Ok(self.list_devices(viewer, &filter, 1).await?.pop())
    }

    /// What a device owes and what of its work is held.
    pub async fn detail_device(&self, row: FleetRow) -> Stored<FleetDetail> {
        let mut tx = self.settled().await?;
        let draining = sqlx::query_as!(
            DrainingLease,
            r#"
            select lease.id as lease, lease.account_id as account, accounts.name as "account_name?",
                   lease.territory_id as territory, lease.withdrawn, lease.late_policy, lease.grace_until
            from sync.lease left join record.accounts on accounts.id = lease.account_id
            where lease.device_id = $1 and lease.withdrawn is not null and lease.closed is null
            order by lease.withdrawn, lease.id
            limit $2
            "#,
            row.id,
            LISTED_MAX
        );
        let held = sqlx::query_as!(
            HeldItem,
            "
            select store_generation, number, record_id as record, account_id as account, code, position
            from sync.held where device_id = $1 and held and fate is null
            order by position limit $2
            ",
            row.id,
            LISTED_MAX
        );
        Ok(FleetDetail {
            draining_leases: draining.fetch_all(&mut *tx).await?,
            held_items: held.fetch_all(&mut *tx).await?,
            row,
        })
    }

    /// Whether somebody leads a person, directly or through others.
    pub async fn leads(&self, leader: PersonId, person: PersonId) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"
            with recursive leader(id) as (
                select manager_id from org.person where id = $2
                union
                select person.manager_id from leader join org.person on person.id = leader.id
            )
            select exists(select 1 from leader where id = $1) as "leads!"
            "#,
            leader.uuid(),
            person.uuid()
        );
        Ok(query.fetch_one(self.pool()).await?)
    }
}
