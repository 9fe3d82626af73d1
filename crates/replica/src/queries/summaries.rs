//! Rows of lists: search, lists by kind, an account's timeline.

use roadbook_model::{AccountId, Kind, RecordId};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde::Serialize;

use super::Word;
use crate::store::values::{Sixteen, sixteen};
use crate::store::{Failure, Store, device, items};

/// One record in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The record.
    pub record: RecordId,
    /// Its kind's word.
    pub kind: String,
    /// Its account.
    pub account: AccountId,
    /// First line.
    pub title: String,
    /// Second line; may be empty.
    pub subtitle: String,
    /// The decided state, else the document's own.
    pub state: Option<String>,
    /// When it happened or is due, in milliseconds since 1970.
    pub at_ms: i64,
    /// When it last changed here, in milliseconds since 1970.
    pub changed_ms: i64,
    /// How far its work has come.
    pub sync: Word,
}

/// A stretch of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The records.
    pub records: Vec<Summary>,
    /// The record after which the list goes on, if it does.
    pub after: Option<RecordId>,
}

/// Columns of a [`Summary`], from `view`.
const COLUMNS: &str = "view.record, kind, account, title, subtitle, state, at_ms, changed_ms";

/// Leaves out accounts that were merged into another: they are found, and marked, but not listed.
const LISTED: &str = "merged = 0";

impl Store {
    /// Records whose text holds every word of `text`, each as a word or the beginning of one, whatever its case and
    /// accents; best match first. At most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn search(&self, text: &str, kind: Option<Kind>, limit: usize) -> Result<Vec<Summary>, Failure> {
        let Some(words) = prefixes(text) else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {COLUMNS} FROM view_search JOIN view ON view.place = view_search.rowid \
             WHERE view_search MATCH ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY view_search.rank, sort LIMIT ?3"
        );
        self.read(|c| list(c, &sql, (words, kind.map(Kind::name), most(limit))))
    }

    /// The records of a kind, at one account or everywhere: accounts and contacts by name, tasks by due day, the rest
    /// newest first. `after` continues a list after that record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn list(
        &self,
        kind: Kind,
        account: Option<AccountId>,
        limit: usize,
        after: Option<RecordId>,
    ) -> Result<Page, Failure> {
        self.read(|c| {
            let (sort, last) = after.map(|last| place(c, last)).transpose()?.flatten().unwrap_or_default();
            let last = last.map(Sixteen::from);
            let found = match account {
                None => {
                    let sql = format!(
                        "SELECT {COLUMNS} FROM view WHERE kind = ?1 AND {LISTED} AND (sort, record) > (?2, coalesce(?3, x'')) \
                         ORDER BY sort, record LIMIT ?4"
                    );
                    list(c, &sql, (kind.name(), sort, last, most(limit)))?
                }
                Some(account) => {
                    let sql = format!(
                        "SELECT {COLUMNS} FROM view WHERE account = ?5 AND kind = ?1 AND {LISTED} \
                         AND (sort, record) > (?2, coalesce(?3, x'')) ORDER BY sort, record LIMIT ?4"
                    );
                    list(c, &sql, (kind.name(), sort, last, most(limit), Sixteen::from(account)))?
                }
            };
            let after = if found.len() < limit { None } else { found.last().map(|row| row.record) };
            Ok(Page { records: found, after })
        })
    }

    /// What happened and is due at an account, latest first: everything but its own profile and its contacts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn account_timeline(&self, account: AccountId, limit: usize) -> Result<Vec<Summary>, Failure> {
        let sql = format!(
            "SELECT {COLUMNS} FROM view WHERE account = ? AND kind NOT IN ('account', 'contact') \
             ORDER BY at_ms DESC, record DESC LIMIT ?"
        );
        self.read(|c| list(c, &sql, (Sixteen::from(account), most(limit))))
    }
}

/// One record's summary, if it has a view.
pub(super) fn lookup(connection: &Connection, record: RecordId) -> Result<Option<Summary>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM view WHERE record = ?");
    Ok(list(connection, &sql, [Sixteen::from(record)])?.pop())
}

/// A record's title, if it has a view.
pub(super) fn title(connection: &Connection, record: RecordId) -> Result<Option<String>, Failure> {
    let mut statement = connection.prepare_cached("SELECT title FROM view WHERE record = ?")?;
    Ok(statement.query_row([Sixteen::from(record)], |row| row.get(0)).optional()?)
}

/// How far the work in a record has come.
fn word(connection: &Connection, record: RecordId, cursor: u64) -> Result<Word, Failure> {
    let items = items::of_record(connection, record)?;
    Ok(Word::of_record(items.iter().map(|item| Word::of(item.receipt.as_ref(), cursor))))
}

fn list(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Summary>, Failure> {
    let cursor = device::lookup(connection)?.map_or(0, |row| row.cursor.position);
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, read)?;
    rows.map(|row| {
        let row = row?;
        let sync = word(connection, row.record, cursor)?;
        Ok(Summary { sync, ..row })
    })
    .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Summary> {
    Ok(Summary {
        record: sixteen(row, "record")?,
        kind: row.get("kind")?,
        account: sixteen(row, "account")?,
        title: row.get("title")?,
        subtitle: row.get("subtitle")?,
        state: row.get("state")?,
        at_ms: row.get("at_ms")?,
        changed_ms: row.get("changed_ms")?,
        sync: Word::InTheRecord,
    })
}

/// Where a record stands in the list of its kind.
fn place(connection: &Connection, record: RecordId) -> Result<Option<(String, Option<RecordId>)>, Failure> {
    let sort = connection
        .prepare_cached("SELECT sort FROM view WHERE record = ?")?
        .query_row([Sixteen::from(record)], |row| row.get(0))
        .optional()?;
    Ok(sort.map(|sort| (sort, Some(record))))
}

/// The words of a text as a full-text query for their beginnings; `None` without any. The index's own tokenizer takes
/// each apart further, so that it and the query agree on accents and hyphens.
pub(super) fn prefixes(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control() || c == '"')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{word}\"*"))
        .collect();
    if words.is_empty() { None } else { Some(words.join(" ")) }
}

pub(super) fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
