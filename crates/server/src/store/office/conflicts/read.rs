//! Conflicts as the office and reps read them: each value with who wrote it and when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, RecordId};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::Author;
use serde_json::Value as Json;
use tracing::instrument;
use uuid::Uuid;

use super::index::from_hex;
use super::{Conflict, Origin, Side, Written};
use crate::ambient::moment;
use crate::store::cells::read;
use crate::store::{Store, Stored};

/// Where a conflict stands in the inbox.
pub type Place = (i64, Uuid, Vec<String>);

/// Which conflicts.
#[derive(Clone, Debug, Default)]
pub struct ConflictFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this record.
    pub record: Option<RecordId>,
    /// Those that follow this place.
    pub after: Option<Place>,
}

/// A row of either table.
struct Row {
    concurrent: bool,
    position: i64,
    record_id: Uuid,
    kind: String,
    version: i64,
    account_id: Uuid,
    account_name: Option<String>,
    path: Vec<String>,
    values: Option<Json>,
    kept: Option<Json>,
    late: Option<Json>,
}

impl Store {
    /// Open conflicts, oldest first.
    #[instrument(name = "db.conflict.list", skip_all, err(level = "debug"))]
    pub async fn list_conflicts(&self, filter: ConflictFilter, limit: i64) -> Stored<Vec<Conflict>> {
        let (position, record, path) = filter.after.unwrap_or_default();
        let rows = sqlx::query_as!(
            Row,
            r#"
            select found.concurrent as "concurrent!", found.position as "position!", found.record_id as "record_id!",
                   record.kind, record.version, found.account_id as "account_id!",
                   accounts.name as "account_name?", found.path as "path!", found.values as "values?",
                   found.kept as "kept?", found.late as "late?"
            from (
                select true as concurrent, log_position as position, record_id, account_id, path, "values",
                       null::jsonb as kept, null::jsonb as late
                from record.conflicts
                union all
                select false, position, record_id, account_id, path, null, kept, late
                from org.late_conflict where resolved_at is null
            ) found
            join sync.record on record.id = found.record_id
            left join record.accounts on accounts.id = found.account_id
            where ($1::uuid is null or found.account_id = $1)
              and ($2::uuid is null or found.record_id = $2)
              and (found.position, found.record_id, found.path) > ($3, $4, $5::text[])
            order by found.position, found.record_id, found.path limit $6
            "#,
            filter.account.map(AccountId::uuid),
            filter.record.map(RecordId::uuid),
            position,
            record,
            &path,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let written = self.written(&rows).await?;
        Ok(rows.into_iter().map(|row| conflict(row, &written)).collect())
    }

    /// Who wrote the values of these rows: by change, and by the entry that tells of late work.
    async fn written(&self, rows: &[Row]) -> Stored<Origins> {
        let hashes: Vec<Vec<u8>> = rows
            .iter()
            .filter_map(|row| row.values.as_ref()?.as_array())
            .flatten()
            .filter_map(|side| from_hex(side["change"].as_str()?).map(Vec::from))
            .collect();
        let late: Vec<i64> = rows.iter().filter(|row| !row.concurrent).map(|row| row.position).collect();
        let entries = sqlx::query!(
            r#"
            select change.hash as "hash?", entry.position as "position!", entry.at as "at!", entry.payload as "payload!"
            from sync.change join log.entry on entry.position = change.position
            where change.hash = any($1)
            union all
            select null, position, at, payload from log.entry where position = any($2)
            "#,
            &hashes,
            &late
        )
        .fetch_all(self.pool())
        .await?;
        let mut origins = Origins::default();
        for row in entries {
            let (author, captured_ms, is_late) = match read::<Entry>("entry", &row.payload)? {
                Entry::Changes(entry) => (entry.author, Some(entry.captured_ms), entry.late),
                Entry::Conflict(entry) => {
                    if entry.source.is_some() {
                        origins.of_parts.insert(row.position);
                    }
                    (entry.author, None, entry.source.is_none())
                }
                _ => continue,
            };
            let written = by(author, captured_ms.map(moment), row.at, row.position, is_late);
            match row.hash {
                Some(hash) => drop(origins.changes.insert(hash, written)),
                None => drop(origins.late.insert(row.position, written)),
            }
        }
        self.name_origins(&mut origins).await?;
        Ok(origins)
    }

    async fn name_origins(&self, origins: &mut Origins) -> Stored<()> {
        let all = || origins.changes.values().chain(origins.late.values());
        let people: BTreeSet<Uuid> = all().filter_map(|written| written.person_id).collect();
        let devices: BTreeSet<Uuid> = all().filter_map(|written| written.device_id).collect();
        let ids: Vec<Uuid> = people.into_iter().chain(devices).collect();
        let query = sqlx::query!(
            r#"
            select id as "id!", name as "name!" from org.person where id = any($1)
            union all
            select id, name from org.device where id = any($1)
            "#,
            &ids
        );
        let names = query.fetch_all(self.pool()).await?;
        let names: BTreeMap<Uuid, String> = names.into_iter().map(|row| (row.id, row.name)).collect();
        for written in origins.changes.values_mut().chain(origins.late.values_mut()) {
            written.person_name = written.person_id.and_then(|id| names.get(&id).cloned());
            written.device_name = written.device_id.and_then(|id| names.get(&id).cloned());
        }
        Ok(())
    }
}

/// Who wrote what, by change hash and by conflict entry.
#[derive(Default)]
struct Origins {
    changes: BTreeMap<Vec<u8>, Written>,
    late: BTreeMap<i64, Written>,
    /// Conflict entries that tell of work on a merged account.
    of_parts: BTreeSet<i64>,
}

fn by(
    author: Author,
    captured_at: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
    position: i64,
    late: bool,
) -> Written {
    Written {
        person_id: Some(author.person.uuid()),
        person_name: None,
        device_id: author.device.map(|device| device.uuid()),
        device_name: None,
        captured_at,
        at: Some(at),
        position: Some(position),
        late,
    }
}

fn conflict(row: Row, origins: &Origins) -> Conflict {
    let origin = match row.concurrent {
        true => Origin::Concurrent,
        false if origins.of_parts.contains(&row.position) => Origin::Merged,
        false => Origin::Late,
    };
    let values = match &row.values {
        Some(values) => {
            values.as_array().into_iter().flatten().map(|side| concurrent(side, origins)).collect()
        }
        None => {
            let late = origins.late.get(&row.position).cloned().unwrap_or_default();
            vec![
                side("late", row.late.unwrap_or_default(), false, late),
                side("kept", row.kept.unwrap_or_default(), true, Written::default()),
            ]
        }
    };
    Conflict {
        origin,
        record_id: row.record_id,
        kind: row.kind,
        version: row.version,
        account_id: row.account_id,
        account_name: row.account_name,
        path: row.path,
        position: row.position,
        values,
    }
}

fn concurrent(stored: &Json, origins: &Origins) -> Side {
    let change = stored["change"].as_str().unwrap_or_default();
    let written = from_hex(change).and_then(|hash| origins.changes.get(hash.as_slice()).cloned());
    let stands = stored["stands"].as_bool().unwrap_or(false);
    side(change, stored["value"].clone(), stands, written.unwrap_or_default())
}

fn side(take: &str, value: Json, stands: bool, written: Written) -> Side {
    Side { take: take.to_owned(), value, stands, written }
}
