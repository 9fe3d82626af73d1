//! The outbox and the held tray, item by item.

use roadbook_model::document;
use roadbook_model::projection::to_json;
use roadbook_model::{AccountId, RecordId};
use roadbook_protocol::item::Item as Pushed;
use roadbook_protocol::{ItemBody, Outcome};
use roadbook_sync::device::{ItemRow, Known, content, reapply};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value as Json;

use super::{Word, summaries};
use crate::store::{Failure, Store, Tx, device, items, records};

/// One captured thing that is not, or not knowingly, in the record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Its push number.
    pub number: u64,
    /// What it is: `create`, `edit`, `close`, or the verb of a request.
    pub what: String,
    /// Its record, if it is about one.
    pub record: Option<RecordId>,
    /// Its account, if it is about one.
    pub account: Option<AccountId>,
    /// The record's title, as far as it has one here.
    pub title: Option<String>,
    /// When it was captured, by this device's clock, in milliseconds since 1970.
    pub captured_ms: i64,
    /// How far it has come.
    pub sync: Word,
    /// Whether it is out of the record's current content: not taken, or built on something that was not.
    pub tray: bool,
    /// Why it was not taken.
    pub reason: Option<Missing>,
    /// For what is held: `now` if it can be captured anew at this moment, else the code of what stands in the way.
    pub reapply: Option<String>,
    /// For the tray: the record as it was written with this item, as a JSON object, so that nothing has to be
    /// remembered to write it again.
    pub wrote: Option<Json>,
}

/// Why something is not in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Stable word for programs.
    pub code: String,
    /// The rule of the specification.
    pub rule: String,
    /// The field; empty when the whole item is meant.
    pub path: Vec<String>,
    /// What happened and what to do next.
    pub text: String,
}

impl Store {
    /// Everything captured here that the record does not knowingly hold, in the order of capture, the tray left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outbox(&self) -> Result<Vec<Item>, Failure> {
        self.read(|c| describe(c, items::list(c, "SELECT * FROM item WHERE tray = 0 ORDER BY number", [])?))
    }

    /// What was held or refused, and what was built on it, in the order of capture.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn held_tray(&self) -> Result<Vec<Item>, Failure> {
        self.read(|c| describe(c, items::list(c, "SELECT * FROM item WHERE tray = 1 ORDER BY number", [])?))
    }
}

/// Items in words.
pub(crate) fn describe(connection: &Connection, rows: Vec<ItemRow>) -> Result<Vec<Item>, Failure> {
    let cursor = device::lookup(connection)?.map_or(0, |row| row.cursor.position);
    rows.into_iter().map(|row| item(connection, row, cursor)).collect()
}

fn item(connection: &Connection, row: ItemRow, cursor: u64) -> Result<Item, Failure> {
    let reapply = reapply(connection, &row);
    let view = row.record.map(|record| summaries::title(connection, record)).transpose()?.flatten();
    let wrote = if row.tray { wrote(connection, &row)? } else { None };
    let title = view.or_else(|| wrote.as_ref().and_then(|(title, _)| title.clone()));
    Ok(Item {
        number: row.number,
        what: what(&row),
        record: row.record,
        account: row.account,
        title,
        captured_ms: row.captured_ms,
        sync: Word::of(row.receipt.as_ref(), cursor),
        tray: row.tray,
        reason: row.receipt.and_then(|receipt| match receipt.outcome {
            Outcome::Held(reason) | Outcome::Refused(reason) => {
                Some(Missing { code: reason.code, rule: reason.rule, path: reason.path, text: reason.text })
            }
            Outcome::InRecord { .. } => None,
        }),
        reapply,
        wrote: wrote.map(|(_, fields)| fields),
    })
}

/// The word of [`Item::reapply`].
pub(super) const NOW: &str = "now";

/// Whether a held item can be captured anew now.
pub(super) fn reapply(connection: &Connection, row: &ItemRow) -> Option<String> {
    row.receipt.as_ref().filter(|receipt| row.tray && matches!(receipt.outcome, Outcome::Held(_)))?;
    let may = reapply::may_reapply(&mut Tx::new(connection, &Known::ALL), row.number);
    Some(may.map_or_else(|error| error.code().to_owned(), |()| NOW.to_owned()))
}

fn what(row: &ItemRow) -> String {
    match Pushed::read(&row.bytes) {
        Ok(Pushed { body: ItemBody::Changes(body), .. }) => {
            String::from(if body.new.is_some() { "create" } else { "edit" })
        }
        Ok(Pushed { body: ItemBody::Request(request), .. }) => request.verb,
        Ok(Pushed { body: ItemBody::Close, .. }) => "close".to_owned(),
        Ok(Pushed { body: ItemBody::Discard(_), .. }) => "discard".to_owned(),
        Ok(Pushed { body: ItemBody::Wiped, .. }) => "wiped".to_owned(),
        Err(_) => "unreadable".to_owned(),
    }
}

/// The record as it was written up to this item: accepted, and all of the record's items up to it, tray and all, with what
/// those build on. With the title that it would have had.
fn wrote(connection: &Connection, row: &ItemRow) -> Result<Option<(Option<String>, Json)>, Failure> {
    let Some(id) = row.record else { return Ok(None) };
    let Some(record) = records::lookup(connection, id)? else { return Ok(None) };
    let Some(kind) = record.envelope.kind.known() else { return Ok(None) };
    let Ok(mut doc) = content::accepted(&record) else { return Ok(None) };
    let changes = content::changes_upto(&items::of_record(connection, id)?, row.number);
    if changes.is_empty() || content::merge(&mut doc, changes.iter().map(Vec::as_slice)).is_err() {
        return Ok(None);
    }
    let spec = kind.spec();
    let fields = document::hydrate(spec, &doc);
    let title = crate::store::presentation::title(spec, &fields);
    Ok(Some((title, to_json(&fields))))
}
