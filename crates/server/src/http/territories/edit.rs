//! `PATCH /v1/territories/{territory}`: renames a territory, moves it in the tree, makes it the inbox. For admins.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use roadbook_model::TerritoryId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};
use crate::store::office::tree::{Node, NodeEdit};

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TerritoryEdit {
    /// Another code.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40)]
    code: Option<String>,
    /// Another name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another place in the tree; null makes it a root.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<Option<Uuid>>,
    /// Whether it is the inbox.
    #[serde(default)]
    is_inbox: Option<bool>,
    /// On what terms people lose its accounts, should it move in the tree.
    #[serde(default)]
    terms: Terms,
}

/// Tells null, which means something, from what was left out.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Uuid>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The territory as it is now, and what its move did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TerritoryDone)]
pub struct Edited {
    /// The territory.
    pub(super) territory: Node,
    /// What became of accounts and devices.
    pub(super) done: Done,
}

/// Renames a territory, moves it in the tree, makes it the inbox.
#[utoipa::path(
    patch, path = "/v1/territories/{territory}", operation_id = "territories.edit", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"),
           ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = TerritoryEdit,
    responses((status = 200, description = "The territory as it is now", body = Edited))
)]
#[instrument(name = "http.territory.edit", skip_all, fields(%territory))]
pub async fn edit(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
    IfMatch(version): IfMatch,
    Json(edit): Json<TerritoryEdit>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let id = seen(&app, &caller, territory).await?;
    let TerritoryEdit { code, name, parent_id, is_inbox, terms } = edit;
    let parent = parent_id.map(|parent| parent.map(TerritoryId::from));
    let edit = NodeEdit { code, name, parent, is_inbox };
    let (territory, moved) =
        app.store.edit_territory(&caller.by(), id, Some(version), &edit, &terms.now()?).await?;
    let version = Version(territory.version);
    Ok((version.header(), Json(Edited { territory, done: Done::from(&moved) })).into_response())
}
