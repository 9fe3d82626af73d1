//! How an account stands to others: the chain it belongs to and its outlets, who referred whom, and relations in both
//! directions. Accounts that were merged count as what they are part of.

use roadbook_model::AccountId;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Most links that are read.
const LINKS_MAX: i64 = 500;

/// One account that another is linked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountLink)]
pub struct Link {
    /// What it is to the other: `parent` (it belongs to it), `outlet`, `referred_by`, `referred`, `relation` (as this account
    /// says) or `related` (as that one says).
    pub what: String,
    /// That account.
    pub account_id: Uuid,
    /// What it is called.
    pub name: Option<String>,
    /// Its number in the system behind.
    pub external_id: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// For relations: which one, in the words of whoever says it.
    pub relation: Option<String>,
    /// For relations: what one should know about it.
    pub note: Option<String>,
}

impl Store {
    /// The links of an account to those that a person may see.
    #[instrument(name = "db.account.links", skip_all, fields(%account), err(level = "debug"))]
    pub async fn account_links(&self, person: &Person, account: AccountId) -> Stored<Vec<Link>> {
        let mut tx = self.settled().await?;
        let query = sqlx::query_as!(
            Link,
            r#"
            with own as (select account_id from sync.one($1)),
            link as (
                select 'parent' as what, parent_id as id, null::text as relation, null::text as note
                from record.accounts where id = $1 and parent_id is not null
                union
                select 'referred_by', referred_by_id, null, null
                from record.accounts where id = $1 and referred_by_id is not null
                union
                select 'outlet', id, null, null
                from record.accounts where parent_id in (select account_id from own) and merged_into is null
                union
                select 'referred', id, null, null
                from record.accounts where referred_by_id in (select account_id from own) and merged_into is null
                union
                select 'relation', other_id, relation, note
                from record.account_relations where account_id in (select account_id from own) and other_id is not null
                union
                select 'related', account_id, relation, note
                from record.account_relations where other_id in (select account_id from own)
            )
            select link.what as "what!", target.id as "account_id!", target.name, target.external_id, target.city,
                   link.relation, link.note
            from link
            join sync.account place on place.id = link.id
            join record.accounts target on target.id = coalesce(place.root_id, place.id)
            where target.id not in (select account_id from own)
              and ($2 or target.territory_id in (select territory_id from org.reach($3, $4)))
            order by array_position(array['parent', 'outlet', 'relation', 'related', 'referred_by', 'referred'], link.what),
                     lower(target.name), target.id
            limit $5
            "#,
            account.uuid(),
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            LINKS_MAX
        );
        Ok(query.fetch_all(&mut *tx).await?)
    }
}
