//! `GET /v1/held/{position}`: one item, whatever became of it.

use axum::extract::State;
use tracing::instrument;

use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::inbox::HeldItem;

/// One item that is or was not in the record.
#[utoipa::path(
    get, path = "/v1/held/{position}", operation_id = "held.read", tag = "held",
    params(("position" = i64, Path, description = "The position at which it was set aside")),
    responses((status = 200, description = "The item", body = HeldItem))
)]
#[instrument(name = "http.held.read", skip_all, fields(position))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(position): Path<i64>,
) -> Result<Json<HeldItem>, Problem> {
    caller.office()?;
    let item = app.store.lookup_held(position).await?;
    Ok(Json(item.ok_or_else(|| Problem::not_found("item"))?))
}
