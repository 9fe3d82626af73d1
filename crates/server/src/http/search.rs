//! `GET /v1/search`: records of every kind by the words in them. Reps and managers find
//! what is in their reach.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{Json, Page, Query, searched, within};
use super::caller::Caller;
use super::kind::RecordKind;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::search::SearchRow;

/// What is found unless asked otherwise.
const LIMIT: u32 = 20;
/// Most that is found.
const LIMIT_MAX: u32 = 100;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Beginnings of words, all of which must be there; or a product's whole SKU, or beginnings of the words of its name:
    /// the orders with it.
    #[param(max_length = 200)]
    q: String,
    /// Only records of this kind.
    #[param(inline)]
    kind: Option<RecordKind>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Records by the words in them, the best first; there is one page.
#[utoipa::path(
    get, path = "/v1/search", operation_id = "search.list", tag = "records", params(Wanted),
    responses((status = 200, description = "What was found", body = Page<SearchRow>))
)]
#[instrument(name = "http.search.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<SearchRow>>, Problem> {
    within(wanted.limit, LIMIT_MAX)?;
    let limit = i64::from(wanted.limit.unwrap_or(LIMIT));
    let items = match searched(Some(wanted.q))? {
        Some(text) => {
            app.store.search(&caller.person, &text, wanted.kind.map(|kind| kind.0.name()), limit).await?
        }
        None => Vec::new(),
    };
    Ok(Json(Page { items, next: None }))
}
