//! `/v1/held`: work that is not in the record, readable, and what the office does about it.

mod read;
mod settle;

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
use crate::store::office::inbox::{HeldFilter, HeldItem, HeldState};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read::read)).routes(routes!(settle::settle))
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// How they stand; those that wait unless asked otherwise.
    #[param(inline)]
    state: Option<HeldState>,
    /// Of this account.
    account: Option<Uuid>,
    /// Of this person.
    person: Option<Uuid>,
    /// Pushed by this device.
    device: Option<Uuid>,
    /// For this reason, by its stable code.
    code: Option<String>,
    /// Received at this moment or later.
    since: Option<DateTime<Utc>>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Work that is not in the record, oldest first: whose it is, why it is not in, what it would change beside what stands.
#[utoipa::path(
    get, path = "/v1/held", operation_id = "held.list", tag = "held", params(Wanted),
    responses((status = 200, description = "A page of items", body = Page<HeldItem>))
)]
#[instrument(name = "http.held.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<HeldItem>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = HeldFilter {
        state: wanted.state,
        account: wanted.account.map(Into::into),
        person: wanted.person.map(Into::into),
        device: wanted.device.map(Into::into),
        code: wanted.code,
        since: wanted.since,
        position: None,
        after: paging.after()?.unwrap_or(0),
    };
    let rows = app.store.list_held(filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |item| item.position)))
}
