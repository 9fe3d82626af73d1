//! `GET /v1/visits`: visits in time, for calendar and map. Reps and managers see those at accounts in their reach.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
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
use crate::store::office::visits::{VisitFilter, VisitRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which visits. One is placed in time by its check-in, or by its plan while nobody checked in; what was called off, and
/// has no day any more, by its last change.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// From this moment on.
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    to: Option<DateTime<Utc>>,
    /// Made by this person.
    person: Option<Uuid>,
    /// At accounts in territories that this person holds now.
    holder: Option<Uuid>,
    /// At accounts that lie in this territory or a part of it.
    territory: Option<Uuid>,
    /// At this account.
    account: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Visits in time, the latest (or furthest planned) first.
#[utoipa::path(
    get, path = "/v1/visits", operation_id = "visits.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of visits", body = Page<VisitRow>))
)]
#[instrument(name = "http.visit.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<VisitRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = VisitFilter {
        from: wanted.from,
        to: wanted.to,
        person: wanted.person.map(Into::into),
        holder: wanted.holder.map(Into::into),
        territory: wanted.territory.map(Into::into),
        account: wanted.account.map(Into::into),
        before: paging.after()?,
    };
    let rows = app.store.list_visits(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.at, row.id))))
}
