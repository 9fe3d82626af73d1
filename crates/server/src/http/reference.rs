//! `/v1/reference/{set}`: products, price lists, prices, promotions, taxes, tiers, limits of discretion, cadences, goals
//! and processes. Everybody reads them, as every device does; the office publishes them. Their fields are described in
//! `docs/pricing.md`, `docs/plan.md` and `docs/processes.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use roadbook_model::pricing::reference::is_priced;
use roadbook_model::{plan, process};
use serde::Deserialize;
use serde_json::Value;
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{Json, Page, Paging, Path, Query, searched};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::reference::{Publication, Published, ReferenceRow};

/// Bytes of a publication: some 5,000 products.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most keys in one publication.
const ITEMS_MAX: usize = 5_000;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list, publish)).layer(DefaultBodyLimit::max(BYTES_MAX))
}

/// Which values.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// That of just this key, and those whose `name` has words that begin so.
    #[param(max_length = 200)]
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Values to publish.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// Values by key, at most 5,000; null removes the key. Keys that are not named stay as they are.
    #[schema(value_type = Object)]
    items: BTreeMap<String, Option<Value>>,
    /// Only check, and say what would come of it.
    #[serde(default)]
    dry_run: bool,
}

/// The values of a set, by key.
#[utoipa::path(
    get, path = "/v1/reference/{set}", operation_id = "reference.list", tag = "reference",
    params(("set" = String, Path, description = "products, price_lists, prices, tiers, promotions, taxes, discretion, cadence, goals or processes"), Wanted),
    responses((status = 200, description = "A page of values", body = Page<ReferenceRow>))
)]
#[instrument(name = "http.reference.list", skip_all, fields(set))]
pub async fn list(
    State(app): Shared,
    _caller: Caller,
    Path(set): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<ReferenceRow>>, Problem> {
    known(&set)?;
    let text = searched(wanted.q)?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let after: Option<String> = paging.after()?;
    let rows = app.store.list_reference(&set, text.as_deref(), after.as_deref(), paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.key.clone())))
}

/// Publishes values of a set, all or none. With `dry_run` nothing is published, and every fault is named.
#[utoipa::path(
    post, path = "/v1/reference/{set}", operation_id = "reference.publish", tag = "reference",
    params(("set" = String, Path, description = "products, price_lists, prices, tiers, promotions, taxes, discretion, cadence, goals or processes")),
    request_body = PublishBody,
    responses((status = 200, description = "What came of it, or with dry_run would come of it", body = Published))
)]
#[instrument(name = "http.reference.publish", skip_all, fields(set))]
pub async fn publish(
    State(app): Shared,
    caller: Caller,
    Path(set): Path<String>,
    Json(body): Json<PublishBody>,
) -> Result<Json<Published>, Problem> {
    caller.office()?;
    known(&set)?;
    if body.items.len() > ITEMS_MAX {
        let detail = format!("{} keys are too many at once; send at most {ITEMS_MAX}", body.items.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
    }
    let publication = Publication { set, items: body.items, dry_run: body.dry_run };
    Ok(Json(app.store.publish_checked(&caller.by(), publication).await?))
}

fn known(set: &str) -> Result<(), Problem> {
    if is_priced(set) || plan::is_planned(set) || set == process::SET {
        Ok(())
    } else {
        Err(Problem::not_found("set of reference data"))
    }
}
