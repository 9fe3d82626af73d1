//! `PATCH /v1/territories/{territory}/holders/{holder}`: sets the end of a holding. For admins.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use roadbook_model::HolderId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Held;
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};
use crate::http::territories::seen;
use crate::store::office::holders::{End, EndTerms};

/// When a holding ends, and on what terms.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldingEdit {
    /// Until when; null takes a known end back.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    to_at: Option<DateTime<Utc>>,
    /// On other terms than it has.
    #[serde(default)]
    terms: Option<Terms>,
}

/// Sets the end of a holding, or takes it back.
#[utoipa::path(
    patch, path = "/v1/territories/{territory}/holders/{holder}", operation_id = "holders.edit", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"),
           ("holder" = Uuid, Path, description = "The holding"),
           ("If-Match" = String, Header, description = "The version that was read")),
    request_body = HoldingEdit,
    responses((status = 200, description = "The holding as it is now", body = Held))
)]
#[instrument(name = "http.holder.edit", skip_all, fields(%holder))]
pub async fn edit(
    State(app): Shared,
    caller: Caller,
    Path((territory, holder)): Path<(Uuid, Uuid)>,
    IfMatch(version): IfMatch,
    Json(edit): Json<HoldingEdit>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let territory = seen(&app, &caller, territory).await?;
    let end = edit.to_at.map_or(End::Open, |at| End::At(at.timestamp_millis()));
    let terms = edit.terms.map(EndTerms::from);
    let (holder, moved) = app
        .store
        .end_hold(&caller.by(), territory, HolderId::from(holder), Some(version), end, terms.as_ref())
        .await?;
    let version = Version(holder.as_ref().map_or(0, |holder| holder.version));
    let body = Held { holding: holder.map(Into::into), done: Done::from(&moved) };
    Ok((version.header(), Json(body)).into_response())
}
