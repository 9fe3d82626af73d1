//! `GET /v1/records/{record}/conflicts`: the open conflicts of one record.

use axum::extract::State;
use roadbook_model::RecordId;
use tracing::instrument;
use uuid::Uuid;

use super::place;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::conflicts::Conflict;
use crate::store::office::conflicts::read::{ConflictFilter, Place};

/// The open conflicts of one record, for whoever has its account in reach.
#[utoipa::path(
    get, path = "/v1/records/{record}/conflicts", operation_id = "conflicts.list_of_record", tag = "records",
    params(("record" = Uuid, Path, description = "The record"), WhichPage),
    responses((status = 200, description = "A page of conflicts", body = Page<Conflict>))
)]
#[instrument(name = "http.conflict.list_of_record", skip_all, fields(%record))]
pub async fn list_of_record(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<Conflict>>, Problem> {
    let record = RecordId::from(record);
    let seen = app.store.sees_record(&caller.person, record).await?;
    seen.ok_or_else(|| Problem::not_found("record"))?;
    let paging = Paging::from(wanted);
    let filter = ConflictFilter { account: None, record: Some(record), after: paging.after::<Place>()? };
    let rows = app.store.list_conflicts(filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, place)))
}
