//! Reference data again, from the entries that publish it, and compared with what stands.

use std::collections::BTreeMap;

use roadbook_protocol::Entry;
use serde_json::Value as Json;
use sqlx::PgConnection;

use super::{Problem, Verification};
use crate::store::Stored;
use crate::store::cells::unsigned;

/// What problems call the table.
const TABLE: &str = "sync.reference";

/// The last word on each key of each set, and where it was said.
#[derive(Debug, Default)]
pub(super) struct References {
    given: BTreeMap<(String, String), (String, u64)>,
}

impl References {
    /// Takes in what an entry says.
    pub(super) fn apply(&mut self, position: u64, entry: &Entry) {
        let Entry::Reference(reference) = entry else { return };
        for item in &reference.items {
            let key = (reference.set.clone(), item.key.clone());
            match &item.json {
                Some(json) => drop(self.given.insert(key, (json.clone(), position))),
                None => drop(self.given.remove(&key)),
            }
        }
    }
}

/// Compares what is stored with what was published.
pub(super) async fn compare(
    connection: &mut PgConnection,
    mut references: References,
    found: &mut Verification,
) -> Stored<()> {
    let mut last = (String::new(), String::new());
    loop {
        let query = sqlx::query!(
            r#"
            select set, key, json as "json: Json", position from sync.reference
            where (set, key) > ($1, $2) order by set, key limit 1000
            "#,
            last.0,
            last.1
        );
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(end) = rows.last() else { break };
        last = (end.set.clone(), end.key.clone());
        for row in rows {
            found.references += 1;
            let name = format!("{}/{}", row.set, row.key);
            let Some((json, position)) = references.given.remove(&(row.set, row.key)) else {
                found.report(Problem::Unfounded { table: TABLE.to_owned(), row: name });
                continue;
            };
            let is_same = serde_json::from_str::<Json>(&json).is_ok_and(|json| json == row.json);
            if !is_same || position != unsigned(row.position) {
                found.report(Problem::Differs { table: TABLE, row: name, what: "value" });
            }
        }
    }
    for (set, key) in references.given.into_keys() {
        found.report(Problem::Missing { table: TABLE.to_owned(), row: format!("{set}/{key}") });
    }
    Ok(())
}
