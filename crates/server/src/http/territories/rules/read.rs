//! `GET /v1/territories/{territory}/rules`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use tracing::instrument;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::territories::seen;
use crate::store::office::membership::RuleList;

/// The rules of a territory, in their order.
#[utoipa::path(
    get, path = "/v1/territories/{territory}/rules", operation_id = "rules.read", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory")),
    responses((status = 200, description = "The rules", body = RuleList))
)]
#[instrument(name = "http.rules.read", skip_all, fields(%territory))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
) -> Result<Response, Problem> {
    let territory = seen(&app, &caller, territory).await?;
    let list = app.store.list_rules(territory).await?;
    Ok((Version(list.version).header(), Json(list)).into_response())
}
