//! A record's history: who changed what when, and what the centre said of it, the latest first.
//!
//! A change is shown as its author saw it: what stood there on the device when it was captured, and what was written.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, Change, ChangeHash};
use chrono::{DateTime, Utc};
use roadbook_model::{Fields, Kind, KindSpec, RecordId, document};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Author, ChangesEntry, ConflictField};
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ambient::moment;
use crate::store::cells::read;
use crate::store::fetch::load;
use crate::store::office::inbox::content::compared;
use crate::store::{Store, StoreError, Stored};

/// One step of a record's history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = HistoryStep)]
pub struct HistoryRow {
    /// Its position in the log.
    pub position: i64,
    /// When the server took it in.
    pub at: DateTime<Utc>,
    /// When it was captured, by the device's clock.
    pub captured_at: Option<DateTime<Utc>>,
    /// The entry's type: `changes`, `decision`, `held`, `refused`, `fate` or `conflict`.
    pub entry: String,
    /// Who did it.
    pub person_id: Option<Uuid>,
    /// That person's name.
    pub person_name: Option<String>,
    /// The device it came from; null for the office and imports.
    pub device_id: Option<Uuid>,
    /// What the device is called.
    pub device_name: Option<String>,
    /// Whether it came from a device that had lost the account.
    pub late: bool,
    /// Whether the record was made by it.
    pub created: bool,
    /// What it changed, field by field.
    pub fields: Vec<HistoryField>,
    /// The verb of a decision, or the fate of a held item.
    pub verb: Option<String>,
    /// The state that followed from a decision.
    pub state: Option<String>,
    /// The order's number, from a decision on.
    pub number: Option<String>,
    /// What it came to, in minor units of its currency.
    pub total_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Why it is not in the record, as a stable code.
    pub code: Option<String>,
    /// The same in words, or why a held item got its fate, or why it was decided so.
    pub text: Option<String>,
}

/// One field that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HistoryField {
    /// Names from the root of the record to the field, or to an item of a collection.
    pub path: Vec<String>,
    /// What stood there. Where late work was put back: what it said.
    pub before: Json,
    /// What was written.
    pub after: Json,
}

/// An entry about the record.
struct Row {
    position: i64,
    at: DateTime<Utc>,
    word: String,
    payload: Vec<u8>,
}

impl Store {
    /// A record's history before a position, the latest first; `None` if it is not in the record. Whether somebody may
    /// see it is asked before.
    #[instrument(name = "db.record.history", skip_all, fields(%id), err(level = "debug"))]
    pub async fn history(
        &self,
        id: RecordId,
        before: Option<i64>,
        limit: i64,
    ) -> Stored<Option<Vec<HistoryRow>>> {
        let stored = sqlx::query!("select kind, snapshot from sync.record where id = $1", id.uuid());
        let Some(stored) = stored.fetch_optional(self.pool()).await? else { return Ok(None) };
        let spec = Kind::find(&stored.kind).ok_or(StoreError::Unreadable { what: "kind" })?.spec();
        let rows = sqlx::query_as!(
            Row,
            r#"
            select position, at, type as word, payload from log.entry
            where record_id = $1 and position < coalesce($2, 9223372036854775807)
            order by position desc limit $3
            "#,
            id.uuid(),
            before,
            limit
        );
        let rows = rows.fetch_all(self.pool()).await?;
        // Reading documents is work for a processor, not for the runtime's own threads.
        let told = tokio::task::spawn_blocking(move || told(spec, &load(&stored.snapshot)?, rows));
        let mut steps = told.await.map_err(|_| StoreError::Broken { what: "reading a history" })??;
        self.name_steps(&mut steps).await?;
        Ok(Some(steps))
    }

    async fn name_steps(&self, steps: &mut [HistoryRow]) -> Stored<()> {
        let ids: BTreeSet<Uuid> =
            steps.iter().flat_map(|step| [step.person_id, step.device_id]).flatten().collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
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
        for step in steps {
            step.person_name = step.person_id.and_then(|id| names.get(&id).cloned());
            step.device_name = step.device_id.and_then(|id| names.get(&id).cloned());
        }
        Ok(())
    }
}

/// The entries as steps. They are read in the order of the log, so that each change mostly rests on the one before.
fn told(spec: &KindSpec, doc: &Automerge, rows: Vec<Row>) -> Stored<Vec<HistoryRow>> {
    let mut replay = Replay { spec, whole: doc, at: Automerge::new() };
    let steps = rows.into_iter().rev().map(|row| {
        let entry = read::<Entry>("entry", &row.payload)?;
        let step =
            HistoryRow { position: row.position, at: row.at, entry: row.word, ..HistoryRow::default() };
        step.with(entry, &mut replay)
    });
    let mut steps = steps.collect::<Stored<Vec<_>>>()?;
    steps.reverse();
    Ok(steps)
}

impl HistoryRow {
    /// The step with what its entry says.
    fn with(self, entry: Entry, replay: &mut Replay<'_>) -> Stored<Self> {
        Ok(match entry {
            Entry::Changes(entry) => Self {
                captured_at: Some(moment(entry.captured_ms)),
                late: entry.late,
                created: entry.creates.is_some(),
                fields: replay.fields(&entry)?,
                ..self.by(&entry.author)
            },
            Entry::Decision(entry) => Self {
                person_id: Some(entry.by.uuid()),
                verb: Some(entry.verb),
                state: Some(entry.state),
                number: entry.number,
                total_minor: entry.total_minor,
                currency: entry.currency,
                text: entry.text,
                ..self
            },
            Entry::Unaccepted(entry) => Self {
                code: Some(entry.reason.code),
                text: Some(entry.reason.text),
                ..self.by(&entry.author)
            },
            Entry::Fate(entry) => Self {
                verb: Some(entry.fate),
                text: Some(entry.text),
                person_id: Some(entry.by.uuid()),
                ..self
            },
            Entry::Conflict(entry) => Self {
                late: true,
                fields: entry.fields.into_iter().map(put_back).collect(),
                ..self.by(&entry.author)
            },
            // Not about one record.
            Entry::Granted(_)
            | Entry::Withdrawn(_)
            | Entry::Closed(_)
            | Entry::Reference(_)
            | Entry::Placed(_)
            | Entry::Revoked(_)
            | Entry::Alias(_)
            | Entry::Wiped(_) => self,
        })
    }

    fn by(self, author: &Author) -> Self {
        let device_id = author.device.map(|device| device.uuid());
        Self { person_id: Some(author.person.uuid()), device_id, ..self }
    }
}

fn put_back(field: ConflictField) -> HistoryField {
    let plain = |json: &str| serde_json::from_str(json).unwrap_or(Json::Null);
    HistoryField { before: plain(&field.late), after: plain(&field.kept), path: field.path }
}

/// A document on its way through its own history.
struct Replay<'a> {
    spec: &'a KindSpec,
    whole: &'a Automerge,
    /// As the author of the last change saw it.
    at: Automerge,
}

impl Replay<'_> {
    /// What an entry's changes changed.
    fn fields(&mut self, entry: &ChangesEntry) -> Stored<Vec<HistoryField>> {
        let parse = |blob: &roadbook_protocol::Blob| Change::from_bytes(blob.0.clone());
        let changes: Result<Vec<Change>, _> = entry.changes.iter().map(parse).collect();
        let changes = changes.map_err(|_| StoreError::Unreadable { what: "change" })?;
        let Some(first) = changes.first() else { return Ok(Vec::new()) };
        let before = self.stand_at(first.deps())?;
        self.at.apply_changes(changes).map_err(|_| StoreError::Unreadable { what: "change" })?;
        let after = document::hydrate(self.spec, &self.at);
        let found = compared(self.spec, &before, &after, &after, &BTreeSet::new());
        Ok(found
            .into_iter()
            .map(|field| HistoryField { path: field.path, before: field.before, after: field.held })
            .collect())
    }

    /// The document as it was at these heads.
    fn stand_at(&mut self, heads: &[ChangeHash]) -> Stored<Fields> {
        let mut here = self.at.get_heads();
        let mut there = heads.to_vec();
        here.sort_unstable();
        there.sort_unstable();
        if here != there {
            let broken = |_| StoreError::Unreadable { what: "document" };
            self.at = if there.is_empty() {
                Automerge::new()
            } else {
                self.whole.fork_at(&there).map_err(broken)?
            };
        }
        // Nothing stands in a record that is not made yet, not even empty texts.
        let is_new = there.is_empty();
        Ok(if is_new { Fields::new() } else { document::hydrate(self.spec, &self.at) })
    }
}
