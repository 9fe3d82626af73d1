//! Where conflicts are found: `record.conflicts`, a fold of the records written in their own transaction (`verify` folds it
//! a second time like the rest of the record), and `org.late_conflict`, a row for each field of each conflict entry.

use roadbook_model::document;
use roadbook_model::projection::to_json;
use roadbook_model::{AccountId, Fields, Value};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::Conflict;
use roadbook_sync::ledger::{NewEntry, Record};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::store::Stored;
use crate::store::append::Append;
use crate::store::cells::signed;

impl Append<'_> {
    /// Writes the conflicts of these records anew; `rows` are [`conflict_rows`] of them.
    pub(in crate::store) async fn store_conflicts(&mut self, ids: &[Uuid], rows: Vec<Json>) -> Stored<()> {
        sqlx::query!("delete from record.conflicts where record_id = any($1)", ids)
            .execute(self.connection())
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            r#"
            insert into record.conflicts (record_id, account_id, kind, path, "values", log_position)
            select record_id, account_id, kind, path, "values", log_position
            from jsonb_to_recordset($1) as new(record_id uuid, account_id uuid, kind text, path text[], "values" jsonb,
                                               log_position bigint)
            on conflict do nothing
            "#,
            Json::from(rows)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes what conflict entries say, field by field.
    pub(in crate::store) async fn store_late_conflicts(&mut self, entries: &[NewEntry]) -> Stored<()> {
        let rows: Vec<Json> = entries
            .iter()
            .filter_map(|new| match &new.entry {
                Entry::Conflict(conflict) => {
                    Some(late_rows(new.position, conflict, self.book.root_of(conflict.account)))
                }
                _ => None,
            })
            .flatten()
            .collect();
        self.put_late_conflicts(rows).await
    }

    /// Writes [`late_rows`]; those that are there stay as they are.
    pub(super) async fn put_late_conflicts(&mut self, rows: Vec<Json>) -> Stored<()> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "
            insert into org.late_conflict (position, path, record_id, account_id, kept, late)
            select position, path, record_id, account_id, coalesce(kept, 'null'), coalesce(late, 'null')
            from jsonb_to_recordset($1) as new(position bigint, path text[], record_id uuid, account_id uuid, kept jsonb,
                                               late jsonb)
            on conflict do nothing
            ",
            Json::from(rows)
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// Writes the conflicts of these records into the table of another schema, for `verify`.
pub(in crate::store) async fn put_beside(
    connection: &mut PgConnection,
    schema: &'static str,
    records: impl Iterator<Item = (&Record, AccountId)>,
) -> Stored<()> {
    let rows: Vec<Json> = records.flat_map(|(record, root)| conflict_rows(record, root)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "insert into {schema}.conflicts select * from jsonb_populate_recordset(null::{schema}.conflicts, $1) \
         on conflict do nothing"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(Json::from(rows)).execute(connection).await?;
    Ok(())
}

/// A record's conflicts as rows of `record.conflicts`, under its account's root.
pub(in crate::store) fn conflict_rows(record: &Record, root: AccountId) -> Vec<Json> {
    let envelope = record.envelope;
    let conflicts = document::conflicts(envelope.kind.spec(), &record.doc).into_iter();
    conflicts
        .map(|conflict| {
            let values: Vec<Json> = conflict
                .values
                .into_iter()
                .map(|side| {
                    let change = hex(&side.hash);
                    json!({ "value": value_json(side.value), "change": change, "stands": side.winner })
                })
                .collect();
            storable(json!({
                "record_id": envelope.id,
                "account_id": root,
                "kind": envelope.kind.name(),
                "path": conflict.path,
                "values": values,
                "log_position": signed(record.version),
            }))
        })
        .collect()
}

/// A conflict entry's fields as rows of `org.late_conflict`, under its account's root.
pub(super) fn late_rows(position: u64, conflict: &Conflict, root: AccountId) -> Vec<Json> {
    let parsed = |text: &str| serde_json::from_str::<Json>(text).unwrap_or(Json::Null);
    let fields = conflict.fields.iter();
    fields
        .map(|field| {
            storable(json!({
                "position": signed(position),
                "path": field.path,
                "record_id": conflict.record,
                "account_id": root,
                "kept": parsed(&field.kept),
                "late": parsed(&field.late),
            }))
        })
        .collect()
}

/// A value as JSON, as it stands in a record's fields.
pub(in crate::store::office) fn value_json(value: Value) -> Json {
    let name = String::from("value");
    let mut fields = to_json(&Fields::from([(name.clone(), value)]));
    fields.get_mut(&name).map(Json::take).unwrap_or_default()
}

/// The same without the one character that Postgres cannot hold: what people write must not keep anything from being
/// stored.
pub(in crate::store::office) fn storable(json: Json) -> Json {
    match json {
        Json::String(text) => Json::String(text.replace('\0', "\u{FFFD}")),
        Json::Array(items) => items.into_iter().map(storable).collect(),
        Json::Object(members) => {
            let clean = |(name, value): (String, Json)| (name.replace('\0', "\u{FFFD}"), storable(value));
            members.into_iter().map(clean).collect()
        }
        other => other,
    }
}

/// Bytes in hexadecimal.
pub(in crate::store::office) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A change's hash from hexadecimal.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}
