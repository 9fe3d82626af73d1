//! `GET /v1/accounts/{account}/timeline`: an account's records and what befell itself, in time.

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query};
use crate::http::caller::Caller;
use crate::http::kind::BelongingKind;
use crate::http::problem::Problem;
use crate::store::office::timeline::TimelineRow;

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only records of this kind. Without one, what befell the account itself is among them: `created`, `changed`, `moved`
    /// from territory to territory (for good, as a cover, back again), `merged` with another.
    kind: Option<BelongingKind>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// An account's records and what befell itself in time, the latest (or furthest planned) first.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/timeline", operation_id = "accounts.timeline", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account"), Wanted),
    responses((status = 200, description = "A page of records", body = Page<TimelineRow>))
)]
#[instrument(name = "http.account.timeline", skip_all, fields(%account))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(account): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<TimelineRow>>, Problem> {
    let id = seen(&app, &caller, account).await?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let kind = wanted.kind.map(|kind| kind.0.name());
    let rows = app.store.timeline(id, kind, paging.after()?, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.at, row.id))))
}
