//! What becomes of rows of an import as things stand: the same question for the preview and for the run.

use roadbook_model::projection::from_json;
use roadbook_model::rule::{Violation, check_fields, violations};
use roadbook_model::{AccountId, Fields, Kind, RecordId, TerritoryId};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::find::{Current, Found, Known, Meant, account_id, find};
use super::{Column, Kept, consents, values};
use crate::exchange::channels::Channel;
use crate::exchange::target::{self, Parsed, Target};
use crate::exchange::{Fault, RowsOf};
use crate::store::Stored;
use crate::store::office::Done;
use crate::store::office::records::edit::Written;

/// A row to be judged.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place.
    pub row: i64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Whether a row before it names the same record.
    pub is_again: bool,
}

impl Row {
    /// # Errors
    /// `twice_in_file` if a row before it is about the same.
    pub(super) fn once(&self) -> Result<(), Fault> {
        let text = "A row before it has the same number, key or content; the first counts.";
        if self.is_again { Err(Fault::new("twice_in_file", text)) } else { Ok(()) }
    }
}

/// What becomes of a row.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It makes a record.
    Add(Box<New>),
    /// It changes a record.
    Change(RecordId, Written),
    /// It adds to a record what stays there as it was given.
    Enter(RecordId, Written),
    /// It puts a value under a key of a set.
    Publish(Box<Value>),
    /// The record, or the value, says it already.
    Same(Option<RecordId>),
    /// It is not taken.
    Fail(Fault),
}

/// A record to make.
#[derive(Clone, Debug)]
pub struct New {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its account.
    pub account: AccountId,
    /// What it says.
    pub fields: Fields,
    /// For an account: where it comes to lie.
    pub territory: Option<TerritoryId>,
}

/// A value of reference data to publish.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its key.
    pub key: String,
    /// The value as it is to stand.
    pub json: Json,
    /// Whether nothing stands under the key.
    pub is_new: bool,
}

/// A row names an account that another row of the file has still to make.
pub(super) const ACCOUNT_LATER: &str = "account_later";

/// Judges rows. Those of a check may name accounts that other rows of the file will make.
pub async fn judge(
    connection: &mut PgConnection,
    kept: &Kept,
    rows: Vec<Row>,
    is_check: bool,
) -> Done<Vec<(i64, Verdict)>> {
    let kind = match kept.rows_of()? {
        RowsOf::Records(kind) => kind,
        RowsOf::Consents => return consents::judge(connection, kept, rows).await,
        RowsOf::Values(set) => return values::judge(connection, kept, set, rows).await,
    };
    let sheet = Sheet::new(kind, &kept.columns.0, kept.clear_blank);
    let parsed: Vec<(Row, Result<Parsed, Fault>)> = rows
        .into_iter()
        .map(|row| (sheet.parse(&row.cells), row))
        .map(|(parsed, row)| (row, parsed))
        .collect();
    let read: Vec<&Parsed> = parsed.iter().filter_map(|(_, parsed)| parsed.as_ref().ok()).collect();
    let known = find(connection, kept.id, kind, &read).await?;
    let bench = Bench { kept, kind, known, is_check };
    let verdicts = parsed.into_iter().map(|(row, parsed)| {
        let verdict = parsed.and_then(|parsed| bench.judge(&row, parsed)).unwrap_or_else(Verdict::Fail);
        (row.row, verdict)
    });
    Ok(verdicts.collect())
}

/// What the columns are for.
struct Sheet {
    targets: Vec<Option<Target>>,
    columns: Vec<String>,
    clear_blank: bool,
}

impl Sheet {
    fn new(kind: Kind, columns: &[Column], clear_blank: bool) -> Self {
        let targets = columns.iter().map(|column| target::find(kind, column.field.as_deref()?));
        let names = columns.iter().map(|column| column.name.clone());
        Self { targets: targets.collect(), columns: names.collect(), clear_blank }
    }

    fn parse(&self, cells: &[String]) -> Result<Parsed, Fault> {
        target::parse(&self.targets, &self.columns, cells, self.clear_blank)
    }
}

struct Bench<'a> {
    kept: &'a Kept,
    kind: Kind,
    known: Known,
    is_check: bool,
}

impl Bench<'_> {
    fn judge(&self, row: &Row, mut parsed: Parsed) -> Result<Verdict, Fault> {
        row.once()?;
        let own = self.own(&parsed)?;
        let id = own.map_or_else(|| new_id(self.kept, row.row), |found| RecordId::from(found.id));
        for (name, word) in
            [("parent_id", parsed.parent.take()), ("referred_by_id", parsed.referred_by.take())]
        {
            if let Some(other) = word.map(|word| self.other(id, name, &word)).transpose()?.flatten() {
                parsed.fields.insert(name.to_owned(), Json::from(other.to_string()));
            }
        }
        match own {
            Some(found) => self.change(found, parsed),
            None => self.add(id, parsed),
        }
    }

    /// The record that a row names, if it is there.
    fn own(&self, parsed: &Parsed) -> Result<Option<Found>, Fault> {
        let by_number = match parsed.external_id.as_ref().and_then(|number| self.known.by_number.get(number))
        {
            Some(found) => {
                let live: Vec<&Found> = found.iter().filter(|found| found.merged_into.is_none()).collect();
                if live.is_empty() { found.iter().collect() } else { live }
            }
            None => Vec::new(),
        };
        let found = match parsed.id {
            Some(id) => {
                let unknown = || {
                    Fault::new(
                        "unknown_id",
                        "There is no record with this id; leave it out to make a new one.",
                    )
                };
                let found = *self.known.by_id.get(&id).ok_or_else(unknown)?;
                if by_number.iter().any(|other| other.id != id) {
                    let text = "Another record has this number; the id names this one.";
                    return Err(Fault::new("external_id_taken", text));
                }
                Some(found)
            }
            None => match by_number.as_slice() {
                [] => None,
                [one] => Some(**one),
                _ => {
                    let text = "Several records have this number, apart from case and blanks; mend them, or give the id.";
                    return Err(Fault::new("external_id_ambiguous", text));
                }
            },
        };
        match found {
            Some(Found { merged_into: Some(root), .. }) => {
                let text = format!("The account was merged into {root}; write to that one.");
                Err(Fault::new("merged", text))
            }
            found => Ok(found),
        }
    }

    /// Another account that a row names. `None` if a row of the file will make it.
    fn other(&self, own: RecordId, field: &str, word: &str) -> Result<Option<Uuid>, Fault> {
        match self.known.account(word) {
            Some(Meant::One(id)) if id == own.uuid() => {
                Err(Fault::new("own_parent", "The account names itself.").at(field))
            }
            Some(Meant::One(id)) => Ok(Some(id)),
            Some(Meant::Several) => Err(ambiguous(word)),
            None if self.known.in_file.contains(word) => match self.is_check {
                true => Ok(None),
                false => Err(account_later(word)),
            },
            None => Err(unknown_account(word)),
        }
    }

    fn add(&self, id: RecordId, parsed: Parsed) -> Result<Verdict, Fault> {
        let account = match (self.kind == Kind::ACCOUNT, &parsed.account) {
            (true, _) => id.account(),
            (false, None) => {
                let text = "A new contact needs an account: its id, its number, or its name.";
                return Err(Fault::new("account_missing", text));
            }
            (false, Some(word)) => match self.known.account(word) {
                Some(Meant::One(account)) => account_id(account),
                Some(Meant::Several) => return Err(ambiguous(word)),
                None => return Err(unknown_account(word)),
            },
        };
        let mut written = parsed.fields;
        written.retain(|_, value| !value.is_null());
        if !parsed.tags.is_empty() {
            written.insert("tags".to_owned(), tags(id, &parsed.tags, &[]));
        }
        if !parsed.channels.is_empty() {
            written.insert("channels".to_owned(), channels(id, &parsed.channels, &[]));
        }
        let fields = from_json(self.kind.spec(), &Json::Object(written)).map_err(broken)?;
        check_fields(self.kind.spec(), &fields).map_err(broken)?;
        let territory = match (self.kind == Kind::ACCOUNT, &parsed.territory) {
            (false, _) => None,
            (true, Some(code)) => Some(self.territory(code)?),
            (true, None) => {
                let none = || {
                    let text = "No rule places the account, and no territory is the inbox; name a territory.";
                    Fault::new("no_territory", text)
                };
                Some(self.known.place(&fields).ok_or_else(none)?)
            }
        };
        Ok(Verdict::Add(Box::new(New { id, kind: self.kind, account, fields, territory })))
    }

    fn territory(&self, code: &str) -> Result<TerritoryId, Fault> {
        let unknown =
            || Fault::new("unknown_territory", format!("There is no territory with the code {code}."));
        self.known.territories.get(&code.to_lowercase()).copied().ok_or_else(unknown)
    }

    fn change(&self, found: Found, parsed: Parsed) -> Result<Verdict, Fault> {
        let id = RecordId::from(found.id);
        let gone = || Fault::new("unknown_id", "There is no such record any more.");
        let current = self.known.current.get(&found.id).ok_or_else(gone)?;
        if let Some(word) = parsed.account.as_ref().filter(|_| self.kind == Kind::CONTACT) {
            match self.known.account(word) {
                Some(Meant::One(account)) if account == current.account => {}
                Some(Meant::Several) => return Err(ambiguous(word)),
                Some(_) => {
                    let text = "The contact belongs to another account; a contact does not change accounts.";
                    return Err(Fault::new("other_account", text));
                }
                None => return Err(unknown_account(word)),
            }
        }
        if let Some(code) = &parsed.territory {
            self.territory(code)?;
        }
        let mut parsed = parsed;
        // A number that is the same apart from case and blanks stays as the record writes it.
        let numbered = parsed.external_id.as_ref().and_then(|number| self.known.by_number.get(number));
        if numbered.is_some_and(|numbered| numbered.iter().any(|known| known.id == found.id)) {
            parsed.fields.remove("external_id");
        }
        let written = differing(id, current, parsed);
        if written.is_empty() {
            return Ok(Verdict::Same(Some(id)));
        }
        let fields = from_json(self.kind.spec(), &Json::Object(written.clone())).map_err(broken)?;
        let of_these = violations(self.kind.spec(), &fields)
            .into_iter()
            .find(|violation| violation.path.first().is_some_and(|name| written.contains_key(name)));
        match of_these {
            Some(violation) => Err(broken(violation)),
            None => Ok(Verdict::Change(id, written)),
        }
    }
}

/// What the record does not say yet.
fn differing(id: RecordId, current: &Current, parsed: Parsed) -> Map<String, Json> {
    let is_empty = |value: Option<&Json>| value.is_none_or(|value| value.is_null() || *value == json!(""));
    let mut written = parsed.fields;
    written.retain(|name, value| {
        let stands = current.fields.get(name);
        !(stands == Some(value) || (is_empty(stands) && is_empty(Some(value))))
    });
    let new_tags = tags(id, &parsed.tags, &current.tags);
    let new_channels = channels(id, &parsed.channels, &current.channels);
    for (name, items) in [("tags", new_tags), ("channels", new_channels)] {
        if items.as_object().is_some_and(|items| !items.is_empty()) {
            written.insert(name.to_owned(), items);
        }
    }
    written
}

/// Tags as items, those that are there already left out.
fn tags(id: RecordId, wanted: &[String], there: &[String]) -> Json {
    let folded = |tag: &str| tag.to_lowercase();
    let is_new = |tag: &&String| there.iter().all(|known| folded(known) != folded(tag));
    let item = |tag: &String| (item_id(id, &folded(tag)), json!({ "tag": tag }));
    Json::Object(wanted.iter().filter(is_new).map(item).collect())
}

/// Channels as items, those that are there already left out.
fn channels(id: RecordId, wanted: &[Channel], there: &[Channel]) -> Json {
    let is_new = |channel: &&Channel| {
        there.iter().all(|known| (&known.channel, &known.address) != (&channel.channel, &channel.address))
    };
    let item = |channel: &Channel| {
        let mut fields = Map::new();
        fields.insert("channel".to_owned(), channel.channel.as_str().into());
        fields.insert("address".to_owned(), channel.address.as_str().into());
        fields.extend(channel.label.as_ref().map(|label| ("label".to_owned(), label.as_str().into())));
        (item_id(id, &format!("{}:{}", channel.channel, channel.address)), Json::Object(fields))
    };
    Json::Object(wanted.iter().filter(is_new).map(item).collect())
}

/// The id of a record that a row makes: the same whenever the row is carried out.
fn new_id(kept: &Kept, row: i64) -> RecordId {
    let unix_ms = kept.created_at.timestamp_millis().max(0).unsigned_abs();
    RecordId::new(unix_ms, derived(&[kept.id.as_bytes(), &row.to_be_bytes()]))
}

pub(super) fn item_id(record: RecordId, what: &str) -> String {
    let bytes: [u8; 10] = derived(&[record.as_bytes(), what.as_bytes()]);
    RecordId::new(0, bytes).to_string()
}

fn derived(parts: &[&[u8]]) -> [u8; 10] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&hasher.finalize()[..10]);
    bytes
}

fn broken(violation: Violation) -> Fault {
    let fault = Fault::new(violation.code, violation.text);
    match violation.path.first() {
        Some(name) => fault.at(name),
        None => fault,
    }
}

pub(super) fn ambiguous(word: &str) -> Fault {
    Fault::new(
        "account_ambiguous",
        format!("Several accounts are called {word:?}; give the number or the id."),
    )
}

/// Told of a row only if it was put behind the others too often; see `run`.
pub(super) fn account_later(word: &str) -> Fault {
    let text =
        format!("The account {word:?} is not there before this row: accounts name each other in a circle.");
    Fault::new(ACCOUNT_LATER, text)
}

pub(super) fn unknown_account(word: &str) -> Fault {
    Fault::new("unknown_account", format!("There is no account {word:?}."))
}

/// Which of these rows name a record that a row before them names.
pub async fn again(connection: &mut PgConnection, import: Uuid, rows: &[i64]) -> Stored<Vec<i64>> {
    let query = sqlx::query_scalar!(
        "
        select row from org.import_row
        where import_id = $1 and row = any($2) and key is not null
          and exists (select from org.import_row earlier
                      where earlier.import_id = $1 and earlier.key = import_row.key and earlier.row < import_row.row)
        ",
        import,
        rows
    );
    Ok(query.fetch_all(connection).await?)
}
