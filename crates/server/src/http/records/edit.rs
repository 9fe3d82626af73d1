//! `PATCH /v1/records/{record}`: the office writes fields of a record. For the office and admins.

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{answer, seen};
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, OneHeader, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::records::RecordBody;
use crate::store::office::records::edit::Written;

/// What to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordEdit)]
pub struct Wanted {
    /// Fields by name; what is not named stays, null clears. A collection is an object of items by id: an item's fields
    /// that are named are written, an item that is not there is made, null removes one.
    #[schema(value_type = Object)]
    document: Written,
}

/// Writes fields of a record: one change by the server, in the name of who writes, that every replica gets. If-Match
/// names the record's version that was seen. Where the record says all of it already, nothing is written.
#[utoipa::path(
    patch, path = "/v1/records/{record}", operation_id = "records.edit", tag = "records",
    params(
        ("record" = Uuid, Path, description = "The record"),
        ("If-Match" = String, Header, description = "The record's version that was seen, as an ETag")
    ),
    request_body = Wanted,
    responses((status = 200, description = "The record as it is now", body = RecordBody))
)]
#[instrument(name = "http.record.edit", skip_all, fields(%record))]
pub async fn edit(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
    IfMatch(version): IfMatch,
    Json(wanted): Json<Wanted>,
) -> Result<(OneHeader, Json<RecordBody>), Problem> {
    caller.office()?;
    let id = seen(&app, &caller, record).await?;
    app.store.edit_record(&caller.by(), id, wanted.document, version).await?;
    answer(&app, id).await
}
