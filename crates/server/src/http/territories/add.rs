//! `POST /v1/territories`: makes a territory. For admins.

use axum::extract::State;
use axum::response::Response;
use roadbook_model::TerritoryId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Fresh, Json, Version, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::tree::{NewNode, Node};

/// A territory to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTerritory {
    /// Short word by which people name it; no two alike.
    #[schema(min_length = 1, max_length = 40)]
    code: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What it is a part of; without it, it is a root.
    #[serde(default)]
    parent_id: Option<Uuid>,
    /// Whether accounts that nobody placed wait here. The inbox before it ends.
    #[serde(default)]
    is_inbox: bool,
}

/// Makes a territory.
#[utoipa::path(
    post, path = "/v1/territories", operation_id = "territories.add", tag = "territories",
    request_body = NewTerritory,
    responses((status = 201, description = "The territory", body = Node))
)]
#[instrument(name = "http.territory.add", skip_all)]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Fresh(id): Fresh,
    Json(new): Json<NewTerritory>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let NewTerritory { code, name, parent_id, is_inbox } = new;
    let new = NewNode { code, name, parent: parent_id.map(TerritoryId::from), is_inbox };
    let node = app.store.add_territory(&caller.by(), TerritoryId::from(id), &new).await?;
    Ok(created(&format!("/v1/territories/{}", node.id), Some(Version(node.version)), node))
}
