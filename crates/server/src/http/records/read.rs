//! `GET /v1/records/{record}`: a record's document, and what only the centre knows of it.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::{answer, seen};
use crate::http::Shared;
use crate::http::api::{Json, OneHeader, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::records::RecordBody;

/// One record, for whoever has its account in reach. Its version is its ETag.
#[utoipa::path(
    get, path = "/v1/records/{record}", operation_id = "records.read", tag = "records",
    params(("record" = Uuid, Path, description = "The record")),
    responses((status = 200, description = "The record", body = RecordBody))
)]
#[instrument(name = "http.record.read", skip_all, fields(%record))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
) -> Result<(OneHeader, Json<RecordBody>), Problem> {
    let id = seen(&app, &caller, record).await?;
    answer(&app, id).await
}
