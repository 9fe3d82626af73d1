//! `POST /v1/accounts/{account}/territory`: says where an account belongs. For the office and admins.

use axum::extract::State;
use roadbook_model::TerritoryId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};

/// Where an account belongs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountPlace)]
pub struct Place {
    /// The territory.
    territory_id: Uuid,
    /// On what terms people lose the account.
    #[serde(default)]
    terms: Terms,
    /// Whether it may be a territory that nobody holds.
    #[serde(default)]
    allow_unheld: bool,
}

/// Says where an account belongs: an ordinary move. Naming the territory where it lies takes it off the list of those that
/// wait to be assigned.
#[utoipa::path(
    post, path = "/v1/accounts/{account}/territory", operation_id = "accounts.place", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account")), request_body = Place,
    responses((status = 200, description = "What was done", body = Done))
)]
#[instrument(name = "http.account.place", skip_all, fields(%account))]
pub async fn place(
    State(app): Shared,
    caller: Caller,
    Path(account): Path<Uuid>,
    Json(place): Json<Place>,
) -> Result<Json<Done>, Problem> {
    caller.office()?;
    let id = seen(&app, &caller, account).await?;
    let to = TerritoryId::from(place.territory_id);
    let moved = app.store.assign(&caller.by(), &[id], to, &place.terms.into(), place.allow_unheld).await?;
    Ok(Json(Done::from(&moved)))
}
