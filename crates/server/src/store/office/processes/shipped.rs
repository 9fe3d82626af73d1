//! The processes that come with Roadbook, published with the departments that they hand tasks to.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::DepartmentId;
use roadbook_model::process::SET;
use roadbook_model::process::shipped::shipped;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::super::Done;
use super::super::audit::By;
use super::super::reference::Publication;
use crate::ambient;
use crate::store::Store;

/// What was published of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedProcesses {
    /// Keys of the processes that were not there.
    pub published: Vec<String>,
    /// Codes of the departments that were added for them.
    pub departments: Vec<String>,
}

impl Store {
    /// Publishes those of the processes that come with Roadbook that are not there, after adding the departments that
    /// they need. Again it does nothing.
    ///
    /// # Errors
    /// `name_taken` when a department with another code has the name of one that is needed.
    #[instrument(name = "db.process.publish_shipped", skip_all, err(level = "debug"))]
    pub async fn publish_shipped(&self, by: &By) -> Done<PublishedProcesses> {
        let mut done = PublishedProcesses::default();
        let known = self.list_reference(SET, None, None, i64::MAX).await?;
        let known: BTreeSet<String> = known.into_iter().map(|row| row.key).collect();
        let missing: Vec<_> = shipped().filter(|(key, ..)| !known.contains(key)).collect();
        if missing.is_empty() {
            return Ok(done);
        }
        let query = sqlx::query_scalar!("select code from org.department");
        let mut codes: BTreeSet<String> = query.fetch_all(self.pool()).await?.into_iter().collect();
        for (_, code) in missing.iter().flat_map(|(.., template)| template.departments()) {
            if codes.insert(code.to_owned()) {
                let id = DepartmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
                self.add_department(Some(by), id, &name_of(code), Some(code)).await?;
                done.departments.push(code.to_owned());
            }
        }
        let items: BTreeMap<_, _> = missing.into_iter().map(|(key, value, _)| (key, Some(value))).collect();
        done.published = items.keys().cloned().collect();
        self.publish_checked(by, Publication { set: SET.to_owned(), items, dry_run: false }).await?;
        Ok(done)
    }
}

/// What a department is called at first: its code, capitalised.
fn name_of(code: &str) -> String {
    let mut chars = code.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
