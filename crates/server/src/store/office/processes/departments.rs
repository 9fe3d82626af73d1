//! Departments by their code, where devices can read them: the reference set `departments`. Without it a device could put no
//! task into a department's queue.

use roadbook_model::process::DEPARTMENTS;
use serde_json::json;
use tracing::instrument;

use crate::store::append::Append;
use crate::store::office::reference::write;
use crate::store::{Store, Stored};

impl Store {
    /// Publishes departments that devices do not have yet, have otherwise, or that are gone. Without anything new it writes
    /// nothing.
    ///
    /// # Errors
    /// When the database fails.
    #[instrument(name = "db.department.publish", skip_all, err(level = "debug"))]
    pub async fn publish_departments(&self) -> Stored<()> {
        let mut append = self.append().await?;
        if append.publish_departments().await? {
            append.commit().await?;
        }
        Ok(())
    }
}

impl Append<'_> {
    /// Publishes what differs from what was published; says whether there was anything.
    pub(in crate::store::office) async fn publish_departments(&mut self) -> Stored<bool> {
        let rows = sqlx::query!(
            r#"
            select coalesce(department.code, known.key) as "key!", department.id as "id?", department.name as "name?"
            from org.department
            full join (select key, json from sync.reference where set = $1) known on known.key = department.code
            where department.id is null or known.json is null
               or known.json <> jsonb_build_object('id', department.id, 'name', department.name)
            order by 1
            "#,
            DEPARTMENTS
        )
        .fetch_all(self.connection())
        .await?;
        if rows.is_empty() {
            return Ok(false);
        }
        let news = rows.into_iter().map(|row| {
            let known = row.id.zip(row.name);
            (row.key, known.map(|(id, name)| json!({ "id": id, "name": name })))
        });
        write(self, DEPARTMENTS, &news.collect::<Vec<_>>());
        Ok(true)
    }
}
