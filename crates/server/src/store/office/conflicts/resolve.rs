//! Settling a conflict: one of its values, or another one, is written once, by the server's own actor in the name of
//! who decides, through the same gate as everything else. Every replica gets it, and with it the conflict ends.

use roadbook_model::projection::from_json;
use roadbook_model::{Edit, KindSpec, RecordId, Value, document};
use roadbook_sync::ledger::Record;
use serde_json::{Map, Value as Json, json};
use tracing::instrument;

use super::index::{from_hex, value_json};
use crate::store::Store;
use crate::store::append::Append;
use crate::store::cells::signed;
use crate::store::fetch::Documents;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::{Done, OfficeError, unknown};

/// How a conflict is to be settled.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// By this value.
    Value(Json),
    /// By one of its values, as its side names it: the hash of a change, `kept` or `late`.
    Take(String),
}

/// What late work said and what was put back, of one field.
struct Late {
    kept: Json,
    late: Json,
}

impl Store {
    /// Settles a conflict of a record that has the version which was seen. Returns the version that the record has now.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when the record has another version; `no_conflict`; `no_such_value`; what the rules say of the
    /// value.
    #[instrument(name = "db.conflict.resolve", skip_all, fields(%record), err(level = "debug"))]
    pub async fn resolve_conflict(
        &self,
        by: &By,
        record: RecordId,
        path: &[String],
        choice: &Choice,
        seen: i64,
    ) -> Done<i64> {
        let mut append = self.append().await?;
        append.fetch_records(&[record], Documents::new()).await?;
        let stored = append.book.records.get(&record).ok_or_else(|| unknown("record", record))?;
        let (account, spec, version) =
            (stored.envelope.account, stored.envelope.kind.spec(), signed(stored.version));
        if version != seen {
            return Err(OfficeError::Stale { current: version });
        }
        let sides = sides(stored, path);
        let late = open_late(&mut append, record, path).await?;
        if sides.is_empty() && late.is_none() {
            let text = "nothing is in conflict here any more; read the record again";
            return Err(OfficeError::conflict("no_conflict", text));
        }
        append.fetch_accounts(&[account]).await?;
        let value = chosen(choice, &sides, late.as_ref())?;
        let edit = edit(spec, path, &value)?;
        let position = write(&mut append, by, record, edit, sides.is_empty())?;
        close_late(&mut append, by, record, path, choice, position).await?;
        let detail = json!({ "path": path, "value": value, "position": position });
        let act = Act { action: "conflict.resolve", subject: Some(("record", record.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await?;
        Ok(position.unwrap_or(version))
    }
}

/// The values that were written at once, by the hash of their change.
fn sides(record: &Record, path: &[String]) -> Vec<([u8; 32], Value)> {
    let conflicts = document::conflicts(record.envelope.kind.spec(), &record.doc).into_iter();
    let found = conflicts.filter(|conflict| conflict.path == path);
    found.flat_map(|conflict| conflict.values).map(|side| (side.hash, side.value)).collect()
}

/// The latest open late conflict of a field.
async fn open_late(append: &mut Append<'_>, record: RecordId, path: &[String]) -> Done<Option<Late>> {
    let query = sqlx::query_as!(
        Late,
        "
        select kept, late from org.late_conflict
        where record_id = $1 and path = $2 and resolved_at is null order by position desc limit 1
        ",
        record.uuid(),
        path
    );
    Ok(query.fetch_optional(append.connection()).await?)
}

fn chosen(choice: &Choice, sides: &[([u8; 32], Value)], late: Option<&Late>) -> Done<Json> {
    let found = match choice {
        Choice::Value(value) => Some(value.clone()),
        Choice::Take(word) if word == "late" => late.map(|late| late.late.clone()),
        Choice::Take(word) if word == "kept" => late.map(|late| late.kept.clone()),
        Choice::Take(hash) => {
            let hash = from_hex(hash);
            let side = sides.iter().find(|(known, _)| Some(*known) == hash);
            side.map(|(_, value)| value_json(value.clone()))
        }
    };
    found.ok_or_else(|| {
        let text = "this is none of the conflict's values; take one of them, or give a value";
        OfficeError::invalid("no_such_value", text)
    })
}

/// The edit that writes a value at a path.
fn edit(spec: &'static KindSpec, path: &[String], value: &Json) -> Done<Edit> {
    let is_item = matches!(path, [name, _] if spec.field(name).is_some_and(|field| field.items().is_some()));
    if is_item && value.is_null() {
        return Ok(Edit::Delete { path: path.to_vec() });
    }
    let nested = path
        .iter()
        .rev()
        .fold(value.clone(), |inner, name| Json::Object(Map::from_iter([(name.clone(), inner)])));
    let fields =
        from_json(spec, &nested).map_err(|violation| OfficeError::invalid(violation.code, violation.text))?;
    let mut found = Value::Map(fields);
    for name in path {
        let inner = Value::entries(Some(&found)).get(name).cloned();
        found = inner.ok_or_else(|| unknown("field", path.join(".")))?;
    }
    Ok(Edit::Put { path: path.to_vec(), value: found })
}

/// Writes, and returns the position. Where only late work was in question and its record says so already, there is
/// nothing to write.
fn write(
    append: &mut Append<'_>,
    by: &By,
    record: RecordId,
    edit: Edit,
    may_stand: bool,
) -> Done<Option<i64>> {
    match append.book.edit(by.role, by.person, record, &[edit]) {
        Ok(position) => Ok(Some(signed(position))),
        Err(reason) if reason.code == "nothing_changed" && may_stand => Ok(None),
        Err(reason) => Err(OfficeError::Refused(reason)),
    }
}

async fn close_late(
    append: &mut Append<'_>,
    by: &By,
    record: RecordId,
    path: &[String],
    choice: &Choice,
    position: Option<i64>,
) -> Done<()> {
    let how = match choice {
        Choice::Take(word) if word == "late" => "taken",
        Choice::Take(word) if word == "kept" => "kept",
        _ => "written",
    };
    let now = crate::ambient::moment(append.book.now_ms);
    sqlx::query!(
        "
        update org.late_conflict
        set resolved_at = $3, resolved_by = $4, resolved_how = $5, resolved_position = $6
        where record_id = $1 and path = $2 and resolved_at is null
        ",
        record.uuid(),
        path,
        now,
        by.person.uuid(),
        how,
        position
    )
    .execute(append.connection())
    .await?;
    Ok(())
}
