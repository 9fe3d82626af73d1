//! `POST /v1/territories/{territory}/archive`: takes a territory out of use. For admins.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roadbook_model::TerritoryId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::edit::Edited;
use super::seen;
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};

/// How to take it out of use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TerritoryArchive)]
pub struct Archive {
    /// What takes over its accounts and parts; needed unless there are none.
    #[serde(default)]
    successor_id: Option<Uuid>,
    /// On what terms people lose its accounts.
    #[serde(default)]
    terms: Terms,
}

/// Takes a territory out of use.
#[utoipa::path(
    post, path = "/v1/territories/{territory}/archive", operation_id = "territories.archive", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"),
           ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = Archive,
    responses((status = 200, description = "The territory as it is now", body = Edited))
)]
#[instrument(name = "http.territory.archive", skip_all, fields(%territory))]
pub async fn archive(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
    IfMatch(version): IfMatch,
    Json(how): Json<Archive>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let id = seen(&app, &caller, territory).await?;
    let successor = how.successor_id.map(TerritoryId::from);
    let (territory, moved) =
        app.store.archive_territory(&caller.by(), id, Some(version), successor, &how.terms.into()).await?;
    let version = Version(territory.version);
    Ok((version.header(), Json(Edited { territory, done: Done::from(&moved) })).into_response())
}
