//! `GET /v1/accounts`: accounts by name. Reps and managers see those in their reach.

use axum::extract::State;
use roadbook_model::{PersonId, TerritoryId};
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query, searched};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::accounts::{AccountFilter, AccountRow};

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those that lie in this territory.
    territory: Option<Uuid>,
    /// Those in territories that this person holds now.
    holder: Option<Uuid>,
    /// Only those that wait to be assigned: in the inbox, placed by no rule, or in a territory that nobody holds.
    #[serde(default)]
    unassigned: bool,
    /// Only those of which is known where they are, as for a map.
    #[serde(default)]
    located: bool,
    /// Those with this text in their name or town, or with just this number.
    #[param(max_length = 200)]
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Accounts, by name.
#[utoipa::path(
    get, path = "/v1/accounts", operation_id = "accounts.list", tag = "accounts", params(Wanted),
    responses((status = 200, description = "A page of accounts", body = Page<AccountRow>))
)]
#[instrument(name = "http.account.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<AccountRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = AccountFilter {
        territory: wanted.territory.map(TerritoryId::from),
        holder: wanted.holder.map(PersonId::from),
        unassigned: wanted.unassigned,
        located: wanted.located,
        text: searched(wanted.q)?,
        after: paging.after()?,
    };
    let rows = app.store.list_accounts(&caller.person, filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.sorts_as.clone(), row.id))))
}
