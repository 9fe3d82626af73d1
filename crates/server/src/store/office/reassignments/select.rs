//! Which accounts a selection means, and where each goes.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{PersonId, TerritoryId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ACCOUNTS_MAX, AccountFilter, Reassigned, Selection, Target, refused, unknown};
use crate::ambient::{moment, now_ms};
use crate::store::Stored;

/// An account that goes from one territory to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub account: Uuid,
    pub from: Uuid,
    pub to: Uuid,
}

/// The accounts of a selection that do not lie where they are to go already.
pub(super) async fn items(
    connection: &mut PgConnection,
    what: &Selection,
    to: Option<Target>,
) -> Reassigned<Vec<Item>> {
    let found = match (what, to) {
        (Selection::Each(list), None) => {
            let list = list.iter().map(|(account, to)| (account.uuid(), to.uuid()));
            listed(connection, list).await?
        }
        (Selection::Each(_), Some(_)) => {
            return Err(refused("two_destinations", "a list with destinations of its own takes no other"));
        }
        (_, None) => return Err(refused("no_destination", "say to which territory or person")),
        (what, Some(to)) => {
            let to = destination(connection, to).await?;
            match what {
                Selection::Accounts(accounts) => {
                    listed(connection, accounts.iter().map(|account| (account.uuid(), to))).await?
                }
                Selection::Filter(filter) => filtered(connection, filter, to).await?,
                Selection::Territory(from) => inside(connection, from.uuid(), to).await?,
                Selection::Person(person) => held_by(connection, *person, to).await?,
                Selection::Each(_) => Vec::new(),
            }
        }
    };
    let found = whole(connection, found).await?;
    if found.len() > ACCOUNTS_MAX {
        return Err(refused("too_many_accounts", format!("at most {ACCOUNTS_MAX} accounts go at once")));
    }
    Ok(found.into_iter().filter(|item| item.from != item.to).collect())
}

/// Rule M2: what was merged goes where its root goes, and nowhere by itself.
async fn whole(connection: &mut PgConnection, found: Vec<Item>) -> Reassigned<Vec<Item>> {
    let (accounts, to): (Vec<Uuid>, Vec<Uuid>) = found.iter().map(|item| (item.account, item.to)).unzip();
    let query = sqlx::query!(
        r#"
        select part.id as "account!", part.territory_id as "from!", listed.territory_id as "to?"
        from sync.account part
        left join unnest($1::uuid[], $2::uuid[]) as listed(account_id, territory_id)
            on listed.account_id = part.root_id
        where part.root_id is not null and (part.id = any($1) or listed.account_id is not null)
        "#,
        &accounts,
        &to
    );
    let rows = query.fetch_all(connection).await?;
    let parts: BTreeSet<Uuid> = rows.iter().map(|row| row.account).collect();
    let roots = found.into_iter().filter(|item| !parts.contains(&item.account));
    let moved =
        rows.iter().filter_map(|row| Some(Item { account: row.account, from: row.from, to: row.to? }));
    Ok(roots.chain(moved).collect())
}

/// The territory to which accounts go: the one that is named, or the one that a person holds.
async fn destination(connection: &mut PgConnection, to: Target) -> Reassigned<Uuid> {
    let person = match to {
        Target::Territory(territory) => {
            known_territories(connection, &[territory.uuid()]).await?;
            return Ok(territory.uuid());
        }
        Target::Person(person) | Target::TerritoryOf(person) => person,
    };
    known_person(connection, person).await?;
    let query = sqlx::query!(
        "
        select id, code from org.territory
        where id in (select territory_id from org.holder
                     where person_id = $1 and capacity <> 'cover' and from_at <= $2 and (to_at is null or to_at > $2))
        order by code
        ",
        person.uuid(),
        moment(now_ms())
    );
    let rows = query.fetch_all(connection).await?;
    match rows.as_slice() {
        [one] => Ok(one.id),
        [] => Err(refused("no_territory", "this person holds no territory; name one")),
        several => {
            let codes: Vec<&str> = several.iter().map(|row| row.code.as_str()).collect();
            let text = format!("this person holds several territories; name one of {}", codes.join(", "));
            Err(refused("which_territory", text))
        }
    }
}

/// A territory to which accounts go, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The territory.
    pub territory: TerritoryId,
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// How many accounts go there.
    pub accounts: u32,
}

/// Where accounts go, by code.
pub(super) async fn destinations(connection: &mut PgConnection, items: &[Item]) -> Stored<Vec<Destination>> {
    let mut accounts: BTreeMap<Uuid, u32> = BTreeMap::new();
    items.iter().for_each(|item| *accounts.entry(item.to).or_default() += 1);
    let to: Vec<Uuid> = accounts.keys().copied().collect();
    let query =
        sqlx::query!("select id, code, name from org.territory where id = any($1) order by code", &to);
    let rows = query.fetch_all(connection).await?.into_iter();
    Ok(rows
        .map(|row| Destination {
            territory: row.id.into(),
            accounts: accounts.get(&row.id).copied().unwrap_or(0),
            code: row.code,
            name: row.name,
        })
        .collect())
}

async fn listed(
    connection: &mut PgConnection,
    list: impl Iterator<Item = (Uuid, Uuid)>,
) -> Reassigned<Vec<Item>> {
    let mut wanted = BTreeMap::new();
    for (account, to) in list {
        if wanted.insert(account, to).is_some_and(|before| before != to) {
            let text = format!("account {account} is listed with two destinations");
            return Err(refused("two_destinations", text));
        }
    }
    let mut destinations: Vec<Uuid> = wanted.values().copied().collect();
    destinations.sort_unstable();
    destinations.dedup();
    known_territories(connection, &destinations).await?;
    let (accounts, to): (Vec<Uuid>, Vec<Uuid>) = wanted.into_iter().unzip();
    let query = sqlx::query!(
        r#"
        select listed.account_id as "account!", listed.territory_id as "to!", account.territory_id as "from?",
               account.root_id
        from unnest($1::uuid[], $2::uuid[]) as listed(account_id, territory_id)
        left join sync.accounts_now($1) account on account.id = listed.account_id
        "#,
        &accounts,
        &to
    );
    let rows = query.fetch_all(connection).await?.into_iter();
    rows.map(|row| {
        let from = row.from.ok_or_else(|| unknown("account", row.account))?;
        if let Some(root) = row.root_id {
            let text =
                format!("account {} was merged into {root}; move that one, and it goes along", row.account);
            return Err(refused("already_merged", text));
        }
        Ok(Item { account: row.account, from, to: row.to })
    })
    .collect()
}

async fn filtered(connection: &mut PgConnection, filter: &AccountFilter, to: Uuid) -> Reassigned<Vec<Item>> {
    if *filter == AccountFilter::default() {
        return Err(refused("empty_filter", "a filter says at least one thing"));
    }
    let within = match filter.territory_id {
        Some(territory) => {
            let parts = with_parts(connection, &[territory.uuid()]).await?;
            if parts.is_empty() {
                return Err(unknown("territory", territory));
            }
            Some(parts)
        }
        None => None,
    };
    let accounts = sqlx::query_scalar!(
        "
        select id from record.accounts
        where merged_into is null and ($1::text is null or lower(segment) = lower($1))
          and ($2::text is null or starts_with(lower(postal_code), lower($2)))
          and ($3::text is null or lower(city) = lower($3)) and ($4::text is null or lower(region) = lower($4))
          and ($5::text is null or lower(country) = lower($5))
          and ($6::text is null or exists (select from record.account_tags
                                           where account_tags.account_id = accounts.id and lower(tag) = lower($6)))
        ",
        filter.segment.as_deref(),
        filter.postal_code.as_deref(),
        filter.city.as_deref(),
        filter.region.as_deref(),
        filter.country.as_deref(),
        filter.tag.as_deref()
    )
    .fetch_all(&mut *connection)
    .await?;
    let found = listed(connection, accounts.into_iter().map(|account| (account, to))).await?;
    Ok(match within {
        Some(within) => found.into_iter().filter(|item| within.contains(&item.from)).collect(),
        None => found,
    })
}

/// The accounts of a territory and its parts; an account that lies in the destination already stays.
async fn inside(connection: &mut PgConnection, from: Uuid, to: Uuid) -> Reassigned<Vec<Item>> {
    known_territories(connection, &[from]).await?;
    let territories = with_parts(connection, &[from]).await?;
    in_territories(connection, &territories, to).await
}

async fn held_by(connection: &mut PgConnection, person: PersonId, to: Uuid) -> Reassigned<Vec<Item>> {
    known_person_or_former(connection, person).await?;
    let query = sqlx::query_scalar!(
        "
        select distinct territory_id from org.holder
        where person_id = $1 and capacity <> 'cover' and from_at <= $2 and (to_at is null or to_at > $2)
        ",
        person.uuid(),
        moment(now_ms())
    );
    let held = query.fetch_all(&mut *connection).await?;
    let territories = with_parts(connection, &held).await?;
    in_territories(connection, &territories, to).await
}

/// Whoever asks has passed the turnstile, so that all rows have followed.
async fn in_territories(
    connection: &mut PgConnection,
    territories: &[Uuid],
    to: Uuid,
) -> Reassigned<Vec<Item>> {
    let query = sqlx::query!(
        "select id, territory_id from sync.account where territory_id = any($1) and archived_at is null",
        territories
    );
    let rows = query.fetch_all(connection).await?.into_iter();
    Ok(rows.map(|row| Item { account: row.id, from: row.territory_id, to }).collect())
}

/// Territories and all that are parts of them.
pub(super) async fn with_parts(connection: &mut PgConnection, territories: &[Uuid]) -> Stored<Vec<Uuid>> {
    let query = sqlx::query_scalar!(
        r#"
        with recursive node(id) as (
            select id from org.territory where id = any($1)
            union
            select territory.id from node join org.territory on territory.parent_id = node.id
        )
        select id as "id!" from node
        "#,
        territories
    );
    Ok(query.fetch_all(connection).await?)
}

/// Whether these territories exist and are in use.
pub(super) async fn known_territories(connection: &mut PgConnection, ids: &[Uuid]) -> Reassigned<()> {
    let query = sqlx::query!(
        r#"
        select wanted.id as "id!", code as "code?"
        from unnest($1::uuid[]) as wanted(id) left join org.territory on territory.id = wanted.id
        where territory.id is null or archived_at is not null limit 1
        "#,
        ids
    );
    match query.fetch_optional(connection).await? {
        None => Ok(()),
        Some(row) => Err(match row.code {
            None => unknown("territory", TerritoryId::from(row.id)),
            Some(code) => {
                let text = format!("{code} is out of use; choose a territory that is in use");
                refused("territory_archived", text)
            }
        }),
    }
}

/// Whether somebody is here to take something over.
pub(super) async fn known_person(connection: &mut PgConnection, id: PersonId) -> Reassigned<()> {
    let query = sqlx::query_scalar!("select active from org.person where id = $1", id.uuid());
    match query.fetch_optional(connection).await? {
        Some(true) => Ok(()),
        Some(false) => Err(refused("inactive_person", "this person does not work here any more")),
        None => Err(unknown("person", id)),
    }
}

/// Somebody who may have left, but whose territories have still to be handed over.
pub(super) async fn known_person_or_former(connection: &mut PgConnection, id: PersonId) -> Reassigned<()> {
    let query = sqlx::query_scalar!("select active from org.person where id = $1", id.uuid());
    query.fetch_optional(connection).await?.map(drop).ok_or_else(|| unknown("person", id))
}

/// Destinations that nobody holds.
pub(super) async fn check_held(connection: &mut PgConnection, items: &[Item]) -> Reassigned<()> {
    let mut to: Vec<Uuid> = items.iter().map(|item| item.to).collect();
    to.sort_unstable();
    to.dedup();
    let query = sqlx::query_scalar!(
        r#"
        select territory.name from org.territory
        where id = any($1)
          and id not in (select territory_id from org.entitled($1, $2) where holds)
        order by name limit 1
        "#,
        &to,
        moment(now_ms())
    );
    match query.fetch_optional(connection).await? {
        None => Ok(()),
        Some(name) => {
            let text = format!(
                "nobody holds {name}: the accounts would be on no device; allow it, or let somebody hold it first"
            );
            Err(refused("nobody_holds", text))
        }
    }
}
