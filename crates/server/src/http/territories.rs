//! `/v1/territories`: the tree, who holds what, and the rules that place accounts.

mod add;
mod archive;
mod edit;
mod holders;
mod list;
mod read;
mod rules;

use std::sync::Arc;

use roadbook_model::TerritoryId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::caller::Caller;
use super::problem::Problem;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list::list, add::add))
        .routes(routes!(read::read, edit::edit))
        .routes(routes!(archive::archive))
        .merge(holders::routes())
        .merge(rules::routes())
}

/// The territory of a path, if who asks may see it.
async fn seen(app: &App, caller: &Caller, id: Uuid) -> Result<TerritoryId, Problem> {
    let id = TerritoryId::from(id);
    match app.store.sees_territory(&caller.person, id).await? {
        true => Ok(id),
        false => Err(Problem::not_found("territory")),
    }
}
