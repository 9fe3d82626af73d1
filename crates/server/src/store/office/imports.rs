//! Imports of files, accounts and contacts above all: asked for, uploaded in parts, taken apart, checked, looked at, carried out.
//! All of it is in the database, so that it goes on after a restart where it was; [`work`] does what takes time.

mod circles;
mod consents;
mod find;
mod judge;
mod read;
mod run;
mod values;
pub mod work;

use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, Act, By};
use super::{Done, OfficeError, unknown};
use crate::ambient::{self, moment};
use crate::exchange::{FILE_BYTES_MAX, Format, RowsOf};
use crate::store::cells::unsigned;
use crate::store::{Store, StoreError, Stored};

/// Most bytes of one part of a file.
pub const PART_BYTES_MAX: usize = 1024 * 1024;
/// Longest name of a file, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Days after which the rows of an import that ended are removed.
pub const KEPT_DAYS: i32 = 30;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What its rows are.
    pub kind: RowsOf,
    /// How the file is written.
    pub format: Format,
    /// What it is called.
    pub file_name: String,
}

/// A column of a file, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportColumn)]
pub struct Column {
    /// What the file calls it.
    pub name: String,
    /// What it is for: one of the import's `fields`; null if it is left out.
    pub field: Option<String>,
    /// What its first rows hold.
    #[serde(default)]
    pub samples: Vec<String>,
}

/// How many rows come to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportCounts)]
pub struct Counts {
    /// Rows that make a record, a consent or a value.
    pub added: u64,
    /// Rows that change a record or a value.
    pub changed: u64,
    /// Rows that say what is there already.
    pub unchanged: u64,
    /// Rows that are not taken.
    pub failed: u64,
}

/// An import as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Import {
    /// The import.
    pub id: Uuid,
    /// What its rows are: `account`, `contact`, `consent`, or a set of reference data.
    pub kind: String,
    /// `csv`, `vcard` or `geojson`.
    pub format: String,
    /// What the file was called.
    pub file_name: String,
    /// `uploading`, `reading`, `checking`, `checked`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Bytes of the file that came so far.
    pub size_bytes: u64,
    /// The file's columns, once it is read.
    pub columns: Vec<Column>,
    /// What a column may be for.
    pub fields: Vec<String>,
    /// Whether an empty cell empties the field.
    pub clear_blank: bool,
    /// Rows of the file, once it is read.
    pub rows: u64,
    /// Rows that the check, or the run, is through with.
    pub rows_passed: u64,
    /// What the check found; what the run did, so far, once it runs.
    pub counts: Counts,
    /// What the check had found, once it runs.
    pub preview: Option<Counts>,
    /// Why it failed as a whole, as a stable word.
    pub code: Option<String>,
    /// The same for people.
    pub why: Option<String>,
    /// Who asked for it.
    pub created_by_id: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When something last became of it.
    pub changed_at: DateTime<Utc>,
}

/// A row of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportRow)]
pub struct RowBody {
    /// Its place, from 1.
    pub row: i64,
    /// The line of the file in which it begins.
    pub line: i64,
    /// Its cells, one for each column.
    pub cells: Vec<String>,
    /// `added`, `changed`, `unchanged` or `failed`; null before the check.
    pub outcome: Option<String>,
    /// The record that it makes, names or adds to.
    pub record_id: Option<Uuid>,
    /// For a row that is not taken: why, as a stable word.
    pub code: Option<String>,
    /// The column that this is about.
    pub column: Option<String>,
    /// The same for people.
    pub why: Option<String>,
}

/// A row of the table.
struct Kept {
    id: Uuid,
    kind: String,
    format: String,
    file_name: String,
    state: String,
    size_bytes: i64,
    columns: Json<Vec<Column>>,
    clear_blank: bool,
    rows: i64,
    rows_passed: i64,
    added: i64,
    changed: i64,
    unchanged: i64,
    failed: i64,
    preview: Option<Json<Counts>>,
    code: Option<String>,
    why: Option<String>,
    created_by: Uuid,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl Kept {
    fn rows_of(&self) -> Stored<RowsOf> {
        RowsOf::find(&self.kind).ok_or(StoreError::Unreadable { what: "kind" })
    }

    /// What a column is for, of each in its order.
    fn fields(&self) -> Vec<Option<String>> {
        self.columns.0.iter().map(|column| column.field.clone()).collect()
    }

    /// What the columns are called.
    fn names(&self) -> Vec<String> {
        self.columns.0.iter().map(|column| column.name.clone()).collect()
    }

    fn shown(self) -> Stored<Import> {
        let rows_of = self.rows_of()?;
        Ok(Import {
            id: self.id,
            fields: rows_of.names().into_iter().map(str::to_owned).collect(),
            kind: self.kind,
            format: self.format,
            file_name: self.file_name,
            state: self.state,
            size_bytes: unsigned(self.size_bytes),
            columns: self.columns.0,
            clear_blank: self.clear_blank,
            rows: unsigned(self.rows),
            rows_passed: unsigned(self.rows_passed),
            counts: Counts {
                added: unsigned(self.added),
                changed: unsigned(self.changed),
                unchanged: unsigned(self.unchanged),
                failed: unsigned(self.failed),
            },
            preview: self.preview.map(|preview| preview.0),
            code: self.code,
            why: self.why,
            created_by_id: self.created_by,
            created_at: self.created_at,
            changed_at: self.changed_at,
        })
    }

    fn must_be(&self, states: &[&str]) -> Done<()> {
        if states.contains(&self.state.as_str()) {
            return Ok(());
        }
        let text = format!("the import is {}; this needs one that is {}", self.state, states.join(" or "));
        Err(OfficeError::conflict("import_state", text))
    }
}

/// An import, locked until the transaction ends.
async fn locked(connection: &mut PgConnection, id: Uuid) -> Done<Kept> {
    let query = sqlx::query_as!(
        Kept,
        r#"
        select id, kind, format, file_name, state, size_bytes, columns as "columns: _", clear_blank, rows, rows_passed, added,
               changed, unchanged, failed, preview as "preview: _", code, why, created_by, created_at, changed_at
        from org.import where id = $1 for update
        "#,
        id
    );
    query.fetch_optional(connection).await?.ok_or_else(|| unknown("import", id))
}

impl Store {
    /// Begins an import. One with the id that is there already is the same one, asked for again.
    ///
    /// # Errors
    /// `format_does_not_fit`, `bad_name`.
    #[instrument(name = "db.import.add", skip_all, fields(%id), err(level = "debug"))]
    pub async fn add_import(&self, by: &By, id: Uuid, new: &NewImport) -> Done<()> {
        if !new.format.fits(new.kind) {
            let text = format!("a {} file does not hold {}", new.format.as_str(), new.kind.as_str());
            return Err(OfficeError::invalid("format_does_not_fit", text));
        }
        let name = new.file_name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let text = format!("the file's name has 1 to {NAME_CHARS_MAX} characters");
            return Err(OfficeError::invalid("bad_name", text));
        }
        let query = sqlx::query!(
            "
            insert into org.import (id, kind, format, file_name, created_by, created_at, changed_at)
            values ($1, $2, $3, $4, $5, $6, $6) on conflict (id) do nothing
            ",
            id,
            new.kind.as_str(),
            new.format.as_str(),
            name,
            by.person.uuid(),
            moment(ambient::now_ms())
        );
        query.execute(self.pool()).await?;
        Ok(())
    }

    /// One import.
    #[instrument(name = "db.import.lookup", skip_all, fields(%id), err(level = "debug"))]
    pub async fn lookup_import(&self, id: Uuid) -> Stored<Option<Import>> {
        let query = sqlx::query_as!(
            Kept,
            r#"
            select id, kind, format, file_name, state, size_bytes, columns as "columns: _", clear_blank, rows, rows_passed,
                   added, changed, unchanged, failed, preview as "preview: _", code, why, created_by, created_at, changed_at
            from org.import where id = $1
            "#,
            id
        );
        query.fetch_optional(self.pool()).await?.map(Kept::shown).transpose()
    }

    /// Imports, newest first.
    #[instrument(name = "db.import.list", skip_all, err(level = "debug"))]
    pub async fn list_imports(&self, before: Option<Uuid>, limit: i64) -> Stored<Vec<Import>> {
        let query = sqlx::query_as!(
            Kept,
            r#"
            select id, kind, format, file_name, state, size_bytes, columns as "columns: _", clear_blank, rows, rows_passed,
                   added, changed, unchanged, failed, preview as "preview: _", code, why, created_by, created_at, changed_at
            from org.import where $1::uuid is null or id < $1 order by id desc limit $2
            "#,
            before,
            limit
        );
        query.fetch_all(self.pool()).await?.into_iter().map(Kept::shown).collect()
    }

    /// Takes a part of the file; one that was sent before is replaced.
    ///
    /// # Errors
    /// `import_state`; `part_too_long`, `file_too_long`.
    #[instrument(name = "db.import.put_part", skip_all, fields(%id, part), err(level = "debug"))]
    pub async fn put_import_part(&self, id: Uuid, part: u32, bytes: &[u8]) -> Done<()> {
        if bytes.is_empty() || bytes.len() > PART_BYTES_MAX {
            let text = format!("a part has 1 to {PART_BYTES_MAX} bytes");
            return Err(OfficeError::invalid("part_too_long", text));
        }
        let too_long = || {
            let text = format!("a file has at most {FILE_BYTES_MAX} bytes; split it");
            OfficeError::invalid("file_too_long", text)
        };
        let part = i32::try_from(part).ok().filter(|part| *part < 100_000).ok_or_else(too_long)?;
        let mut tx = self.pool().begin().await?;
        locked(&mut tx, id).await?.must_be(&["uploading"])?;
        let query = sqlx::query!(
            "
            insert into org.import_part (import_id, part, bytes) values ($1, $2, $3)
            on conflict (import_id, part) do update set bytes = excluded.bytes
            ",
            id,
            part,
            bytes
        );
        query.execute(&mut *tx).await?;
        let query = sqlx::query_scalar!(
            r#"
            update org.import set changed_at = $2,
                size_bytes = (select sum(length(bytes)) from org.import_part where import_id = $1)
            where id = $1 returning size_bytes
            "#,
            id,
            moment(ambient::now_ms())
        );
        if unsigned(query.fetch_one(&mut *tx).await?) > FILE_BYTES_MAX as u64 {
            return Err(too_long());
        }
        tx.commit().await?;
        Ok(())
    }

    /// Orders the file to be taken apart, if it was not yet, and checked with these columns; without, with those that
    /// stand, at first those that are guessed.
    ///
    /// # Errors
    /// `import_state`; `other_columns`, `unknown_field`, `field_twice`; `nothing_uploaded`.
    #[instrument(name = "db.import.check", skip_all, fields(%id), err(level = "debug"))]
    pub async fn check_import(
        &self,
        id: Uuid,
        fields: Option<&[Option<String>]>,
        clear_blank: Option<bool>,
    ) -> Done<()> {
        let mut tx = self.pool().begin().await?;
        let mut kept = locked(&mut tx, id).await?;
        // Asked for again while it is being done: the answer is the same.
        if fields.is_none() && clear_blank.is_none() && ["reading", "checking"].contains(&kept.state.as_str())
        {
            return Ok(());
        }
        kept.must_be(if fields.is_some() { &["checked"] } else { &["uploading", "checked"] })?;
        if kept.size_bytes == 0 {
            return Err(OfficeError::conflict("nothing_uploaded", "no part of the file came yet"));
        }
        if let Some(fields) = fields {
            map(&mut kept, fields)?;
        }
        let state = if kept.state == "uploading" { "reading" } else { "checking" };
        let query = sqlx::query!(
            "
            update org.import
            set state = $2, columns = $3, clear_blank = $4, rows_passed = 0, added = 0, changed = 0, unchanged = 0, failed = 0,
                changed_at = $5
            where id = $1
            ",
            id,
            state,
            Json(&kept.columns.0) as _,
            clear_blank.unwrap_or(kept.clear_blank),
            moment(ambient::now_ms())
        );
        query.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Orders a checked import to be carried out.
    ///
    /// # Errors
    /// `import_state`.
    #[instrument(name = "db.import.run", skip_all, fields(%id), err(level = "debug"))]
    pub async fn run_import(&self, by: &By, id: Uuid) -> Done<()> {
        let mut tx = self.pool().begin().await?;
        let kept = locked(&mut tx, id).await?;
        if ["running", "done"].contains(&kept.state.as_str()) {
            return Ok(());
        }
        kept.must_be(&["checked"])?;
        // What the check does not take is not tried: the preview holds.
        let settled = sqlx::query!(
            "update org.import_row set is_done = true where import_id = $1 and outcome = 'failed' and not is_done",
            id
        );
        settled.execute(&mut *tx).await?;
        let query = sqlx::query!(
            r#"
            update org.import
            set state = 'running', changed_at = $2, created_by = $3, rows_passed = failed, added = 0, changed = 0, unchanged = 0,
                preview = jsonb_build_object('added', added, 'changed', changed, 'unchanged', unchanged, 'failed', failed)
            where id = $1
            "#,
            id,
            moment(ambient::now_ms()),
            by.person.uuid()
        );
        query.execute(&mut *tx).await?;
        let detail = json!({ "file": kept.file_name, "kind": kept.kind, "rows": kept.rows });
        let act = Act { action: "import.run", subject: Some(("import", id)), detail };
        audit::record(&mut tx, Some(by), act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Stops an import: what it wrote so far stays written.
    ///
    /// # Errors
    /// `import_state` for one that ended.
    #[instrument(name = "db.import.cancel", skip_all, fields(%id), err(level = "debug"))]
    pub async fn cancel_import(&self, by: &By, id: Uuid) -> Done<()> {
        let mut tx = self.pool().begin().await?;
        let kept = locked(&mut tx, id).await?;
        if kept.state == "cancelled" {
            return Ok(());
        }
        kept.must_be(&["uploading", "reading", "checking", "checked", "running"])?;
        end(&mut tx, id, "cancelled", None).await?;
        let detail = json!({ "state": kept.state, "rows_passed": kept.rows_passed });
        let act = Act { action: "import.cancel", subject: Some(("import", id)), detail };
        audit::record(&mut tx, Some(by), act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Rows of an import after one of them.
    #[instrument(name = "db.import.rows", skip_all, fields(%id), err(level = "debug"))]
    pub async fn list_import_rows(
        &self,
        id: Uuid,
        outcome: Option<&str>,
        after: i64,
        limit: i64,
    ) -> Stored<Vec<RowBody>> {
        let query = sqlx::query_as!(
            RowBody,
            r#"
            select row, line, cells, outcome, record_id, code, column_name as "column", why
            from org.import_row
            where import_id = $1 and row > $2 and ($3::text is null or outcome = $3)
            order by row limit $4
            "#,
            id,
            after,
            outcome,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }

    /// Removes the rows of imports that ended long ago: they hold what people are called.
    async fn forget_import_rows(&self) -> Stored<()> {
        let query = sqlx::query!(
            "
            delete from org.import_row using org.import
            where import.id = import_row.import_id and state in ('done', 'failed', 'cancelled')
              and import.changed_at < $1::timestamptz - make_interval(days => $2)
            ",
            moment(ambient::now_ms()),
            KEPT_DAYS
        );
        query.execute(self.pool()).await?;
        Ok(())
    }
}

/// Puts what the columns are for in place.
fn map(kept: &mut Kept, fields: &[Option<String>]) -> Done<()> {
    let columns = &kept.columns.0;
    if columns.len() != fields.len() {
        let text = format!("the file has {} columns; say of each what it is for, or null", columns.len());
        return Err(OfficeError::invalid("other_columns", text));
    }
    let known = kept.rows_of()?.names();
    for (place, field) in fields.iter().enumerate() {
        let Some(field) = field else { continue };
        if !known.contains(&field.as_str()) {
            return Err(OfficeError::invalid("unknown_field", format!("no column is for {field:?}")));
        }
        if fields[..place].contains(&Some(field.clone())) {
            return Err(OfficeError::invalid("field_twice", format!("two columns are for {field}")));
        }
    }
    for (column, field) in kept.columns.0.iter_mut().zip(fields) {
        column.field.clone_from(field);
    }
    Ok(())
}

/// Ends an import, and lets go of its file.
async fn end(
    connection: &mut PgConnection,
    id: Uuid,
    state: &str,
    fault: Option<(&str, &str)>,
) -> Stored<()> {
    let (code, why) = fault.unzip();
    sqlx::query!(
        "update org.import set state = $2, code = $3, why = $4, changed_at = $5 where id = $1",
        id,
        state,
        code,
        why,
        moment(ambient::now_ms())
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from org.import_part where import_id = $1", id).execute(connection).await?;
    Ok(())
}

/// In whose name an import writes.
async fn writer(connection: &mut PgConnection, kept: &Kept) -> Done<By> {
    let row = sqlx::query!("select role, active from org.person where id = $1", kept.created_by);
    let row = row.fetch_one(connection).await?;
    let role = crate::store::cells::role(&row.role)?;
    if !row.active || !role.is_office() {
        let text = "who ordered the import is no longer of the office";
        return Err(OfficeError::conflict("not_permitted", text));
    }
    Ok(By::at_console(PersonId::from(kept.created_by), role))
}
