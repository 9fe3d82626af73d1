//! `GET /v1/reassignments/{reassignment}/accounts`: the accounts of one, and where each goes. For the office.

use axum::extract::State;
use roadbook_model::AccountId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::shown;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::reassignments::placements::Placement;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// An account of a reassignment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignmentAccount)]
pub struct Placed {
    /// The account.
    account_id: Uuid,
    /// What it is called.
    account_name: Option<String>,
    /// Where it lay before.
    from_territory_id: Uuid,
    /// Who owned that place as the reassignment took effect, or does as it is to.
    from_owner_name: Option<String>,
    /// Where it goes.
    to_territory_id: Uuid,
    /// Who owned that place then.
    to_owner_name: Option<String>,
}

impl From<Placement> for Placed {
    fn from(it: Placement) -> Self {
        Self {
            account_id: it.account.uuid(),
            account_name: it.name,
            from_territory_id: it.from.uuid(),
            from_owner_name: it.from_owner,
            to_territory_id: it.to.uuid(),
            to_owner_name: it.to_owner,
        }
    }
}

/// The accounts of a reassignment, by id. One of territories that change hands has none: they stay where they lie. Of a
/// reversal that is planned, those that it may bring back.
#[utoipa::path(
    get, path = "/v1/reassignments/{reassignment}/accounts", operation_id = "reassignments.accounts",
    tag = "reassignments", params(("reassignment" = Uuid, Path, description = "The reassignment"), Wanted),
    responses((status = 200, description = "A page of them", body = Page<Placed>))
)]
#[instrument(name = "http.reassignment.accounts", skip_all, fields(%reassignment))]
pub async fn accounts(
    State(app): Shared,
    caller: Caller,
    Path(reassignment): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Placed>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let after: Option<Uuid> = paging.after()?;
    let id = reassignment.into();
    shown(&app, id).await?;
    let found = app.store.list_placements(id, after.map(AccountId::from), paging.fetch()).await?;
    let items: Vec<Placed> = found.into_iter().map(Placed::from).collect();
    Ok(Json(Page::new(items, &paging, |item| item.account_id)))
}
