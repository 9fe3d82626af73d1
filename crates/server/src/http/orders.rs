//! `/v1/orders`: orders in time, and each as it leaves the house. Reps and managers see those of accounts in their reach.

mod sheet;

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
use crate::store::office::orders::{OrderFilter, OrderRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(sheet::read))
        .routes(routes!(sheet::as_pdf))
        .routes(routes!(sheet::as_csv))
        .routes(routes!(sheet::as_ubl))
}

/// Longest name of a state, in characters.
pub(super) const STATE_CHARS_MAX: usize = 40;

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// With just this number; a quote has one of its own.
    number: Option<String>,
    /// In this state.
    #[param(max_length = 40)]
    state: Option<String>,
    /// Taken by this person.
    person: Option<Uuid>,
    /// Of this account.
    account: Option<Uuid>,
    /// Taken from this moment on.
    from: Option<DateTime<Utc>>,
    /// Taken before this moment.
    to: Option<DateTime<Utc>>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Orders, the latest first.
#[utoipa::path(
    get, path = "/v1/orders", operation_id = "orders.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of orders", body = Page<OrderRow>))
)]
#[instrument(name = "http.order.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<OrderRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    if wanted.state.as_ref().is_some_and(|state| state.chars().count() > STATE_CHARS_MAX) {
        return Err(Problem::malformed(format!("`state` has at most {STATE_CHARS_MAX} characters")));
    }
    let filter = OrderFilter {
        number: wanted.number,
        state: wanted.state,
        person: wanted.person.map(Into::into),
        account: wanted.account.map(Into::into),
        from: wanted.from,
        to: wanted.to,
        before: paging.after()?,
    };
    let rows = app.store.list_orders(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.at, row.id))))
}
