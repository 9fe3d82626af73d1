//! `/v1/records/{record}`: one record of any kind.

mod read;

use std::sync::Arc;

use roadbook_model::RecordId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::caller::Caller;
use super::problem::Problem;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read::read))
}

/// The record of a path, if who asks may see its account.
async fn seen(app: &App, caller: &Caller, id: Uuid) -> Result<RecordId, Problem> {
    let id = RecordId::from(id);
    match app.store.sees_record(&caller.person, id).await? {
        Some(_) => Ok(id),
        None => Err(Problem::not_found("record")),
    }
}
