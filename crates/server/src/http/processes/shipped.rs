//! `POST /v1/processes/shipped`: the processes that come with Roadbook. For admins, since departments are added for them.

use axum::extract::State;
use tracing::instrument;

use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::processes::shipped::PublishedProcesses;

/// Publishes those of the processes that come with Roadbook that are not there, after adding the departments that they hand tasks
/// to. Again it does nothing.
#[utoipa::path(
    post, path = "/v1/processes/shipped", operation_id = "processes.publish_shipped", tag = "processes",
    responses((status = 200, description = "What was published and added", body = PublishedProcesses))
)]
#[instrument(name = "http.process.publish_shipped", skip_all)]
pub async fn publish(State(app): Shared, caller: Caller) -> Result<Json<PublishedProcesses>, Problem> {
    caller.admin()?;
    Ok(Json(app.store.publish_shipped(&caller.by()).await?))
}
