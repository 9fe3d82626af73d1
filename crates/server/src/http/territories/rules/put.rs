//! `PUT /v1/territories/{territory}/rules`: replaces the rules of a territory. For admins.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::territories::seen;
use crate::store::office::membership::{NewRule, RuleList};

/// The rules that a territory is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRules {
    /// The rules, in their order; none ends them all.
    #[schema(max_items = 200)]
    rules: Vec<NewRule>,
}

/// Replaces the rules of a territory. They place new accounts from now on; existing ones when they are applied.
#[utoipa::path(
    put, path = "/v1/territories/{territory}/rules", operation_id = "rules.put", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"),
           ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = NewRules,
    responses((status = 200, description = "The rules as they are now", body = RuleList))
)]
#[instrument(name = "http.rules.put", skip_all, fields(%territory))]
pub async fn put(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
    IfMatch(version): IfMatch,
    Json(new): Json<NewRules>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let territory = seen(&app, &caller, territory).await?;
    let list = app.store.put_rules(&caller.by(), territory, Some(version), &new.rules).await?;
    Ok((Version(list.version).header(), Json(list)).into_response())
}
