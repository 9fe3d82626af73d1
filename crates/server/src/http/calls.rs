//! `GET /v1/calls`: calls in time. Reps and managers see those with accounts in their reach.

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
use crate::store::office::calls::{CallFilter, CallRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which calls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// From this moment on.
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    to: Option<DateTime<Utc>>,
    /// That this person made or took.
    person: Option<Uuid>,
    /// With this account.
    account: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Calls in time, the latest first.
#[utoipa::path(
    get, path = "/v1/calls", operation_id = "calls.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of calls", body = Page<CallRow>))
)]
#[instrument(name = "http.call.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<CallRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = CallFilter {
        from: wanted.from,
        to: wanted.to,
        person: wanted.person.map(Into::into),
        account: wanted.account.map(Into::into),
        before: paging.after()?,
    };
    let rows = app.store.list_calls(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.at, row.id))))
}
