//! `GET /v1/imports/{import}/failed`: the rows that are not taken, as a CSV file to mend and import again.

use axum::extract::State;
use axum::response::Response;
use tracing::instrument;
use uuid::Uuid;

use super::shown;
use crate::exchange::csv;
use crate::http::Shared;
use crate::http::api::Path;
use crate::http::caller::Caller;
use crate::http::download::{Download, download};
use crate::http::problem::Problem;
use crate::store::office::imports::RowBody;

/// Rows of one read.
const PAGE: i64 = 500;

/// The rows that are not taken, with the columns that the file had, the line in which each stood, and the reason. Cells
/// that a spreadsheet might take for a formula begin with an apostrophe, which an import leaves out again.
#[utoipa::path(
    get, path = "/v1/imports/{import}/failed", operation_id = "imports.failed", tag = "imports",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 200, description = "The file", body = String, content_type = "text/csv"))
)]
#[instrument(name = "http.import.failed", skip_all, fields(%import))]
pub async fn failed(
    State(app): Shared,
    caller: Caller,
    Path(import): Path<Uuid>,
) -> Result<Response, Problem> {
    caller.office()?;
    let found = shown(&app, import).await?;
    let names = found.columns.iter().map(|column| column.name.as_str());
    let columns = found.columns.len();
    let head = csv::write([names.chain(["line", "reason"]).collect::<Vec<_>>()]);
    let file = Download { content_type: "text/csv; charset=utf-8", file_name: "failed-rows.csv".to_owned() };
    Ok(download(file, move |send| async move {
        send.bytes(head).await?;
        let mut after = 0;
        loop {
            let rows = app.store.list_import_rows(import, Some("failed"), after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.row;
            send.bytes(csv::write(rows.into_iter().map(|row| cells(row, columns)))).await?;
        }
    }))
}

fn cells(row: RowBody, columns: usize) -> Vec<String> {
    let reason = match (row.column, row.why) {
        (Some(column), Some(why)) => format!("{column}: {why}"),
        (_, why) => why.unwrap_or_default(),
    };
    let missing = std::iter::repeat_n(String::new(), columns.saturating_sub(row.cells.len()));
    row.cells.into_iter().chain(missing).chain([row.line.to_string(), reason]).collect()
}
