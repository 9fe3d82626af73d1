//! `/v1/records/{record}`: one record of any kind.

mod coach;
mod edit;
mod history;
mod price;
mod read;
mod remarks;

use std::sync::Arc;

use roadbook_model::RecordId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::api::{Json, OneHeader, Version};
use super::caller::Caller;
use super::problem::Problem;
use crate::store::office::records::RecordBody;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(read::read, edit::edit))
        .routes(routes!(history::list))
        .routes(routes!(price::read))
        .routes(routes!(remarks::list))
        .routes(routes!(coach::coach))
}

/// The record of a path, if who asks may see its account.
async fn seen(app: &App, caller: &Caller, id: Uuid) -> Result<RecordId, Problem> {
    let id = RecordId::from(id);
    match app.store.sees_record(&caller.person, id).await? {
        Some(_) => Ok(id),
        None => Err(Problem::not_found("record")),
    }
}

/// A record as it is now, with its version as its ETag.
async fn answer(app: &App, id: RecordId) -> Result<(OneHeader, Json<RecordBody>), Problem> {
    let record = app.store.lookup_record(id).await?.ok_or_else(|| Problem::not_found("record"))?;
    Ok((Version(record.version).header(), Json(record)))
}
