//! `GET /v1/territories/{territory}/holders/{holder}`: one holding.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roadbook_model::HolderId;
use tracing::instrument;
use uuid::Uuid;

use super::Holding;
use crate::http::Shared;
use crate::http::api::{Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::territories::seen;

/// One holding, also one that is over.
#[utoipa::path(
    get, path = "/v1/territories/{territory}/holders/{holder}", operation_id = "holders.read", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"),
           ("holder" = Uuid, Path, description = "The holding")),
    responses((status = 200, description = "The holding; its version in the ETag", body = Holding))
)]
#[instrument(name = "http.holder.read", skip_all, fields(%holder))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path((territory, holder)): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    let territory = seen(&app, &caller, territory).await?;
    let id = HolderId::from(holder);
    let holder = app.store.list_holders(territory).await?.into_iter().find(|holder| holder.id == id);
    let holder = holder.ok_or_else(|| Problem::not_found("holding"))?;
    Ok((Version(holder.version).header(), Json(Holding::from(holder))).into_response())
}
