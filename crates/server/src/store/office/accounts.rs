//! Accounts as the API lists and shows them: from the central record, with where they lie, who holds them and who has
//! them on a device.

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, PersonId, TerritoryId};
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Which accounts to list.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Those that lie in this territory.
    pub territory: Option<TerritoryId>,
    /// Those in territories that this person holds now.
    pub holder: Option<PersonId>,
    /// Only those that wait to be assigned.
    pub unassigned: bool,
    /// Only those of which is known where they are.
    pub located: bool,
    /// Those with this text in their name or town, or with just this number, whatever the case.
    pub text: Option<String>,
    /// Those after this one, by name and id.
    pub after: Option<(String, Uuid)>,
}

/// An account of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountRow {
    /// The account.
    pub id: Uuid,
    /// What it is called.
    pub name: Option<String>,
    /// Its number in the system behind.
    pub external_id: Option<String>,
    /// What it is to us.
    pub account_type: Option<String>,
    /// Whether it still trades with us.
    pub status: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Its class.
    pub segment: Option<String>,
    /// Where it is, in millionths of a degree, north positive.
    pub latitude_microdeg: Option<i64>,
    /// Where it is, in millionths of a degree, east positive.
    pub longitude_microdeg: Option<i64>,
    /// Where it lies.
    #[serde(rename = "territory_id")]
    pub territory: Uuid,
    /// That territory's code.
    pub territory_code: String,
    /// Why it waits to be assigned (`inbox`, `no_rule`, `no_holder`), in a list of such.
    pub unassigned: Option<String>,
    /// The record's version: the log position of its last change.
    pub version: i64,
    /// The name as the list is sorted by.
    #[serde(skip)]
    pub sorts_as: String,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Account {
    /// The account.
    pub id: Uuid,
    /// Its fields, as in the central record.
    #[schema(value_type = Object)]
    pub fields: Json,
    /// Its tags.
    pub tags: Vec<String>,
    /// The account that it was merged into: it stays as it was, and its records stand there.
    pub merged_into: Option<Uuid>,
    /// The accounts that were merged into it.
    pub merged: Vec<Uuid>,
    /// Where it lies.
    #[serde(rename = "territory_id")]
    pub territory: Uuid,
    /// The codes from the root of the tree to that territory.
    pub path: Vec<String>,
    /// Who is entitled to it now.
    pub people: Vec<Entitled>,
    /// Who has it on a device, in numbers.
    pub leases: LeaseCount,
    /// The record's version: the log position of its last change.
    pub version: i64,
}

/// Somebody who is entitled to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entitled {
    /// Who.
    #[serde(rename = "person_id")]
    pub person: Uuid,
    /// That person's name.
    #[serde(rename = "person_name")]
    pub name: String,
    /// In what capacity: `owner`, `co_owner`, `cover`, or `manager` of somebody who is.
    #[serde(rename = "capacity")]
    pub r#as: String,
    /// By holding which territory; null for a manager.
    #[serde(rename = "territory_id")]
    pub territory: Option<Uuid>,
    /// Until when, if an end is known.
    #[serde(rename = "to_at")]
    pub to: Option<DateTime<Utc>>,
}

/// Leases on an account, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeaseCount {
    /// Devices that hold it.
    pub open: i64,
    /// Devices that lost it and have not yet said that everything was sent.
    pub draining: i64,
}

impl Store {
    /// Accounts that a person may see, by name.
    #[instrument(name = "db.account.list", skip_all, err(level = "debug"))]
    pub async fn list_accounts(
        &self,
        person: &Person,
        filter: AccountFilter,
        limit: i64,
    ) -> Stored<Vec<AccountRow>> {
        let (after_name, after_id) = filter.after.unzip();
        let mut tx = self.settled().await?;
        let query = sqlx::query_as!(
            AccountRow,
            r#"
            select accounts.id, accounts.name, external_id, account_type, status, city, postal_code, country, segment,
                   latitude_microdeg, longitude_microdeg, account.territory_id as territory, territory.code as territory_code,
                   waiting.reason as "unassigned?", log_position as version,
                   coalesce(lower(accounts.name), '') as "sorts_as!"
            from record.accounts
            join sync.account on account.id = accounts.id
            join org.territory on territory.id = account.territory_id
            left join (select account_id, reason from org.unassigned($3) where $4) waiting
                on waiting.account_id = accounts.id
            where accounts.merged_into is null
              and ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and (not $4 or waiting.account_id is not null)
              and (not $11 or (latitude_microdeg is not null and longitude_microdeg is not null))
              and ($5::uuid is null or account.territory_id = $5)
              and ($6::uuid is null
                   or account.territory_id in (select territory_id from org.reach($6, $3) where holds))
              and ($7::text is null or position(lower($7) in lower(accounts.name)) > 0
                   or position(lower($7) in lower(city)) > 0 or external_id = $7)
              and ($8::text is null or (coalesce(lower(accounts.name), ''), accounts.id) > ($8, $9::uuid))
            order by coalesce(lower(accounts.name), ''), accounts.id
            limit $10
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.unassigned,
            filter.territory.map(TerritoryId::uuid),
            filter.holder.map(PersonId::uuid),
            filter.text,
            after_name,
            after_id,
            limit,
            filter.located
        );
        Ok(query.fetch_all(&mut *tx).await?)
    }

    /// One account. Whether somebody may see it is asked before.
    #[instrument(name = "db.account.lookup", skip_all, fields(%id), err(level = "debug"))]
    pub async fn lookup_account(&self, id: AccountId) -> Stored<Option<Account>> {
        let mut tx = self.settled().await?;
        let row = sqlx::query!(
            r#"
            select to_jsonb(accounts) - array['id', 'account_id', 'territory_id', 'merged_into', 'log_position']
                       -- The chain that it belongs to may have been merged since: then to what that is part of now.
                       || jsonb_build_object('parent_id', nullif(coalesce(parent.root_id, accounts.parent_id), accounts.id))
                       as "fields!",
                   account.root_id as "merged_into?",
                   array(select id from sync.account part where part.root_id = accounts.id order by id) as "merged!",
                   array(select tag from record.account_tags
                         where account_tags.account_id = accounts.id and tag is not null order by tag) as "tags!",
                   account.territory_id, tree.path as "path!", log_position,
                   (select count(*) from sync.lease where lease.account_id = accounts.id and closed is null
                    and withdrawn is null) as "open!",
                   (select count(*) from sync.lease where lease.account_id = accounts.id and closed is null
                    and withdrawn is not null) as "draining!"
            from record.accounts
            join sync.account on account.id = accounts.id
            join org.tree() tree on tree.territory_id = account.territory_id
            left join sync.account parent on parent.id = accounts.parent_id
            where accounts.id = $1
            "#,
            id.uuid()
        );
        let Some(row) = row.fetch_optional(&mut *tx).await? else { return Ok(None) };
        drop(tx);
        Ok(Some(Account {
            id: id.uuid(),
            fields: row.fields,
            tags: row.tags,
            merged_into: row.merged_into,
            merged: row.merged,
            territory: row.territory_id,
            path: row.path,
            people: self.entitled(row.territory_id).await?,
            leases: LeaseCount { open: row.open, draining: row.draining },
            version: row.log_position,
        }))
    }

    /// Who is entitled to a territory now: those who hold it or what it is a part of, then their managers.
    async fn entitled(&self, territory: Uuid) -> Stored<Vec<Entitled>> {
        let query = sqlx::query_as!(
            Entitled,
            r#"
            select entitled.person_id as "person!", person.name, coalesce(holder.capacity, 'manager') as "as!",
                   holder.territory_id as "territory?", holder.to_at as "to?"
            from org.entitled(array[$1]::uuid[], $2) entitled
            join org.person on person.id = entitled.person_id
            left join org.holder on entitled.holds and holder.person_id = entitled.person_id
                and holder.from_at <= $2 and (holder.to_at is null or holder.to_at > $2)
                and holder.territory_id in (
                    select above.territory_id from org.tree() above
                    join org.tree() own on own.territory_id = $1 and own.path[:above.level] = above.path)
            order by holder.capacity is null, array_position(array['owner', 'co_owner', 'cover'], holder.capacity),
                     person.name, holder.territory_id
            "#,
            territory,
            moment(ambient::now_ms())
        );
        Ok(query.fetch_all(self.pool()).await?)
    }

    /// Whether a person may see a territory: the office every one, others those in their reach.
    pub async fn sees_territory(&self, person: &Person, territory: TerritoryId) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"
            select exists (select from org.territory where id = $1)
               and ($3 or exists (select from org.reach($2, $4) where territory_id = $1)) as "sees!"
            "#,
            territory.uuid(),
            person.id.uuid(),
            person.role.is_office(),
            moment(ambient::now_ms())
        );
        Ok(query.fetch_one(self.pool()).await?)
    }

    /// The territories in a person's reach.
    pub async fn reach(&self, person: PersonId) -> Stored<Vec<TerritoryId>> {
        let query = sqlx::query_scalar!(
            r#"select territory_id as "territory!" from org.reach($1, $2)"#,
            person.uuid(),
            moment(ambient::now_ms())
        );
        Ok(query.fetch_all(self.pool()).await?.into_iter().map(TerritoryId::from).collect())
    }
}
