//! `GET /v1/records/{record}/history`: who changed what when.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::records::history::HistoryRow;

/// A record's history, for whoever has its account in reach; the latest first. A change is shown as its author saw it.
#[utoipa::path(
    get, path = "/v1/records/{record}/history", operation_id = "records.history", tag = "records",
    params(("record" = Uuid, Path, description = "The record"), WhichPage),
    responses((status = 200, description = "A page of its history", body = Page<HistoryRow>))
)]
#[instrument(name = "http.record.history", skip_all, fields(%record))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<HistoryRow>>, Problem> {
    let id = seen(&app, &caller, record).await?;
    let paging = Paging::from(wanted);
    let rows = app.store.history(id, paging.after()?, paging.fetch()).await?;
    let rows = rows.ok_or_else(|| Problem::not_found("record"))?;
    Ok(Json(Page::new(rows, &paging, |row| row.position)))
}
