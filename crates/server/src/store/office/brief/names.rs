//! The names of people, where devices can read them: the reference set `people`. A device keeps no table of the
//! organisation; without this it could not say offline who visited.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::PersonId;
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use crate::store::append::Append;
use crate::store::office::reference::write;
use crate::store::{Store, Stored};

/// The set in which devices find people by id, each an object with `name`.
pub const PEOPLE: &str = "people";

impl Store {
    /// Publishes the names that devices do not have yet, or have otherwise. To be called after people were added or
    /// renamed; without anything new it writes nothing.
    ///
    /// # Errors
    /// When the database fails.
    #[instrument(name = "db.person.publish", skip_all, err(level = "debug"))]
    pub async fn publish_names(&self) -> Stored<()> {
        let mut append = self.append().await?;
        if append.publish_names().await? {
            append.commit().await?;
        }
        Ok(())
    }

    /// The names of these people.
    pub(super) async fn names_of(&self, people: BTreeSet<PersonId>) -> Stored<BTreeMap<PersonId, String>> {
        let ids: Vec<Uuid> = people.into_iter().map(PersonId::uuid).collect();
        let query = sqlx::query!("select id, name from org.person where id = any($1)", &ids);
        let rows = query.fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
    }
}

impl Append<'_> {
    /// Publishes the names that differ from what was published; says whether there were any.
    pub(in crate::store::office) async fn publish_names(&mut self) -> Stored<bool> {
        let rows = sqlx::query!(
            "
            select person.id, person.name from org.person
            left join sync.reference known on known.set = $1 and known.key = person.id::text
            where known.json ->> 'name' is distinct from person.name
            order by person.id
            ",
            PEOPLE
        )
        .fetch_all(self.connection())
        .await?;
        if rows.is_empty() {
            return Ok(false);
        }
        let news = rows.into_iter().map(|row| (row.id.to_string(), Some(json!({ "name": row.name }))));
        write(self, PEOPLE, &news.collect::<Vec<_>>());
        Ok(true)
    }
}
