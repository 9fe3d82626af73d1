//! `/v1/conflicts` and `/v1/records/{record}/conflicts`: what several people wrote at once, and what late work would have
//! written over.

mod of_record;
mod resolve;

use std::sync::Arc;

use axum::extract::State;
use roadbook_model::AccountId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::conflicts::Conflict;
use crate::store::office::conflicts::read::{ConflictFilter, Place};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(of_record::list_of_record))
        .routes(routes!(resolve::resolve))
}

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Of this account.
    account: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Open conflicts of all records, oldest first: the office's inbox.
#[utoipa::path(
    get, path = "/v1/conflicts", operation_id = "conflicts.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of conflicts", body = Page<Conflict>))
)]
#[instrument(name = "http.conflict.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Conflict>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let account = wanted.account.map(AccountId::from);
    let filter = ConflictFilter { account, record: None, after: paging.after::<Place>()? };
    let rows = app.store.list_conflicts(filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, place)))
}

/// Where a conflict stands in its list.
fn place(conflict: &Conflict) -> Place {
    (conflict.position, conflict.record_id, conflict.path.clone())
}
