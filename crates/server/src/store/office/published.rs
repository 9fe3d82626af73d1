//! The tree of territories, where devices can read it: the reference set `territories`. A device that is told where an account
//! lies finds by it what lies above, and so what a price list by territory is about.

use roadbook_model::pricing::TERRITORIES;
use serde_json::json;
use tracing::instrument;

use super::reference::write;
use crate::store::append::Append;
use crate::store::{Store, Stored};

impl Store {
    /// Publishes what of the tree devices do not have yet, have otherwise, or is gone. Without anything new it writes nothing.
    ///
    /// # Errors
    /// When the database fails.
    #[instrument(name = "db.territory.publish", skip_all, err(level = "debug"))]
    pub async fn publish_tree(&self) -> Stored<()> {
        let mut append = self.append().await?;
        if append.publish_tree().await? {
            append.commit().await?;
        }
        Ok(())
    }
}

impl Append<'_> {
    /// Rule P11: publishes what differs from what was published; says whether there was anything.
    pub(super) async fn publish_tree(&mut self) -> Stored<bool> {
        let rows = sqlx::query!(
            r#"
            select coalesce(part.key, known.key) as "key!", part.parent_id as "parent?"
            from (select id::text as key, parent_id from org.territory where parent_id is not null) part
            full join (select key, json from sync.reference where set = $1) known on known.key = part.key
            where known.json is distinct from
                  case when part.key is not null then jsonb_build_object('parent', part.parent_id) end
            order by 1
            "#,
            TERRITORIES
        )
        .fetch_all(self.connection())
        .await?;
        let news =
            rows.into_iter().map(|row| (row.key, row.parent.map(|parent| json!({ "parent": parent }))));
        let news: Vec<_> = news.collect();
        write(self, TERRITORIES, &news);
        Ok(!news.is_empty())
    }
}
