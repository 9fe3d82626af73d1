//! Takes the file of an import apart into rows. The file is in memory meanwhile, its rows a piece at a time; either all of
//! it is staged or nothing.

use sqlx::PgConnection;
use sqlx::types::Json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Column, Kept, locked};
use crate::ambient::{self, moment};
use crate::exchange::{self, Fault, Format, LINES_MAX, Line};
use crate::store::cells::signed;
use crate::store::office::Done;
use crate::store::{Store, StoreError};

/// Rows that are staged at once.
const PIECE: usize = 1_000;
/// Pieces that wait to be staged.
const WAITING: usize = 2;
/// Rows of which the columns show samples.
const SAMPLES: usize = 3;
/// Characters of a sample.
const SAMPLE_CHARS: usize = 60;

/// What the reader has to say.
enum Said {
    Columns(Vec<String>),
    Lines(Vec<Line>),
    End(Result<(), Fault>),
}

impl Store {
    /// Reads the file of an import that is `reading`.
    pub(super) async fn read_import(&self, id: Uuid) -> Done<()> {
        let mut tx = self.pool().begin().await?;
        let kept = locked(&mut tx, id).await?;
        if kept.state != "reading" {
            return Ok(());
        }
        let staged = match whole(&mut tx, &kept).await? {
            Ok(bytes) => stage(&mut tx, &kept, bytes).await?,
            Err(fault) => Err(fault),
        };
        if let Err(fault) = staged {
            drop(tx);
            let mut tx = self.pool().begin().await?;
            if locked(&mut tx, id).await?.state == "reading" {
                super::end(&mut tx, id, "failed", Some((fault.code, &fault.text))).await?;
            }
            tx.commit().await?;
            return Ok(());
        }
        sqlx::query!("delete from org.import_part where import_id = $1", id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The file, put together.
async fn whole(connection: &mut PgConnection, kept: &Kept) -> Result<Result<Vec<u8>, Fault>, sqlx::Error> {
    let query =
        sqlx::query!("select part, bytes from org.import_part where import_id = $1 order by part", kept.id);
    let mut file = Vec::new();
    for (place, row) in query.fetch_all(connection).await?.into_iter().enumerate() {
        if usize::try_from(row.part) != Ok(place) {
            let text = format!("Part {place} of the file is missing; upload it again.");
            return Ok(Err(Fault::new("part_missing", text)));
        }
        file.extend(row.bytes);
    }
    Ok(Ok(file))
}

async fn stage(connection: &mut PgConnection, kept: &Kept, bytes: Vec<u8>) -> Done<Result<(), Fault>> {
    let rows_of = kept.rows_of()?;
    let format = Format::find(&kept.format).ok_or(StoreError::Unreadable { what: "format" })?;
    let (say, mut said) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || {
        let end = tell(format, &bytes, &say);
        // Whoever stopped listening knows why.
        let _ = say.blocking_send(Said::End(end));
    });
    let (mut columns, mut rows, mut end) = (Vec::new(), 0_u64, Ok(()));
    while let Some(piece) = said.recv().await {
        match piece {
            Said::Columns(names) => {
                let fields = rows_of.guess(&names);
                columns = names.into_iter().zip(fields).map(|(name, field)| column(name, field)).collect();
            }
            Said::Lines(lines) => {
                if rows == 0 {
                    sample(&mut columns, &lines);
                }
                put(connection, kept.id, rows, &lines).await?;
                rows += lines.len() as u64;
            }
            Said::End(with) => end = with,
        }
    }
    reading.await.map_err(|_| StoreError::Broken { what: "reading a file" })?;
    if end.is_ok() && rows == 0 {
        end = Err(Fault::new("empty_file", "The file holds no rows."));
    }
    if end.is_ok() {
        let query = sqlx::query!(
            "update org.import set state = 'checking', columns = $2, rows = $3, rows_passed = 0, changed_at = $4 where id = $1",
            kept.id,
            Json(&columns) as _,
            signed(rows),
            moment(ambient::now_ms())
        );
        query.execute(connection).await?;
    }
    Ok(end)
}

fn column(name: String, field: Option<&'static str>) -> Column {
    Column { name, field: field.map(str::to_owned), samples: Vec::new() }
}

fn sample(columns: &mut [Column], lines: &[Line]) {
    for (place, column) in columns.iter_mut().enumerate() {
        let cells = lines.iter().filter_map(|line| line.cells.get(place)).filter(|cell| !cell.is_empty());
        column.samples = cells.take(SAMPLES).map(|cell| cell.chars().take(SAMPLE_CHARS).collect()).collect();
    }
}

/// Reads on a thread of its own, and waits while what it read is not staged.
fn tell(format: Format, bytes: &[u8], say: &mpsc::Sender<Said>) -> Result<(), Fault> {
    let gone = |_| Fault::new("broken_off", "Reading the file broke off.");
    let mut file = exchange::open(format, bytes)?;
    say.blocking_send(Said::Columns(file.columns())).map_err(gone)?;
    let (mut piece, mut count) = (Vec::with_capacity(PIECE), 0);
    while let Some(line) = file.next()? {
        count += 1;
        if count > LINES_MAX {
            let text = format!("The file has more than {LINES_MAX} rows; split it.");
            return Err(Fault::new("too_many_rows", text));
        }
        piece.push(line);
        if piece.len() == PIECE {
            let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE));
            say.blocking_send(Said::Lines(full)).map_err(gone)?;
        }
    }
    if !piece.is_empty() {
        say.blocking_send(Said::Lines(piece)).map_err(gone)?;
    }
    Ok(())
}

async fn put(
    connection: &mut PgConnection,
    id: Uuid,
    before: u64,
    lines: &[Line],
) -> Result<(), sqlx::Error> {
    let numbers: Vec<i64> = lines.iter().map(|line| signed(line.number)).collect();
    let cells: Vec<serde_json::Value> = lines.iter().map(|line| line.cells.clone().into()).collect();
    let fault = |of: fn(&Fault) -> &str| -> Vec<Option<&str>> {
        lines.iter().map(|line| line.fault.as_ref().map(of)).collect()
    };
    let codes = fault(|fault| fault.code);
    let texts = fault(|fault| &fault.text);
    let columns: Vec<Option<&str>> =
        lines.iter().map(|line| line.fault.as_ref().and_then(|fault| fault.column.as_deref())).collect();
    sqlx::query!(
        r#"
        insert into org.import_row (import_id, row, line, cells, outcome, is_done, code, column_name, why)
        select $1, $2 + place, line, array(select jsonb_array_elements_text(cells)),
               case when code is not null then 'failed' end, code is not null, code, column_name, why
        from unnest($3::bigint[], $4::jsonb[], $5::text[], $6::text[], $7::text[])
            with ordinality as read(line, cells, code, column_name, why, place)
        "#,
        id,
        signed(before),
        &numbers,
        &cells,
        &codes as _,
        &columns as _,
        &texts as _
    )
    .execute(connection)
    .await?;
    Ok(())
}
