//! What rows of an import refer to, looked up for many at once: records, accounts, territories, and what the records say.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{AccountId, Kind, TerritoryId};
use serde_json::{Map, Value as Json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::membership::{LiveRules, live_rules};
use crate::exchange::channels::Channel;
use crate::exchange::target::Parsed;
use crate::store::Stored;

/// A record as it is named by its number.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The record.
    pub id: Uuid,
    /// The account that it was merged into.
    pub merged_into: Option<Uuid>,
}

/// What a record says now.
#[derive(Clone, Debug)]
pub struct Current {
    /// The account that it belongs to.
    pub account: Uuid,
    /// Its fields.
    pub fields: Map<String, Json>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its channels.
    pub channels: Vec<Channel>,
}

/// What an account is called by may mean nothing, one account, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This one: the root, if it was merged.
    One(Uuid),
    /// More than one.
    Several,
}

/// All of it.
pub struct Known {
    /// Records by number, folded.
    pub by_number: BTreeMap<String, Vec<Found>>,
    /// Records by id.
    pub by_id: BTreeMap<Uuid, Found>,
    /// Accounts by what rows call them.
    pub accounts: BTreeMap<String, Meant>,
    /// Numbers of accounts that rows of the same file make.
    pub in_file: BTreeSet<String>,
    /// Territories by code, in lower case.
    pub territories: BTreeMap<String, TerritoryId>,
    /// The rules that place accounts.
    pub rules: LiveRules,
    /// Where those go that no rule places.
    pub inbox: Option<TerritoryId>,
    /// What the records say.
    pub current: BTreeMap<Uuid, Current>,
}

/// Looks up what these rows refer to.
pub async fn find(
    connection: &mut PgConnection,
    import: Uuid,
    kind: Kind,
    rows: &[&Parsed],
) -> Stored<Known> {
    let numbers: Vec<String> = rows.iter().filter_map(|row| row.external_id.clone()).collect();
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.id).collect();
    let by_number = by_number(connection, kind, &numbers).await?;
    let by_id = by_id(connection, kind, &ids).await?;
    let named = rows.iter().flat_map(|row| [&row.account, &row.parent, &row.referred_by]);
    let named: BTreeSet<&String> = named.flatten().collect();
    let named: Vec<String> = named.into_iter().cloned().collect();
    let in_file =
        if kind == Kind::ACCOUNT { in_file(connection, import, &named).await? } else { BTreeSet::new() };
    let accounts = accounts(connection, &named).await?;
    let matched: Vec<Uuid> =
        by_number.values().flatten().chain(by_id.values()).map(|found| found.id).collect();
    let current = match kind == Kind::ACCOUNT {
        true => accounts_now(connection, &matched).await?,
        false => contacts_now(connection, &matched).await?,
    };
    let territories =
        sqlx::query!("select lower(code) as \"code!\", id from org.territory where archived_at is null");
    let territories = territories.fetch_all(&mut *connection).await?;
    let inbox = sqlx::query_scalar!("select id from org.territory where is_inbox");
    let inbox = inbox.fetch_optional(&mut *connection).await?.map(TerritoryId::from);
    Ok(Known {
        by_number,
        by_id,
        accounts,
        in_file,
        territories: territories.into_iter().map(|row| (row.code, row.id.into())).collect(),
        rules: live_rules(connection).await?,
        inbox,
        current,
    })
}

async fn by_number(
    connection: &mut PgConnection,
    kind: Kind,
    numbers: &[String],
) -> Stored<BTreeMap<String, Vec<Found>>> {
    let rows = sqlx::query!(
        r#"
        select named.number as "number!", accounts.id as "id!", accounts.merged_into
        from unnest($1::text[]) named(number)
        join record.accounts on record.folded(accounts.external_id) = record.folded(named.number)
        where $2 and accounts.external_id is not null
        union
        select named.number, contacts.id, null
        from unnest($1::text[]) named(number)
        join record.contacts on record.folded(contacts.external_id) = record.folded(named.number)
        where not $2 and contacts.external_id is not null
        "#,
        numbers,
        kind == Kind::ACCOUNT
    )
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for row in rows {
        found.entry(row.number).or_default().push(Found { id: row.id, merged_into: row.merged_into });
    }
    Ok(found)
}

async fn by_id(connection: &mut PgConnection, kind: Kind, ids: &[Uuid]) -> Stored<BTreeMap<Uuid, Found>> {
    let rows = sqlx::query!(
        r#"
        select id as "id!", merged_into from record.accounts where $2 and id = any($1)
        union all
        select id, null from record.contacts where not $2 and id = any($1)
        "#,
        ids,
        kind == Kind::ACCOUNT
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().map(|row| (row.id, Found { id: row.id, merged_into: row.merged_into }));
    Ok(found.collect())
}

/// An account by its id, else by its number, else by its name if no other is called so.
pub(super) async fn accounts(
    connection: &mut PgConnection,
    named: &[String],
) -> Stored<BTreeMap<String, Meant>> {
    let ids: Vec<Option<Uuid>> = named.iter().map(|word| Uuid::try_parse(word).ok()).collect();
    let rows = sqlx::query!(
        r#"
        with named as (select word, id from unnest($1::text[], $2::uuid[]) named(word, id))
        select word as "word!", 0 as "rank!", coalesce(merged_into, accounts.id) as "id!"
        from named join record.accounts on accounts.id = named.id
        union
        select word, 1, coalesce(merged_into, accounts.id)
        from named join record.accounts on record.folded(external_id) = record.folded(word)
        where external_id is not null
        union
        select word, 2, accounts.id
        from named join record.accounts on record.folded(name) = record.folded(word)
        where merged_into is null
        order by 1, 2
        "#,
        named,
        &ids as _
    )
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<String, (i32, Meant)> = BTreeMap::new();
    for row in rows {
        let (rank, meant) = found.entry(row.word).or_insert((row.rank, Meant::One(row.id)));
        if *rank == row.rank && *meant != Meant::One(row.id) {
            *meant = Meant::Several;
        }
    }
    Ok(found.into_iter().map(|(word, (_, meant))| (word, meant)).collect())
}

/// Which of these numbers rows of the file have that are still to be carried out.
async fn in_file(connection: &mut PgConnection, import: Uuid, named: &[String]) -> Stored<BTreeSet<String>> {
    let rows = sqlx::query_scalar!(
        r#"
        select word as "word!" from unnest($2::text[]) named(word)
        where exists (select from org.import_row where import_id = $1 and not is_done and key = 'x:' || record.folded(word))
        "#,
        import,
        named
    );
    Ok(rows.fetch_all(connection).await?.into_iter().collect())
}

async fn accounts_now(connection: &mut PgConnection, ids: &[Uuid]) -> Stored<BTreeMap<Uuid, Current>> {
    let rows = sqlx::query!(
        r#"
        select id, to_jsonb(accounts) as "fields!",
               array(select tag from record.account_tags
                     where account_tags.account_id = accounts.id and tag is not null order by tag) as "tags!"
        from record.accounts where id = any($1)
        "#,
        ids
    )
    .fetch_all(connection)
    .await?;
    let current = rows.into_iter().map(|row| {
        let current =
            Current { account: row.id, fields: object(row.fields), tags: row.tags, channels: Vec::new() };
        (row.id, current)
    });
    Ok(current.collect())
}

async fn contacts_now(connection: &mut PgConnection, ids: &[Uuid]) -> Stored<BTreeMap<Uuid, Current>> {
    let rows = sqlx::query!(
        r#"
        select id, account_id, to_jsonb(contacts) as "fields!" from record.contacts where id = any($1)
        "#,
        ids
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut current: BTreeMap<Uuid, Current> = rows
        .into_iter()
        .map(|row| {
            let fields = object(row.fields);
            (row.id, Current { account: row.account_id, fields, tags: Vec::new(), channels: Vec::new() })
        })
        .collect();
    let channels = sqlx::query!(
        r#"
        select contact_id, channel as "channel!", address as "address!", label from record.contact_channels
        where contact_id = any($1) and channel is not null and address is not null
        order by contact_id, position nulls last, id
        "#,
        ids
    );
    for row in channels.fetch_all(connection).await? {
        if let Some(current) = current.get_mut(&row.contact_id) {
            let channel = Channel { channel: row.channel, address: row.address, label: row.label };
            current.channels.push(channel);
        }
    }
    Ok(current)
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

impl Known {
    /// Which account a word means.
    pub fn account(&self, word: &str) -> Option<Meant> {
        self.accounts.get(word).copied()
    }

    /// Where the rules put an account with this content, or the inbox.
    pub fn place(&self, fields: &roadbook_model::Fields) -> Option<TerritoryId> {
        let facts = roadbook_model::membership::Facts::of(fields);
        let rule = roadbook_model::membership::place(&self.rules.rules, &facts);
        rule.map(|rule| rule.territory).or(self.inbox)
    }
}

/// The account that an id names, as the model has it.
pub fn account_id(id: Uuid) -> AccountId {
    AccountId::from(id)
}
