//! `/v1/accounts`: accounts, where they lie, placing and merging them, and what belongs to them.

mod add_record;
mod links;
mod list;
mod merge;
mod place;
mod read;
mod timeline;

use std::sync::Arc;

use roadbook_model::AccountId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::caller::Caller;
use super::problem::Problem;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(read::read))
        .routes(routes!(place::place))
        .routes(routes!(timeline::list))
        .routes(routes!(links::list))
        .routes(routes!(merge::merge))
        .routes(routes!(add_record::add))
}

/// The account of a path, if who asks may see it.
async fn seen(app: &App, caller: &Caller, id: Uuid) -> Result<AccountId, Problem> {
    let id = AccountId::from(id);
    match app.store.sees_account(&caller.person, id).await? {
        true => Ok(id),
        false => Err(Problem::not_found("account")),
    }
}
