//! `GET /v1/territories/{territory}`: one territory.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use tracing::instrument;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::tree::Node;

/// One territory, also one out of use.
#[utoipa::path(
    get, path = "/v1/territories/{territory}", operation_id = "territories.read", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory")),
    responses((status = 200, description = "The territory", body = Node))
)]
#[instrument(name = "http.territory.read", skip_all, fields(%territory))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
) -> Result<Response, Problem> {
    let id = seen(&app, &caller, territory).await?;
    let node = app.store.lookup_node(id).await?.ok_or_else(|| Problem::not_found("territory"))?;
    Ok((Version(node.version).header(), Json(node)).into_response())
}
