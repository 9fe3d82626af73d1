//! One record in full.

use automerge::Automerge;
use roadbook_model::document;
use roadbook_model::projection::to_json;
use roadbook_model::{Fields, RecordId, TerritoryId, Value};
use roadbook_protocol::entry::Review;
use roadbook_sync::device::{ItemRow, RecordRow, content};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value as Json;

use super::outbox::{self, Item};
use super::pricing::lies_in;
use super::summaries::{self, Summary};
use crate::store::values::Sixteen;
use crate::store::{Failure, Store, items, records};

/// One record with everything that is known of it here.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// As in lists.
    #[serde(flatten)]
    pub summary: Summary,
    /// Where its account lies, if this device was told.
    pub territory: Option<TerritoryId>,
    /// The content, as a JSON object.
    pub fields: Json,
    /// What its kind derives from it, such as totals.
    pub derived: Json,
    /// What the centre decided about it.
    pub decision: Option<Decided>,
    /// Fields that several people wrote at once, differently.
    pub conflicts: Vec<ConflictField>,
    /// Work on it that is not in the record yet, or was not taken.
    pub items: Vec<Item>,
}

/// A decision, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// What was asked for.
    pub verb: String,
    /// The state that followed.
    pub state: String,
    /// The order's number.
    pub number: Option<String>,
    /// The order's total in minor units, as decided.
    pub total_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// Why, in the words of who decided.
    pub text: Option<String>,
    /// What the server's own pricing came to when the order was submitted, if it had anything to say.
    pub review: Option<Reviewed>,
}

/// What a submitted order was captured at, and what the server found that it costs, in minor units before tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reviewed {
    /// As captured.
    pub captured_minor: i64,
    /// The tax on it then.
    pub captured_tax_minor: Option<i64>,
    /// As the server prices it.
    pub priced_minor: i64,
    /// The tax on it by the same.
    pub priced_tax_minor: i64,
    /// Whether the two differ.
    pub differs: bool,
    /// Codes of why it needs, or needed, an approval.
    pub reasons: Vec<String>,
    /// The lowest role that may approve it.
    pub approver: Option<String>,
}

impl From<Review> for Reviewed {
    fn from(review: Review) -> Self {
        Self {
            captured_minor: review.captured_minor,
            captured_tax_minor: review.captured_tax_minor,
            priced_minor: review.priced_minor,
            priced_tax_minor: review.priced_tax_minor,
            differs: review.differs,
            reasons: review.reasons,
            approver: review.approver,
        }
    }
}

/// A field with several values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConflictField {
    /// Names from the root to the field.
    pub path: Vec<String>,
    /// The values, the one that stands last.
    pub values: Vec<ConflictSide>,
}

/// One of the values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConflictSide {
    /// What was written.
    pub value: Json,
    /// Whether it is the one that everyone sees meanwhile.
    pub stands: bool,
}

impl Store {
    /// A record, with its conflicts and what waits in it. A record of which nothing was taken has no content here: see
    /// [`Store::held_tray`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn record(&self, id: RecordId) -> Result<Option<Record>, Failure> {
        self.read(|c| {
            let Some(summary) = summaries::lookup(c, id)? else { return Ok(None) };
            let Some(row) = records::lookup(c, id)? else { return Ok(None) };
            let pending = items::of_record(c, id)?;
            let (fields, derived) = content_of(c, id)?;
            let territory = lies_in(c, row.envelope.account)?;
            Ok(Some(Record {
                summary,
                territory,
                fields,
                derived,
                conflicts: conflicts(&row, &pending),
                decision: row.decision.map(|decision| Decided {
                    verb: decision.verb,
                    state: decision.state,
                    number: decision.number,
                    total_minor: decision.total_minor,
                    currency: decision.currency,
                    text: decision.text,
                    review: decision.review.map(Reviewed::from),
                }),
                items: outbox::describe(c, pending)?,
            }))
        })
    }
}

fn content_of(connection: &Connection, id: RecordId) -> Result<(Json, Json), Failure> {
    let found: Option<(String, String)> = connection
        .prepare_cached("SELECT fields, derived FROM view WHERE record = ?")?
        .query_row([Sixteen::from(id)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (fields, derived) = found.unwrap_or_default();
    let json = |text: &str| serde_json::from_str(text).map_err(|_| Failure::Row { what: "view" });
    Ok((json(&fields)?, json(&derived)?))
}

fn conflicts(row: &RecordRow, items: &[ItemRow]) -> Vec<ConflictField> {
    let (Some(kind), Some(doc)) = (row.envelope.kind.known(), current(row, items)) else { return Vec::new() };
    document::conflicts(kind.spec(), &doc)
        .into_iter()
        .map(|conflict| ConflictField {
            path: conflict.path,
            values: conflict
                .values
                .into_iter()
                .map(|side| ConflictSide { value: plain(side.value), stands: side.winner })
                .collect(),
        })
        .collect()
}

/// The document as its person sees it: accepted, and what waits on top.
pub(super) fn current(row: &RecordRow, items: &[ItemRow]) -> Option<Automerge> {
    let mut doc = content::accepted(row).ok()?;
    let pending: Vec<Vec<u8>> =
        items.iter().filter(|item| !item.tray).flat_map(content::changes_of).collect();
    content::merge(&mut doc, pending.iter().map(Vec::as_slice)).ok()?;
    Some(doc)
}

/// One value as JSON, as it stands in the record's fields.
pub(crate) fn plain(value: Value) -> Json {
    let name = String::from("value");
    let mut fields = to_json(&Fields::from([(name.clone(), value)]));
    fields.get_mut(&name).map(Json::take).unwrap_or_default()
}
