//! What records are called, where something else names them by their ids.

use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// A record and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Name {
    /// The record.
    pub id: Uuid,
    /// Its kind, such as `account` or `contact`.
    pub kind: String,
    /// Its account.
    pub account_id: Uuid,
    /// What it is called, in a line; null if nobody gave it a name.
    pub name: Option<String>,
}

impl Store {
    /// The names of those of these records that a person may see.
    #[instrument(name = "db.name.list", skip_all, fields(ids = ids.len()), err(level = "debug"))]
    pub async fn list_names(&self, person: &Person, ids: &[Uuid]) -> Stored<Vec<Name>> {
        let query = sqlx::query_as!(
            Name,
            r#"
            select searchable.record_id as "id!", searchable.kind as "kind!", searchable.account_id as "account_id!",
                   searchable.title as name
            from record.searchable
            join sync.account_now account on account.id = searchable.account_id
            where searchable.record_id = any($1)
              and ($2 or account.territory_id in (select territory_id from org.reach($3, $4)))
            order by searchable.record_id
            "#,
            ids,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms())
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
