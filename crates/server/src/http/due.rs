//! `GET /v1/due`: whom it is time to visit; `GET /v1/due/territories`: how many of them each territory has. Reps and managers
//! see those in their reach. The rules are those of `docs/plan.md`.

use std::sync::Arc;

use axum::extract::State;
use roadbook_model::TerritoryId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Query};
use super::caller::Caller;
use super::figures::clock;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::due::{DueCount, DueFilter, DueRow, Least};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(territories))
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those that lie in this territory or a part of it.
    territory: Option<Uuid>,
    /// From which standing on: `due`, `overdue` (the grace is over, or never visited) or `neglected` (more than twice the
    /// cadence ago, or never visited).
    #[serde(default)]
    #[param(value_type = Option<String>, pattern = "^(due|overdue|neglected)$")]
    least: Least,
    /// How many minutes the clock whose today counts is before UTC.
    #[param(minimum = -840, maximum = 840)]
    offset: Option<i64>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// On whose clock.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichClock {
    /// How many minutes the clock whose today counts is before UTC.
    #[param(minimum = -840, maximum = 840)]
    offset: Option<i64>,
}

/// Accounts that are to be visited, the most urgent first.
#[utoipa::path(
    get, path = "/v1/due", operation_id = "due.list", tag = "accounts", params(Wanted),
    responses((status = 200, description = "A page of accounts", body = Page<DueRow>))
)]
#[instrument(name = "http.due.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<DueRow>>, Problem> {
    let clock = clock(wanted.offset)?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = DueFilter {
        territory: wanted.territory.map(TerritoryId::from),
        least: wanted.least,
        after: paging.after()?,
    };
    let rows = app.store.list_due(&caller.person, filter, &clock, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (-row.urgency, row.account_id))))
}

/// How the accounts of each territory stand, in the order of codes; all in one page.
#[utoipa::path(
    get, path = "/v1/due/territories", operation_id = "due.territories", tag = "accounts", params(WhichClock),
    responses((status = 200, description = "Each territory that has such accounts", body = Page<DueCount>))
)]
#[instrument(name = "http.due.territories", skip_all)]
pub async fn territories(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<WhichClock>,
) -> Result<Json<Page<DueCount>>, Problem> {
    let items = app.store.count_due(&caller.person, &clock(wanted.offset)?).await?;
    Ok(Json(Page { items, next: None }))
}
