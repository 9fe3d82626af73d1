//! Checks rows of an import a piece at a time, and carries them out in groups: each group is one append with what became of
//! its rows, so that a stop in the middle leaves nothing half done.

use std::collections::BTreeSet;

use roadbook_model::{AccountId, Envelope, Kind, RecordId, TerritoryId};
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::judge::{ACCOUNT_LATER, New, Row, Verdict, again, judge};
use super::{Kept, circles, locked, writer};
use crate::ambient::{self, moment};
use crate::exchange::{self, Fault, RowsOf};
use crate::store::Store;
use crate::store::append::Append;
use crate::store::cells::signed;
use crate::store::fetch::Documents;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::records::edit::{Written, edits};
use crate::store::office::records::kin::Unfit;
use crate::store::office::reference::write;
use crate::store::office::{Done, OfficeError};

/// Rows that are checked at once.
const CHECKED: i64 = 1_000;
/// How often a row is put behind others: as deep as accounts of a file may name each other.
pub(super) const BEHIND_MAX: i16 = 64;
/// Rows of one append: whoever pushes meanwhile waits no longer than it takes.
pub const GROUP: i64 = 200;

/// What became of a row.
pub(super) struct Became {
    row: i64,
    outcome: &'static str,
    record: Option<RecordId>,
    fault: Option<Fault>,
}

impl Became {
    fn of(row: i64, verdict: &Verdict) -> Self {
        let (outcome, record, fault) = match verdict {
            Verdict::Add(new) => ("added", Some(new.id), None),
            Verdict::Change(id, _) => ("changed", Some(*id), None),
            Verdict::Enter(id, _) => ("added", Some(*id), None),
            Verdict::Publish(value) => (if value.is_new { "added" } else { "changed" }, None, None),
            Verdict::Same(id) => ("unchanged", *id, None),
            Verdict::Fail(fault) => ("failed", None, Some(fault.clone())),
        };
        Self { row, outcome, record, fault }
    }

    pub(super) fn changed(row: i64, record: RecordId) -> Self {
        Self { row, outcome: "changed", record: Some(record), fault: None }
    }

    pub(super) fn failed(row: i64, fault: Fault) -> Self {
        Self { row, outcome: "failed", record: None, fault: Some(fault) }
    }
}

impl Store {
    /// Checks the next piece of an import that is `checking`. Says whether more is to be done.
    pub(super) async fn check_piece(&self, id: Uuid) -> Done<bool> {
        let mut tx = self.pool().begin().await?;
        let kept = locked(&mut tx, id).await?;
        if kept.state != "checking" {
            return Ok(false);
        }
        if kept.rows_passed == 0 {
            name_rows(&mut tx, &kept).await?;
        }
        let query = sqlx::query!(
            "select row, cells, is_done from org.import_row where import_id = $1 and row > $2 order by row limit $3",
            id,
            kept.rows_passed,
            CHECKED
        );
        let rows = query.fetch_all(&mut *tx).await?;
        let passed = signed(rows.len() as u64);
        let unread = signed(rows.iter().filter(|row| row.is_done).count() as u64);
        let rows: Vec<(i64, Vec<String>)> =
            rows.into_iter().filter(|row| !row.is_done).map(|row| (row.row, row.cells)).collect();
        let rows = with_again(&mut tx, id, rows).await?;
        let verdicts = judge(&mut tx, &kept, rows, true).await?;
        let became: Vec<Became> = verdicts.iter().map(|(row, verdict)| Became::of(*row, verdict)).collect();
        note(&mut tx, id, &became, false).await?;
        count(&mut tx, id, &became, passed, unread).await?;
        let is_last = kept.rows_passed + passed >= kept.rows;
        if is_last {
            circles::tell(&mut tx, &kept).await?;
            sqlx::query!("update org.import set state = 'checked' where id = $1", id)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(!is_last)
    }

    /// Carries out the next rows of an import that is `running`. Says whether more is to be done.
    pub(super) async fn run_group(&self, id: Uuid, most: i64) -> Done<bool> {
        let mut append = self.append().await?;
        let kept = locked(append.connection(), id).await?;
        if kept.state != "running" {
            return Ok(false);
        }
        let by = match writer(append.connection(), &kept).await {
            Err(OfficeError::Conflict { code, text }) => {
                super::end(append.connection(), id, "failed", Some((code, &text))).await?;
                append.commit().await?;
                return Ok(false);
            }
            by => by?,
        };
        let rows = todo(append.connection(), id, most).await?;
        if rows.is_empty() {
            finish(&mut append, &kept, &by).await?;
            append.commit().await?;
            return Ok(false);
        }
        let mut verdicts = judge(append.connection(), &kept, rows, false).await?;
        let behind = put_behind(append.connection(), id, &verdicts).await?;
        verdicts.retain(|(row, _)| !behind.contains(row));
        fetch(&mut append, &verdicts).await?;
        let mut became = Vec::with_capacity(verdicts.len());
        let mut values = Vec::new();
        for (row, verdict) in verdicts {
            if let Some((code, text)) = kin(&mut append, &verdict).await? {
                became.push(Became::failed(row, Fault::new(code, text)));
                continue;
            }
            became.push(carry_out(&mut append, &by, row, verdict, &mut values)?);
        }
        write(&mut append, &kept.kind, &values);
        note(append.connection(), id, &became, true).await?;
        count(append.connection(), id, &became, signed(became.len() as u64), 0).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(true)
    }

    /// Gives up the next row of a running import: the database would not hold what it says.
    pub(super) async fn give_up_row(&self, id: Uuid, why: &str) -> Done<()> {
        let mut tx = self.pool().begin().await?;
        locked(&mut tx, id).await?.must_be(&["running"])?;
        for row in todo(&mut tx, id, 1).await? {
            let became = [Became::failed(row.row, Fault::new("not_storable", why))];
            note(&mut tx, id, &became, true).await?;
            count(&mut tx, id, &became, 1, 0).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Writes down by what each row names its record or key, and which rows name another account. Of consents a contact has many,
/// so that only two rows that say the same are one too many.
async fn name_rows(connection: &mut PgConnection, kept: &Kept) -> Done<()> {
    let key = match kept.rows_of()? {
        RowsOf::Records(_) => [None, None],
        RowsOf::Consents => return name_whole_rows(connection, kept.id).await,
        RowsOf::Values(set) => {
            let parts = exchange::values::keys(set);
            [parts.first().copied(), parts.get(1).copied()]
        }
    };
    let place = |name: &str| place(kept, name);
    sqlx::query!(
        "
        update org.import_row
        set key = coalesce('x:' || record.folded(cells[$2]), 'i:' || lower(nullif(btrim(cells[$3]), '')),
                           'k:' || nullif(btrim(cells[$6]), '') || coalesce('/' || btrim(cells[$7]), '')),
            waits = (coalesce(btrim(cells[$4]), '') <> '' or coalesce(btrim(cells[$5]), '') <> '')::integer
        where import_id = $1
        ",
        kept.id,
        place("external_id"),
        place("id"),
        place("parent"),
        place("referred_by"),
        key[0].and_then(place),
        key[1].and_then(place)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The place of a column among a row's cells, as Postgres counts.
pub(super) fn place(kept: &Kept, name: &str) -> Option<i32> {
    let found = kept.columns.0.iter().position(|column| column.field.as_deref() == Some(name));
    found.and_then(|place| i32::try_from(place + 1).ok())
}

async fn name_whole_rows(connection: &mut PgConnection, id: Uuid) -> Done<()> {
    sqlx::query!(
        "update org.import_row set key = 'r:' || md5(array_to_string(cells, chr(31), '')) where import_id = $1",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn with_again(
    connection: &mut PgConnection,
    id: Uuid,
    rows: Vec<(i64, Vec<String>)>,
) -> Done<Vec<Row>> {
    let places: Vec<i64> = rows.iter().map(|(row, _)| *row).collect();
    let again: BTreeSet<i64> = again(connection, id, &places).await?.into_iter().collect();
    Ok(rows.into_iter().map(|(row, cells)| Row { row, cells, is_again: again.contains(&row) }).collect())
}

/// The next rows to carry out: those that name no other account first, so that these are there.
async fn todo(connection: &mut PgConnection, id: Uuid, most: i64) -> Done<Vec<Row>> {
    let query = sqlx::query!(
        "
        select row, cells from org.import_row where import_id = $1 and not is_done
        order by waits, row limit $2
        ",
        id,
        most
    );
    let rows = query.fetch_all(&mut *connection).await?;
    with_again(connection, id, rows.into_iter().map(|row| (row.row, row.cells)).collect()).await
}

/// Puts rows behind the others that name an account which another row is to make. Says which; one that was put behind too
/// often is none of them, and fails.
async fn put_behind(
    connection: &mut PgConnection,
    id: Uuid,
    verdicts: &[(i64, Verdict)],
) -> Result<BTreeSet<i64>, sqlx::Error> {
    let early = |verdict: &Verdict| matches!(verdict, Verdict::Fail(fault) if fault.code == ACCOUNT_LATER);
    let rows: Vec<i64> = verdicts.iter().filter(|(_, verdict)| early(verdict)).map(|(row, _)| *row).collect();
    let query = sqlx::query_scalar!(
        "
        update org.import_row set waits = waits + 1
        where import_id = $1 and row = any($2) and waits <= $3
        returning row
        ",
        id,
        &rows,
        BEHIND_MAX
    );
    Ok(query.fetch_all(connection).await?.into_iter().collect())
}

/// Fetches what the verdicts write to.
async fn fetch(append: &mut Append<'_>, verdicts: &[(i64, Verdict)]) -> Done<()> {
    let mut records: Vec<RecordId> = Vec::new();
    let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
    let mut territories: BTreeSet<TerritoryId> = BTreeSet::new();
    for (_, verdict) in verdicts {
        match verdict {
            Verdict::Add(new) => {
                records.push(new.id);
                accounts.insert(new.account);
                territories.extend(new.territory);
            }
            Verdict::Change(id, _) | Verdict::Enter(id, _) => records.push(*id),
            Verdict::Publish(_) | Verdict::Same(_) | Verdict::Fail(_) => {}
        }
    }
    append.fetch_records(&records, Documents::new()).await?;
    accounts.extend(append.book.records.values().map(|record| record.envelope.account));
    append.fetch_accounts(&accounts.into_iter().collect::<Vec<_>>()).await?;
    append.fetch_territories(&territories.into_iter().collect::<Vec<_>>()).await?;
    Ok(())
}

/// What is wrong with what a row says of an account and others, as the rows before it leave them.
async fn kin(append: &mut Append<'_>, verdict: &Verdict) -> Done<Option<Unfit>> {
    match verdict {
        Verdict::Add(new) if new.id == new.account.record() => {
            Ok(append.kin_said(new.account, &new.fields).await?)
        }
        Verdict::Change(id, written)
            if append.book.records.get(id).is_some_and(|it| it.envelope.kind == Kind::ACCOUNT) =>
        {
            let edits = edits(Kind::ACCOUNT.spec(), written.clone())?;
            Ok(append.kin_edited(id.account(), &edits).await?)
        }
        _ => Ok(None),
    }
}

/// Carries out what becomes of a row; values are put together, to be published at once.
fn carry_out(
    append: &mut Append<'_>,
    by: &By,
    row: i64,
    verdict: Verdict,
    values: &mut Vec<(String, Option<Json>)>,
) -> Done<Became> {
    let mut became = Became::of(row, &verdict);
    match verdict {
        Verdict::Add(new) => {
            if let Err(fault) = make(append, by, *new) {
                return Ok(Became::failed(row, fault));
            }
        }
        Verdict::Change(id, written) | Verdict::Enter(id, written) => {
            match change(append, by, id, written)? {
                Ok(true) => {}
                Ok(false) => became.outcome = "unchanged",
                Err(fault) => return Ok(Became::failed(row, fault)),
            }
        }
        Verdict::Publish(value) => values.push((value.key, Some(value.json))),
        Verdict::Same(_) | Verdict::Fail(_) => {}
    }
    Ok(became)
}

/// Says whether the record did not say it already.
fn change(append: &mut Append<'_>, by: &By, id: RecordId, written: Written) -> Done<Result<bool, Fault>> {
    let Some(record) = append.book.records.get(&id) else {
        return Ok(Err(Fault::new("unknown_id", "There is no such record any more.")));
    };
    let edits = edits(record.envelope.kind.spec(), written)?;
    Ok(match append.book.edit(by.role, by.person, id, &edits) {
        Ok(_) => Ok(true),
        Err(reason) if reason.code == "nothing_changed" => Ok(false),
        Err(reason) => {
            let code = if reason.code == "not_permitted" { "not_permitted" } else { "refused" };
            Err(Fault::new(code, reason.text))
        }
    })
}

fn make(append: &mut Append<'_>, by: &By, new: New) -> Result<(), Fault> {
    let envelope =
        Envelope { id: new.id, kind: new.kind, account: new.account, creator: by.person, generation: 0 };
    if new.territory.is_none() {
        let made = append.book.create(by.role, envelope, &new.fields);
        return made.map(drop).map_err(|reason| Fault::new("refused", reason.text));
    }
    let captured_ms = append.book.now_ms;
    let territory = new.territory;
    let imported = Imported { envelope, fields: new.fields, captured_ms, territory, decision: None };
    let made = append.book.import(imported);
    made.map(drop).map_err(|violation| Fault::new(violation.code, violation.text))
}

pub(super) async fn note(
    connection: &mut PgConnection,
    id: Uuid,
    became: &[Became],
    is_done: bool,
) -> Result<(), sqlx::Error> {
    let rows: Vec<i64> = became.iter().map(|became| became.row).collect();
    let outcomes: Vec<&str> = became.iter().map(|became| became.outcome).collect();
    let records: Vec<Option<Uuid>> = became.iter().map(|became| became.record.map(RecordId::uuid)).collect();
    let fault = |of: fn(&Fault) -> Option<&str>| -> Vec<Option<&str>> {
        became.iter().map(|became| became.fault.as_ref().and_then(of)).collect()
    };
    let codes = fault(|fault| Some(fault.code));
    let columns = fault(|fault| fault.column.as_deref());
    let texts = fault(|fault| Some(&fault.text));
    sqlx::query!(
        "
        update org.import_row
        set outcome = became.outcome, record_id = became.record_id, code = became.code, column_name = became.column_name,
            why = became.why, is_done = $8
        from unnest($2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[])
            became(row, outcome, record_id, code, column_name, why)
        where import_id = $1 and import_row.row = became.row
        ",
        id,
        &rows,
        &outcomes as _,
        &records as _,
        &codes as _,
        &columns as _,
        &texts as _,
        is_done
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn count(
    connection: &mut PgConnection,
    id: Uuid,
    became: &[Became],
    passed: i64,
    unread: i64,
) -> Result<(), sqlx::Error> {
    let of = |outcome: &str| signed(became.iter().filter(|became| became.outcome == outcome).count() as u64);
    sqlx::query!(
        "
        update org.import
        set added = added + $2, changed = changed + $3, unchanged = unchanged + $4, failed = failed + $5,
            rows_passed = rows_passed + $6, changed_at = $7
        where id = $1
        ",
        id,
        of("added"),
        of("changed"),
        of("unchanged"),
        of("failed") + unread,
        passed,
        moment(ambient::now_ms())
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn finish(append: &mut Append<'_>, kept: &Kept, by: &By) -> Done<()> {
    super::end(append.connection(), kept.id, "done", None).await?;
    let detail = json!({
        "added": kept.added, "changed": kept.changed, "unchanged": kept.unchanged, "failed": kept.failed,
    });
    let act = Act { action: "import.done", subject: Some(("import", kept.id)), detail };
    audit::record(append.connection(), Some(by), act).await?;
    Ok(())
}
