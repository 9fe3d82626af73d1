//! The accounts of reassignments, for people to read: from where to where each goes, and whose these places are.

use std::collections::BTreeMap;

use roadbook_model::{AccountId, ReassignmentId, TerritoryId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// By so many of its accounts one tells a reassignment from others.
const FIRST: i64 = 3;

/// An account of a reassignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The account.
    pub account: AccountId,
    /// What it is called.
    pub name: Option<String>,
    /// Where it lay before.
    pub from: TerritoryId,
    /// Who owned that place as the reassignment took effect, or does as it is to.
    pub from_owner: Option<String>,
    /// Where it goes.
    pub to: TerritoryId,
    /// Who owned that place then.
    pub to_owner: Option<String>,
}

impl Store {
    /// The accounts of a reassignment in the order of their ids, from after one of them on.
    pub async fn list_placements(
        &self,
        id: ReassignmentId,
        after: Option<AccountId>,
        limit: i64,
    ) -> Stored<Vec<Placement>> {
        let mut connection = self.pool().acquire().await?;
        let found = list(&mut connection, &[id.uuid()], after.map(AccountId::uuid), limit).await?;
        Ok(found.into_iter().map(|(_, placement)| placement).collect())
    }
}

/// The first accounts of each of some reassignments.
pub(super) async fn first(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Stored<BTreeMap<Uuid, Vec<Placement>>> {
    let mut first: BTreeMap<Uuid, Vec<Placement>> = BTreeMap::new();
    for (id, placement) in list(connection, ids, None, FIRST).await? {
        first.entry(id).or_default().push(placement);
    }
    Ok(first)
}

/// So many of each. What is to come back has no list of its own before it does: it is told by what went.
async fn list(
    connection: &mut PgConnection,
    ids: &[Uuid],
    after: Option<Uuid>,
    limit: i64,
) -> Stored<Vec<(Uuid, Placement)>> {
    let rows = sqlx::query!(
        r#"
        with move as (
            select id, coalesce(effected_at, effect_at) as at, reverses is not null and effected_at is null as returns,
                   case when effected_at is null then coalesce(reverses, id) else id end as listed
            from org.reassignment where id = any($1)
        )
        select move.id as "id!", item.account_id as "account_id!", accounts.name as "name?",
               item.gone_from as "from!", (
                   select person.name from org.holder join org.person on person.id = holder.person_id
                   where holder.territory_id = item.gone_from and holder.capacity = 'owner'
                     and holder.from_at <= move.at and (holder.to_at is null or holder.to_at > move.at) limit 1
               ) as from_owner,
               item.gone_to as "to!", (
                   select person.name from org.holder join org.person on person.id = holder.person_id
                   where holder.territory_id = item.gone_to and holder.capacity = 'owner'
                     and holder.from_at <= move.at and (holder.to_at is null or holder.to_at > move.at) limit 1
               ) as to_owner
        from move
        cross join lateral (
            select account_id,
                   case when move.returns then to_territory_id else from_territory_id end as gone_from,
                   case when move.returns then from_territory_id else to_territory_id end as gone_to
            from org.reassignment_account
            where reassignment_id = move.listed and ($2::uuid is null or account_id > $2)
            order by account_id limit $3
        ) item
        left join record.accounts on accounts.id = item.account_id
        order by move.id, item.account_id
        "#,
        ids,
        after,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let placement = Placement {
                account: row.account_id.into(),
                name: row.name,
                from: row.from.into(),
                from_owner: row.from_owner,
                to: row.to.into(),
                to_owner: row.to_owner,
            };
            (row.id, placement)
        })
        .collect())
}
