//! `DELETE /v1/territories/{territory}/holders/{holder}`: ends a holding now. For admins.

use axum::extract::State;
use roadbook_model::HolderId;
use tracing::instrument;
use uuid::Uuid;

use super::Held;
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::Done;
use crate::http::territories::seen;
use crate::store::office::holders::End;

/// Ends a holding now, on the terms that it has; its row stays, for the history. One that has not begun is struck out.
#[utoipa::path(
    delete, path = "/v1/territories/{territory}/holders/{holder}", operation_id = "holders.end", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"),
           ("holder" = Uuid, Path, description = "The holding"),
           ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The holding as it is now", body = Held))
)]
#[instrument(name = "http.holder.end", skip_all, fields(%holder))]
pub async fn end(
    State(app): Shared,
    caller: Caller,
    Path((territory, holder)): Path<(Uuid, Uuid)>,
    IfMatch(version): IfMatch,
) -> Result<Json<Held>, Problem> {
    caller.admin()?;
    let territory = seen(&app, &caller, territory).await?;
    let (holder, moved) = app
        .store
        .end_hold(&caller.by(), territory, HolderId::from(holder), Some(version), End::Now, None)
        .await?;
    Ok(Json(Held { holding: holder.map(Into::into), done: Done::from(&moved) }))
}
