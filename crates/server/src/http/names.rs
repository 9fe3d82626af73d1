//! `GET /v1/names`: what records are called, many at once: for whoever has their ids. Foreign ones are left out, as
//! unknown ones are.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::names::Name;

/// Most ids of one request.
const IDS_MAX: usize = 100;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Whose names.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Ids of records, parted by commas; at most 100.
    #[serde(default)]
    #[param(max_length = 3_800)]
    ids: String,
}

/// The names of records; there is one page.
#[utoipa::path(
    get, path = "/v1/names", operation_id = "names.list", tag = "records", params(Wanted),
    responses((status = 200, description = "The records that are known, with their names", body = Page<Name>))
)]
#[instrument(name = "http.name.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Name>>, Problem> {
    let ids = wanted.ids.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: Result<Vec<Uuid>, _> = ids.map(str::parse).collect();
    let ids = ids.map_err(|_| Problem::malformed("`ids` are ids, parted by commas"))?;
    if ids.len() > IDS_MAX {
        return Err(Problem::malformed(format!("`ids` has at most {IDS_MAX} ids; ask again for the others")));
    }
    let items = app.store.list_names(&caller.person, &ids).await?;
    Ok(Json(Page { items, next: None }))
}
