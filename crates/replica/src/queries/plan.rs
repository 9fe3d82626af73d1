//! The plan on this device: whom it is time to see, the day's route, and what a period comes to. The rules are the model's
//! ([`roadbook_model::plan`]); here is what they are asked of.

mod day;
mod due;
mod figures;

pub use day::{Day, Stop};
pub use due::DueAccount;
pub use figures::Month;
pub(crate) use figures::asked;
pub(super) use figures::decided;

use roadbook_model::plan::{CADENCE, Cadences, GOALS, Goal};
use rusqlite::Row;

use super::reference::Reference;
use crate::store::{Failure, Store};

/// Keys fetched at once.
const PAGE: usize = 500;

impl Store {
    /// How often accounts are to be visited.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cadences(&self) -> Result<Cadences, Failure> {
        let found = self.whole(CADENCE)?;
        Ok(Cadences::of(found.iter().map(|one| (one.key.as_str(), &one.value))))
    }

    /// What the office aims at; what this version cannot read is left out.
    fn goals(&self) -> Result<Vec<Goal>, Failure> {
        Ok(self.whole(GOALS)?.iter().filter_map(|one| Goal::read(&one.key, &one.value).ok()).collect())
    }

    /// A set of reference data that is small enough to be read whole.
    fn whole(&self, set: &str) -> Result<Vec<Reference>, Failure> {
        let mut found: Vec<Reference> = Vec::new();
        loop {
            let after = found.last().map(|last| last.key.clone()).unwrap_or_default();
            let page = self.references(set, &after, PAGE)?;
            let is_last = page.len() < PAGE;
            found.extend(page);
            if is_last {
                return Ok(found);
            }
        }
    }
}

/// A text that a document holds under a name; none if it holds something else there.
fn text(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    Ok(row.get_ref(name)?.as_str().ok().filter(|text| !text.trim().is_empty()).map(str::to_owned))
}

/// A whole number, likewise.
fn whole(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<i64>> {
    Ok(row.get_ref(name)?.as_i64().ok())
}

/// A moment as documents show it, RFC 3339, in milliseconds since 1970.
fn moment_ms(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::store::Store;

    /// How SQLite goes about a statement, whatever its values are.
    fn way(connection: &Connection, sql: &str) -> String {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let none = vec![rusqlite::types::Null; statement.parameter_count()];
        let rows =
            statement.query_map(rusqlite::params_from_iter(none), |row| row.get::<_, String>("detail"));
        rows.unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap().join("\n")
    }

    #[test]
    fn every_question_goes_along_an_index() {
        let mut sqls = super::figures::statements();
        sqls.extend([super::due::ACCOUNTS, super::due::PLANNED, super::day::PLANNED].map(str::to_owned));
        let store = Store::open_in_memory().unwrap();
        let asked =
            |connection: &Connection| Ok(sqls.iter().map(|sql| way(connection, sql)).collect::<Vec<_>>());
        for (way, sql) in store.read(asked).unwrap().iter().zip(&sqls) {
            assert!(!way.contains("SCAN view") && !way.contains("SCAN own"), "{sql}\n{way}");
            assert!(way.contains("INDEX view_"), "{sql}\n{way}");
        }
    }
}
