//! What is told of reassignments: where each stands, and which devices still drain.

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, PersonId, ReassignmentId};
use roadbook_protocol::entry::LatePolicy;
use serde_json::Value as Json;
use uuid::Uuid;

use super::in_flight;
use super::placements::{self, Placement};
use crate::store::cells::{policy, unsigned, unsigned32};
use crate::store::{Store, Stored};

/// A reassignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reassignment {
    /// Its id.
    pub id: ReassignmentId,
    /// permanent, cover or reversal.
    pub kind: String,
    /// accounts or holders.
    pub shape: String,
    /// planned, in_effect, draining, complete, abandoned, cancelled or failed.
    pub state: String,
    /// What was asked for.
    pub asked: Json,
    /// How many accounts go to other territories; of a planned reversal, how many may come back.
    pub accounts: u32,
    /// The first of them.
    pub first_accounts: Vec<Placement>,
    /// The one that it undoes.
    pub reverses: Option<ReassignmentId>,
    /// The one that undoes it, planned or in effect.
    pub reversed_by: Option<ReassignmentId>,
    /// What happens to late work.
    pub late_policy: LatePolicy,
    /// For how many seconds after the effect.
    pub grace_s: i64,
    /// A word for the people concerned.
    pub note: Option<String>,
    /// Who asked for it.
    pub created_by: PersonId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it is or was to take effect.
    pub effect_at: DateTime<Utc>,
    /// When a cover comes back.
    pub ends_at: Option<DateTime<Utc>>,
    /// When it took effect.
    pub effected_at: Option<DateTime<Utc>>,
    /// Until when late work is taken as the policy says.
    pub grace_until: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who cancelled it.
    pub ended_by: Option<PersonId>,
    /// For one that could not take effect: the code of the reason.
    pub why: Option<String>,
    /// Devices that have not closed all they lost.
    pub draining_devices: u32,
    /// How many leases these are.
    pub draining_leases: u32,
}

/// A device that has not closed all it lost by a reassignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The device.
    pub device: DeviceId,
    /// What its person calls it.
    pub name: String,
    /// active, leaving, blocked or wiped.
    pub state: String,
    /// Its person.
    pub person_id: PersonId,
    /// Its person's name.
    pub person: String,
    /// How many leases it has not closed.
    pub leases: u32,
    /// How many it has closed.
    pub closed: u32,
    /// When it was last heard of: its last hello, or work that left nothing unsent on it.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How many items were then waiting on it.
    pub unsent: u32,
    /// How old the oldest of them was, in seconds.
    pub oldest_s: u32,
}

struct Row {
    id: Uuid,
    kind: String,
    shape: String,
    state: String,
    asked: Json,
    accounts: i64,
    reverses: Option<Uuid>,
    reversed_by: Option<Uuid>,
    late_policy: String,
    grace_s: i64,
    note: Option<String>,
    created_by: Uuid,
    created_at: DateTime<Utc>,
    effect_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    effected_at: Option<DateTime<Utc>>,
    grace_until: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    ended_by: Option<Uuid>,
    why: Option<String>,
    draining_devices: i64,
    draining_leases: i64,
}

impl Store {
    /// A reassignment by id.
    pub async fn lookup_reassignment(&self, id: ReassignmentId) -> Stored<Option<Reassignment>> {
        Ok(self.reassignments(&[id.uuid()]).await?.pop())
    }

    /// Reassignments, newest first, from before one of them on.
    pub async fn list_reassignments(
        &self,
        before: Option<ReassignmentId>,
        limit: i64,
    ) -> Stored<Vec<Reassignment>> {
        let query = sqlx::query_scalar!(
            "select id from org.reassignment where ($1::uuid is null or id < $1) order by id desc limit $2",
            before.map(ReassignmentId::uuid),
            limit
        );
        let ids = query.fetch_all(self.pool()).await?;
        self.reassignments(&ids).await
    }

    /// The same of those that failed by themselves, and that nobody has looked at since.
    pub async fn list_failed_reassignments(
        &self,
        before: Option<ReassignmentId>,
        limit: i64,
    ) -> Stored<Vec<Reassignment>> {
        let query = sqlx::query_scalar!(
            "
            select id from org.reassignment
            where outcome = 'cancelled' and ended_by is null and why <> 'nothing_to_move' and ($1::uuid is null or id < $1)
            order by id desc limit $2
            ",
            before.map(ReassignmentId::uuid),
            limit
        );
        let ids = query.fetch_all(self.pool()).await?;
        self.reassignments(&ids).await
    }

    async fn reassignments(&self, ids: &[Uuid]) -> Stored<Vec<Reassignment>> {
        // One moment: what its rows say and what is still in flight are counted together.
        let mut tx = self.snapshot().await?;
        let mut in_flight = in_flight::drains(&mut tx, ids).await?;
        let rows = sqlx::query_as!(
            Row,
            r#"
            select shown.id as "id!", shown.kind as "kind!", shown.shape as "shape!", shown.state as "state!", asked,
                   case when shown.state = 'planned' and shown.reverses is not null
                        then (select count(*) from org.reassignment_account where reassignment_id = shown.reverses)
                        else shown.accounts end as "accounts!",
                   shown.reverses,
                   (select back.id from org.reassignment back
                    where back.reverses = shown.id and back.outcome is distinct from 'cancelled') as reversed_by,
                   shown.late_policy as "late_policy!", shown.grace_s as "grace_s!", shown.note,
                   shown.created_by as "created_by!", shown.created_at as "created_at!",
                   shown.effect_at as "effect_at!", shown.ends_at, shown.effected_at, shown.grace_until,
                   shown.ended_at, shown.ended_by, shown.why, shown.draining_devices as "draining_devices!",
                   shown.draining_leases as "draining_leases!"
            from record.reassignments shown join org.reassignment on reassignment.id = shown.id
            where shown.id = any($1) order by shown.id desc
            "#,
            ids
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut first = placements::first(&mut tx, ids).await?;
        let with_flight = |mut row: Row| {
            if let Some(drains) = in_flight.remove(&row.id) {
                (row.draining_devices, row.draining_leases) = (drains.devices, drains.leases);
            }
            let first_accounts = first.remove(&row.id).unwrap_or_default();
            row.read(first_accounts)
        };
        rows.into_iter().map(with_flight).collect()
    }

    /// The devices that lost something by a reassignment and how far they are, those with most still open first.
    pub async fn list_drains(&self, id: ReassignmentId) -> Stored<Vec<Drain>> {
        let mut tx = self.settled().await?;
        let rows = sqlx::query!(
            r#"
            select device.id, device.name, device.state, person.id as person_id, person.name as person, last_seen_at, unsent,
                   oldest_s, count(*) filter (where lease.closed is null) as "leases!",
                   count(lease.closed) as "closed!"
            from org.reassignment
            join log.entry on entry.position between first_position and last_position and entry.type = 'withdrawn'
            join sync.lease on lease.device_id = entry.device_id and lease.withdrawn = entry.position
            join org.device on device.id = lease.device_id
            join org.person on person.id = device.person_id
            where reassignment.id = $1
            group by device.id, person.id order by 9 desc, person.name, device.id
            "#,
            id.uuid()
        )
        .fetch_all(&mut *tx)
        .await?;
        let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(rows
            .into_iter()
            .map(|row| Drain {
                device: row.id.into(),
                name: row.name,
                state: row.state,
                person_id: row.person_id.into(),
                person: row.person,
                leases: count(row.leases),
                closed: count(row.closed),
                last_seen_at: row.last_seen_at,
                unsent: unsigned32(row.unsent),
                oldest_s: unsigned32(row.oldest_s),
            })
            .collect())
    }
}

impl Row {
    fn read(self, first_accounts: Vec<Placement>) -> Stored<Reassignment> {
        let count = |number: i64| u32::try_from(unsigned(number)).unwrap_or(u32::MAX);
        Ok(Reassignment {
            id: self.id.into(),
            kind: self.kind,
            shape: self.shape,
            state: self.state,
            asked: self.asked,
            accounts: count(self.accounts),
            first_accounts,
            reverses: self.reverses.map(ReassignmentId::from),
            reversed_by: self.reversed_by.map(ReassignmentId::from),
            late_policy: policy(&self.late_policy)?,
            grace_s: self.grace_s,
            note: self.note,
            created_by: self.created_by.into(),
            created_at: self.created_at,
            effect_at: self.effect_at,
            ends_at: self.ends_at,
            effected_at: self.effected_at,
            grace_until: self.grace_until,
            ended_at: self.ended_at,
            ended_by: self.ended_by.map(PersonId::from),
            why: self.why,
            draining_devices: count(self.draining_devices),
            draining_leases: count(self.draining_leases),
        })
    }
}
