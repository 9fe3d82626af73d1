//! Territories and who holds them. A change of holders brings the leases of every account and device concerned in line, in
//! the same append.

use std::collections::BTreeSet;

use roadbook_model::{PersonId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::place::{Handover, Moved};
use serde_json::{Value as Json, json};
use tracing::instrument;
use uuid::Uuid;

use super::audit::{self, Act};
use super::holders::check_clashes;
use super::reassignments::{Differences, accounts_in, differences};
use super::tree::{check_place, must_be_in_use};
use super::{Done, unknown};
use crate::ambient;
use crate::store::append::Append;
use crate::store::{Store, Stored};

/// In what capacity a person holds a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// The one who holds it.
    Owner,
    /// One of several.
    CoOwner,
    /// For somebody who is away.
    Cover,
}

impl Capacity {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::CoOwner => "co_owner",
            Self::Cover => "cover",
        }
    }

    /// The capacity with this word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Owner, Self::CoOwner, Self::Cover].into_iter().find(|capacity| capacity.as_str() == word)
    }
}

impl Store {
    /// Adds a territory, or brings the one with this code up to date.
    #[instrument(name = "db.territory.put", skip_all, err(level = "debug"))]
    pub async fn put_territory(
        &self,
        code: &str,
        name: &str,
        parent: Option<TerritoryId>,
    ) -> Done<TerritoryId> {
        let mut append = self.append().await?;
        let id = TerritoryId::new(append.book.now_ms.unsigned_abs(), ambient::random());
        let query = sqlx::query_scalar!(
            "
            insert into org.territory (id, code, name, parent_id) values ($1, $2, $3, $4)
            on conflict (code) do update set name = excluded.name
            returning id
            ",
            id.uuid(),
            code,
            name,
            parent.map(TerritoryId::uuid)
        );
        let id = query.fetch_one(append.connection()).await?.into();
        check_place(&mut append, id).await?;
        append.publish_tree().await?;
        append.commit().await?;
        Ok(id)
    }

    /// The territories that a person holds now, their parts not counted.
    #[instrument(name = "db.territory.list_held", skip_all, fields(%person), err)]
    pub async fn list_held_territories(&self, person: PersonId) -> Stored<Vec<TerritoryId>> {
        let query = sqlx::query_scalar!(
            "
            select distinct territory_id from org.holder
            where person_id = $1 and from_at <= $2 and (to_at is null or to_at > $2)
            ",
            person.uuid(),
            ambient::moment(ambient::now_ms())
        );
        Ok(query.fetch_all(self.pool()).await?.into_iter().map(Into::into).collect())
    }

    /// Lets a person hold a territory from now on. Holding it already in this capacity changes nothing.
    #[instrument(name = "db.holder.add", skip_all, fields(%person, %territory), err(level = "debug"))]
    pub async fn add_holder(
        &self,
        person: PersonId,
        territory: TerritoryId,
        capacity: Capacity,
    ) -> Done<Moved> {
        let mut append = self.append_followed().await?;
        must_be_in_use(&mut append, territory).await?;
        let now = ambient::moment(append.book.now_ms);
        let id = TerritoryId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        let added = sqlx::query!(
            "
            insert into org.holder (id, person_id, territory_id, capacity, from_at, begun_at)
            select $1, $2, $3, $4, $5, $5
            where not exists (select from org.holder where person_id = $2 and territory_id = $3 and capacity = $4
                              and from_at <= $5 and (to_at is null or to_at > $5))
            ",
            id.uuid(),
            person.uuid(),
            territory.uuid(),
            capacity.as_str(),
            now
        )
        .execute(append.connection())
        .await?;
        if added.rows_affected() > 0 {
            let detail = json!({ "person": person, "capacity": capacity.as_str() });
            note(&mut append, "holder.add", territory, detail).await?;
        }
        check_clashes(append.connection(), territory).await?;
        let moved = settle(&mut append, territory, &at_once()).await?;
        append.commit().await?;
        Ok(moved)
    }
}

/// A line in the audit for what was done at the server's own command line.
async fn note(append: &mut Append<'_>, action: &str, territory: TerritoryId, detail: Json) -> Stored<()> {
    let act = Act { action, subject: Some(("territory", territory.uuid())), detail };
    Ok(audit::record(append.connection(), None, act).await?)
}

/// Terms for what withdraws nothing.
pub(super) fn at_once() -> Handover {
    Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None }
}

/// Brings the leases on a territory, its parts and all accounts in them in line with who is entitled now. Everything that
/// the append decided before is stored first, so that it counts.
pub(super) async fn settle(append: &mut Append<'_>, territory: TerritoryId, terms: &Handover) -> Done<Moved> {
    settle_all(append, &[territory], terms).await
}

/// The same while these people still hold these territories: their holdings ended too, and are settled on terms of their own.
pub(super) async fn settle_while(
    append: &mut Append<'_>,
    territory: TerritoryId,
    terms: &Handover,
    still: &[(Uuid, Uuid)],
) -> Done<Moved> {
    settle_them(append, &[territory], terms, still).await
}

/// The same for several, all at once: one entry for each device and direction. What is fetched is what changes hands, not
/// what lies there: under the log's lock, thousands of accounts that stay with whom they are cost one statement.
///
/// # Errors
/// For an unknown territory.
pub async fn settle_all(
    append: &mut Append<'_>,
    territories: &[TerritoryId],
    terms: &Handover,
) -> Done<Moved> {
    settle_them(append, territories, terms, &[]).await
}

async fn settle_them(
    append: &mut Append<'_>,
    territories: &[TerritoryId],
    terms: &Handover,
    still: &[(Uuid, Uuid)],
) -> Done<Moved> {
    append.store().await?;
    let mut parts = BTreeSet::new();
    for &territory in territories {
        let with_parts = with_parts(append, territory).await?;
        if with_parts.is_empty() {
            return Err(unknown("territory", territory));
        }
        parts.extend(with_parts);
    }
    let parts = parts.into_iter().map(TerritoryId::uuid).collect();
    let at = ambient::moment(append.book.now_ms);
    let Differences { losing, gaining, merged } = differences(append.connection(), parts, still, at).await?;
    // Rule M3: a grant of one of these names its root, by what the book knows of it.
    append.fetch_accounts(&merged).await?;
    append.fetch_urgency(&accounts_in(&gaining)).await?;
    append.fetch_leases(&losing.values().flatten().copied().collect()).await?;
    let mut moved = Moved::default();
    for (device, leases) in losing {
        moved.withdrawn.insert(device, u32::try_from(leases.len()).unwrap_or(u32::MAX));
        append.book.withdraw(device, leases, terms);
    }
    for (device, subjects) in gaining {
        moved.granted.insert(device, u32::try_from(subjects.len()).unwrap_or(u32::MAX));
        append.book.grant(device, subjects, terms.note.clone());
    }
    Ok(moved)
}

/// A territory and everything that is a part of it.
async fn with_parts(append: &mut Append<'_>, territory: TerritoryId) -> Stored<Vec<TerritoryId>> {
    let query = sqlx::query_scalar!(
        r#"
        with recursive node(id) as (
            select id from org.territory where id = $1
            union
            select territory.id from node join org.territory on territory.parent_id = node.id
        )
        select id as "id!" from node
        "#,
        territory.uuid()
    );
    Ok(query.fetch_all(append.connection()).await?.into_iter().map(TerritoryId::from).collect())
}
