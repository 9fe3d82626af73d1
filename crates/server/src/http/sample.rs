//! `/v1/sample`: sample data, to try things with: how it stands, loading and removing it.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Json;
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::sample::Sample;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(load)).routes(routes!(remove))
}

/// How the sample data stands, and on which of its accounts somebody worked. For the office and admins.
#[utoipa::path(
    get, path = "/v1/sample", operation_id = "sample.read", tag = "sample",
    responses((status = 200, description = "The sample data as it stands", body = Sample))
)]
#[instrument(name = "http.sample.read", skip_all)]
pub async fn read(State(app): Shared, caller: Caller) -> Result<Json<Sample>, Problem> {
    caller.office()?;
    Ok(Json(app.store.lookup_sample().await?))
}

/// Loads the sample data beside whatever is here, all of it or nothing; once it was removed, takes it up again as it was. For
/// admins.
#[utoipa::path(
    post, path = "/v1/sample/load", operation_id = "sample.load", tag = "sample",
    responses((status = 200, description = "The sample data as it stands now", body = Sample))
)]
#[instrument(name = "http.sample.load", skip_all)]
pub async fn load(State(app): Shared, caller: Caller) -> Result<Json<Sample>, Problem> {
    caller.admin()?;
    let what = (app.sample)()
        .map_err(|why| Problem::unavailable(format!("the sample data cannot be read: {why}")))?;
    app.store.load_sample(&caller.by(), what).await?;
    Ok(Json(app.store.lookup_sample().await?))
}

/// How much of it goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleRemoval {
    /// Whether accounts on which somebody worked go, too, with that work.
    #[serde(default)]
    with_work: bool,
}

/// Removes the sample data: its accounts are archived, which is out of every list, search, figure and device; its people,
/// territories, products and prices go out of use. The log keeps all of it. Accounts on which somebody worked stay, with
/// all that they need, unless they are to go, too. For admins.
#[utoipa::path(
    post, path = "/v1/sample/remove", operation_id = "sample.remove", tag = "sample", request_body = SampleRemoval,
    responses((status = 200, description = "The sample data as it stands now", body = Sample))
)]
#[instrument(name = "http.sample.remove", skip_all)]
pub async fn remove(
    State(app): Shared,
    caller: Caller,
    Json(how): Json<SampleRemoval>,
) -> Result<Json<Sample>, Problem> {
    caller.admin()?;
    app.store.remove_sample(&caller.by(), how.with_work).await?;
    Ok(Json(app.store.lookup_sample().await?))
}
