//! The log as the office and integrations read it: every entry, in order, as JSON.

mod entry;
mod fields;
pub mod late;
mod summary;

use chrono::{DateTime, Utc};
use roadbook_model::projection::rfc3339;
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Author, Subject};
use serde_json::{Map, Value as Json, json};
use tracing::instrument;
use uuid::Uuid;

pub use self::entry::{LogEntry, LogEntryType};
use self::fields::Touched;
use crate::store::cells::{policy_word, read, signed, unsigned};
use crate::store::{Store, Stored};

/// Most entries of one page.
pub const LIMIT_MAX: u32 = 1_000;

/// A page of the feed.
#[derive(Debug)]
pub struct FeedPage {
    /// The entries, each a JSON object with its `position`.
    pub entries: Vec<FeedEntry>,
    /// Where to read on: the last entry's position, or where the page began.
    pub next: u64,
    /// The log's last position.
    pub head: u64,
}

/// One entry.
#[derive(Debug)]
pub struct FeedEntry {
    /// Its position.
    pub position: u64,
    /// The word for its type.
    pub word: String,
    /// All of it, as JSON.
    pub json: Json,
}

/// A row with the names that people know.
struct FeedRow {
    position: i64,
    at: DateTime<Utc>,
    word: String,
    account_id: Option<Uuid>,
    record_id: Option<Uuid>,
    device_id: Option<Uuid>,
    payload: Vec<u8>,
    kind: Option<String>,
    account_name: Option<String>,
    device_name: Option<String>,
}

impl Store {
    /// The entries after a position, at most so many; those about a record with a summary, if that is wanted.
    #[instrument(name = "db.log.list", skip_all, fields(after, limit), err(level = "debug"))]
    pub async fn feed(&self, after: u64, limit: u32, summary: bool) -> Stored<FeedPage> {
        let rows = sqlx::query_as!(
            FeedRow,
            r#"
            select entry.position, entry.at, entry.type as word, entry.account_id, entry.record_id, entry.device_id,
                   entry.payload, record.kind as "kind?", accounts.name as "account_name?",
                   device.name as "device_name?"
            from (select * from log.entry where position > $1 order by position limit $2) entry
            left join sync.record on record.id = entry.record_id
            left join record.accounts on accounts.id = entry.account_id
            left join org.device on device.id = entry.device_id
            order by entry.position
            "#,
            signed(after),
            i64::from(limit.clamp(1, LIMIT_MAX))
        )
        .fetch_all(&self.pool)
        .await?;
        let entries = self.told(rows, summary).await?;
        let next = entries.last().map_or(after, |entry| entry.position);
        Ok(FeedPage { entries, next, head: self.wake.head().max(next) })
    }

    /// The entries at these positions, in order; with a summary, if that is wanted.
    pub(in crate::store) async fn entries_at(
        &self,
        positions: &[i64],
        summary: bool,
    ) -> Stored<Vec<FeedEntry>> {
        let rows = sqlx::query_as!(
            FeedRow,
            r#"
            select entry.position, entry.at, entry.type as word, entry.account_id, entry.record_id, entry.device_id,
                   entry.payload, record.kind as "kind?", accounts.name as "account_name?",
                   device.name as "device_name?"
            from log.entry
            left join sync.record on record.id = entry.record_id
            left join record.accounts on accounts.id = entry.account_id
            left join org.device on device.id = entry.device_id
            where entry.position = any($1)
            order by entry.position
            "#,
            positions
        );
        self.told(rows.fetch_all(&self.pool).await?, summary).await
    }

    /// Rows as people read them: with the names of those who did it and of the fields, and with a summary if wanted.
    async fn told(&self, rows: Vec<FeedRow>, summary: bool) -> Stored<Vec<FeedEntry>> {
        let mut entries = Vec::with_capacity(rows.len());
        let mut people = Vec::new();
        let mut touched = Vec::new();
        for row in rows {
            let entry = read::<Entry>("entry", &row.payload)?;
            people.extend(person(&entry));
            let (position, word) = (unsigned(row.position), row.word.clone());
            entries.push(FeedEntry { position, word, json: render(row, &entry) });
            if let Entry::Changes(changes) = entry {
                touched.push((entries.len() - 1, Touched::of(changes)));
            }
        }
        self.name_people(&mut entries, people).await?;
        self.name_fields(&mut entries, touched).await?;
        if summary {
            self.summarise(&mut entries).await?;
        }
        Ok(entries)
    }

    /// Adds people's names to what is rendered with their ids.
    async fn name_people(&self, entries: &mut [FeedEntry], people: Vec<Uuid>) -> Stored<()> {
        let query = sqlx::query!("select id, name from org.person where id = any($1)", &people);
        let names: Map<String, Json> = query
            .fetch_all(&self.pool)
            .await?
            .into_iter()
            .map(|row| (row.id.to_string(), row.name.into()))
            .collect();
        for entry in entries {
            let name = entry.json["person_id"].as_str().and_then(|id| names.get(id));
            entry.json["person_name"] = name.cloned().unwrap_or(Json::Null);
        }
        Ok(())
    }
}

/// Who did it.
fn person(entry: &Entry) -> Option<Uuid> {
    match entry {
        Entry::Changes(entry) => Some(entry.author.person.uuid()),
        Entry::Decision(entry) => Some(entry.by.uuid()),
        Entry::Unaccepted(entry) => Some(entry.author.person.uuid()),
        Entry::Fate(entry) => Some(entry.by.uuid()),
        Entry::Placed(entry) => Some(entry.by.uuid()),
        Entry::Conflict(entry) => Some(entry.author.person.uuid()),
        Entry::Alias(entry) => Some(entry.by.uuid()),
        Entry::Granted(_)
        | Entry::Withdrawn(_)
        | Entry::Closed(_)
        | Entry::Reference(_)
        | Entry::Revoked(_)
        | Entry::Wiped(_) => None,
    }
}

fn render(row: FeedRow, entry: &Entry) -> Json {
    let mut json = json!({
        "position": row.position,
        "at": rfc3339(row.at.timestamp_millis()),
        "type": row.word,
        "account_id": row.account_id,
        "account_name": row.account_name,
        "record_id": row.record_id,
        "kind": row.kind,
        "device_id": row.device_id,
        "device_name": row.device_name,
        "person_id": person(entry),
    });
    if let (Json::Object(all), Json::Object(own)) = (&mut json, details(entry)) {
        all.extend(own);
    }
    json
}

/// What an entry says beyond what it is about.
fn details(entry: &Entry) -> Json {
    match entry {
        Entry::Changes(entry) => json!({
            "created": entry.creates.is_some(),
            "captured_at": rfc3339(entry.captured_ms),
            "late": entry.late,
            "number": number(&entry.author),
            "changes": entry.changes.len(),
        }),
        Entry::Decision(entry) => json!({
            "verb": entry.verb,
            "state": entry.state,
            "order_number": entry.number,
            "total_minor": entry.total_minor,
            "currency": entry.currency,
            "request_id": entry.request.map(|id| id.to_string()),
            "effective_at": entry.effective_ms.and_then(rfc3339),
            "reasons": entry.review.as_ref().map(|review| &review.reasons),
            "text": entry.text,
        }),
        Entry::Granted(entry) => json!({
            "leases": entry.grants.len(),
            "accounts": accounts(entry.grants.iter().map(|grant| &grant.subject)),
            "note": entry.note,
        }),
        Entry::Withdrawn(entry) => json!({
            "leases": entry.leases.len(),
            "late_policy": policy_word(entry.policy),
            "grace_until": rfc3339(entry.grace_until_ms),
            "note": entry.note,
        }),
        Entry::Closed(entry) => json!({ "lease_id": entry.lease.to_string(), "number": entry.number }),
        Entry::Reference(entry) => json!({ "set": entry.set, "items": entry.items.len() }),
        Entry::Unaccepted(entry) => json!({
            "number": number(&entry.author),
            "code": entry.reason.code,
            "rule": entry.reason.rule,
            "path": entry.reason.path,
            "text": entry.reason.text,
        }),
        Entry::Fate(entry) => {
            json!({ "number": number(&entry.author), "fate": entry.fate, "text": entry.text })
        }
        Entry::Placed(entry) => json!({
            "territory_id": entry.territory.to_string(),
            "accounts": entry.accounts.iter().map(|placed| {
                json!({
                    "account_id": placed.account.to_string(),
                    "previous_territory_id": placed.previous.map(|id| id.to_string()),
                })
            }).collect::<Vec<_>>(),
        }),
        Entry::Revoked(entry) => json!({ "blocked": entry.blocked, "note": entry.note }),
        Entry::Wiped(entry) => json!({ "number": entry.number }),
        Entry::Alias(entry) => json!({ "root_id": entry.root.to_string(), "note": entry.note }),
        Entry::Conflict(entry) => json!({
            "number": number(&entry.author),
            "source_id": entry.source.map(|id| id.to_string()),
            "fields": entry.fields.iter().map(|field| {
                json!({ "path": field.path, "kept": plain(&field.kept), "late": plain(&field.late) })
            }).collect::<Vec<_>>(),
        }),
    }
}

/// The push number, if a device pushed it.
fn number(author: &Author) -> Option<u64> {
    author.device.map(|_| author.number)
}

fn accounts<'a>(subjects: impl Iterator<Item = &'a Subject>) -> usize {
    subjects.filter(|subject| matches!(subject, Subject::Account(_))).count()
}

fn plain(json: &str) -> Json {
    serde_json::from_str(json).unwrap_or(Json::Null)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;
    use roadbook_protocol::{Entry, decode};
    use serde_json::{Value as Json, from_str, from_value, json};
    use uuid::Uuid;

    use super::{FeedRow, LogEntry, render};

    /// The protocol's own examples of entries of every type, as bytes.
    fn examples() -> Option<Vec<Vec<u8>>> {
        let file = include_str!("../../../../../protocol/vectors/entries.json");
        let vectors: Json = from_str(file).ok()?;
        vectors["vectors"].as_array()?.iter().map(|vector| bytes(vector["hex"].as_str()?)).collect()
    }

    fn bytes(hex: &str) -> Option<Vec<u8>> {
        let pairs = hex.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
    }

    #[test]
    fn every_type_of_entry_is_rendered_as_it_is_described() {
        let mut words = BTreeSet::new();
        for payload in examples().expect("the vectors can be read") {
            let entry = decode::<Entry>("entry", &payload).unwrap();
            let row = FeedRow {
                position: 7,
                at: DateTime::from_timestamp_millis(0).unwrap(),
                word: entry.word().to_owned(),
                account_id: Some(Uuid::nil()),
                record_id: None,
                device_id: None,
                payload,
                kind: None,
                account_name: Some(String::from("Corner Shop")),
                device_name: None,
            };
            let mut rendered = render(row, &entry);
            rendered["person_name"] = Json::Null;
            let described = from_value::<LogEntry>(rendered.clone());
            assert!(described.is_ok(), "{described:?}: {rendered}");
            words.extend(described.ok().map(|entry| entry.word()));
            rendered["nobody_knows_this"] = json!(1);
            assert!(from_value::<LogEntry>(rendered).is_err(), "what is not described would be noticed");
        }
        assert_eq!(words.len(), 14, "{words:?}");
    }
}
