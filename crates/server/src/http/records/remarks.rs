//! `GET /v1/records/{record}/remarks`: what was said about a record and what is to be done about it.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Page, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::records::remarks::Remark;

/// Comments on a record and tasks about it, in the order in which they were written; all in one page.
#[utoipa::path(
    get, path = "/v1/records/{record}/remarks", operation_id = "records.remarks", tag = "records",
    params(("record" = Uuid, Path, description = "The record")),
    responses((status = 200, description = "Its comments and tasks", body = Page<Remark>))
)]
#[instrument(name = "http.record.remarks", skip_all, fields(%record))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
) -> Result<Json<Page<Remark>>, Problem> {
    let id = seen(&app, &caller, record).await?;
    Ok(Json(Page { items: app.store.list_remarks(id).await?, next: None }))
}
