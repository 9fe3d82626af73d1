//! `GET /v1/territories`: the tree, by path. Reps and managers see what is in their reach.

use std::collections::BTreeSet;

use axum::extract::State;
use roadbook_model::TerritoryId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::tree::Node;

/// Which part of the tree.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those out of use, too.
    #[serde(default)]
    archived: bool,
    /// Those that this person holds now, their parts not counted.
    holder: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The tree of territories, each after what it is a part of.
#[utoipa::path(
    get, path = "/v1/territories", operation_id = "territories.list", tag = "territories", params(Wanted),
    responses((status = 200, description = "A page of the tree", body = Page<Node>))
)]
#[instrument(name = "http.territory.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Node>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let after: Option<Vec<String>> = paging.after()?;
    let mut nodes = app.store.list_territories(wanted.archived).await?;
    if !caller.person.role.is_office() {
        let reach: BTreeSet<TerritoryId> = app.store.reach(caller.person.id).await?.into_iter().collect();
        nodes.retain(|node| reach.contains(&node.id));
    }
    if let Some(holder) = wanted.holder {
        let held = app.store.list_held_territories(holder.into()).await?;
        nodes.retain(|node| held.contains(&node.id));
    }
    if let Some(after) = after {
        // By order: the last one of the page before may be called otherwise by now, or be gone.
        nodes.retain(|node| node.path > after);
    }
    nodes.truncate(paging.limit() + 1);
    Ok(Json(Page::new(nodes, &paging, |node| node.path.clone())))
}
