//! Reference data: products, prices, promotions, process templates.

use rusqlite::{OptionalExtension, Row};
use serde::Serialize;
use serde_json::Value as Json;

use super::summaries::{most, prefixes};
use crate::store::{Failure, Store};

/// One keyed value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// Its key in its set: a SKU.
    pub key: String,
    /// Its value, a JSON object.
    pub value: Json,
}

impl Store {
    /// The value of a key in a set.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reference(&self, set: &str, key: &str) -> Result<Option<Json>, Failure> {
        let sql = "SELECT key, json FROM reference WHERE word = ? AND key = ?";
        let found = self.read(|c| Ok(c.prepare_cached(sql)?.query_row([set, key], read).optional()?))?;
        Ok(found.map(value).transpose()?.map(|found| found.value))
    }

    /// A set's values by key, from after `after` on; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn references(&self, set: &str, after: &str, limit: usize) -> Result<Vec<Reference>, Failure> {
        let sql = "SELECT key, json FROM reference WHERE word = ? AND key > ? ORDER BY key LIMIT ?";
        self.find(sql, (set, after, most(limit)))
    }

    /// The values of a set whose key or texts hold every word of `text`, each as a word or the beginning of one; best
    /// match first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_reference(&self, set: &str, text: &str, limit: usize) -> Result<Vec<Reference>, Failure> {
        let Some(words) = prefixes(text) else { return Ok(Vec::new()) };
        let sql = "SELECT key, json FROM reference_search JOIN reference ON place = reference_search.rowid \
                   WHERE reference_search MATCH ? AND word = ? ORDER BY reference_search.rank, key LIMIT ?";
        self.find(sql, (words, set, most(limit)))
    }

    fn find(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Reference>, Failure> {
        let found: Vec<(String, String)> = self.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let rows = statement.query_map(values, read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        found.into_iter().map(value).collect()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn value((key, json): (String, String)) -> Result<Reference, Failure> {
    let value = serde_json::from_str(&json).map_err(|_| Failure::Row { what: "reference" })?;
    Ok(Reference { key, value })
}
