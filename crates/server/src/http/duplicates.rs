//! `/v1/duplicates`: accounts that are likely one, and the word that two are not. For the office and admins: a pair may lie in
//! two territories, and merging is theirs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use roadbook_model::AccountId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::duplicates::{Duplicate, DuplicateFilter};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(set_apart))
}

/// Which pairs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Pairs that this account is one of.
    account: Option<Uuid>,
    /// Those that somebody set apart, the latest first; else those of which nobody did, the most alike first.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    apart: bool,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Which two, and whether they are set apart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetApart {
    /// One of them.
    account_id: Uuid,
    /// The other.
    other_id: Uuid,
    /// True: they are not one. False: that is taken back.
    apart: bool,
}

/// Accounts that are likely one, in pairs, with what agrees. An account that was written a moment ago is compared within a second
/// or two.
#[utoipa::path(
    get, path = "/v1/duplicates", operation_id = "duplicates.list", tag = "accounts", params(Wanted),
    responses((status = 200, description = "A page of pairs", body = Page<Duplicate>))
)]
#[instrument(name = "http.duplicate.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Duplicate>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let account = wanted.account.map(AccountId::from);
    let filter = DuplicateFilter { account, apart: wanted.apart, after: paging.after()? };
    let rows = app.store.list_duplicates(filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, Duplicate::place)))
}

/// Says that two accounts are not one, or takes that back. Who says so, and when, is kept; said twice the first word stands.
#[utoipa::path(
    post, path = "/v1/duplicates/apart", operation_id = "duplicates.set_apart", tag = "accounts",
    request_body = SetApart, responses((status = 204, description = "It is so"))
)]
#[instrument(name = "http.duplicate.set_apart", skip_all)]
pub async fn set_apart(
    State(app): Shared,
    caller: Caller,
    Json(said): Json<SetApart>,
) -> Result<StatusCode, Problem> {
    caller.office()?;
    let (account, other) = (AccountId::from(said.account_id), AccountId::from(said.other_id));
    app.store.set_apart(&caller.by(), account, other, said.apart).await?;
    Ok(StatusCode::NO_CONTENT)
}
