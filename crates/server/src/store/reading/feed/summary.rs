//! What a line of a feed says beyond the entry itself: what the record is called, how it stands, and what was done.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tracing::instrument;
use uuid::Uuid;

use super::FeedEntry;
use crate::store::{Store, Stored};

/// A record as a line names it.
struct Named {
    record_id: Uuid,
    title: Option<String>,
    state: Option<String>,
    outcome: Option<String>,
    total_minor: Option<i64>,
    currency: Option<String>,
}

impl Store {
    /// Adds `summary` to entries about records, and null to others. One query for all of them.
    #[instrument(name = "db.log.summarise", skip_all, err(level = "debug"))]
    pub(super) async fn summarise(&self, entries: &mut [FeedEntry]) -> Stored<()> {
        let ids: Vec<Uuid> = entries.iter().filter_map(|entry| record(&entry.json)).collect();
        let query = sqlx::query_as!(
            Named,
            r#"
            select record_id as "record_id!", title, state, outcome, total_minor, currency
            from record.timeline where record_id = any($1)
            "#,
            &ids
        );
        let named = query.fetch_all(&self.pool).await?;
        let named: BTreeMap<Uuid, Named> = named.into_iter().map(|row| (row.record_id, row)).collect();
        for entry in entries {
            let known = record(&entry.json).map(|id| summary(&entry.json, &entry.word, named.get(&id)));
            entry.json["summary"] = known.unwrap_or_default();
        }
        Ok(())
    }
}

fn record(entry: &Json) -> Option<Uuid> {
    entry["record_id"].as_str()?.parse().ok()
}

fn summary(entry: &Json, word: &str, named: Option<&Named>) -> Json {
    // An account is called by its name, which every entry of it says.
    let title = match entry["kind"].as_str() {
        Some("account") => entry["account_name"].clone(),
        _ => json!(named.and_then(|named| named.title.as_deref())),
    };
    json!({
        "action": action(entry, word),
        "record_id": entry["record_id"],
        "kind": entry["kind"],
        "account_id": entry["account_id"],
        "account_name": entry["account_name"],
        "person_id": entry["person_id"],
        "person_name": entry["person_name"],
        "title": title,
        "state": named.and_then(|named| named.state.as_deref()),
        "outcome": named.and_then(|named| named.outcome.as_deref()),
        "total_minor": named.and_then(|named| named.total_minor),
        "currency": named.and_then(|named| named.currency.as_deref()),
    })
}

/// What was done, in a word: a decision's verb, what a person would call the change, else the entry's type.
fn action<'a>(entry: &'a Json, word: &'a str) -> &'a str {
    let wrote =
        |field: &str| entry["fields"].as_array().is_some_and(|all| all.iter().any(|name| name == field));
    match (word, entry["kind"].as_str()) {
        ("decision", _) => entry["verb"].as_str().unwrap_or(word),
        ("changes", Some("visit")) if wrote("checked_out_at") => "checked_out",
        ("changes", Some("visit")) if wrote("checked_in_at") => "checked_in",
        ("changes", Some("task")) if wrote("done_at") => "done",
        ("changes", _) if entry["created"] == true => "created",
        ("changes", _) => "edited",
        _ => word,
    }
}
