//! `GET /v1/accounts/{account}/links`: how an account stands to others.

use axum::extract::State;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::links::Link;

/// An account's links.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountLinks)]
pub struct Links {
    /// Chain, outlets, relations, referrals, in this order, then by name.
    items: Vec<Link>,
}

/// The chain that an account belongs to, its outlets, its relations in both directions, and who referred whom: accounts that
/// who asks may see. One that was merged counts as what it is part of.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/links", operation_id = "accounts.links", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account")),
    responses((status = 200, description = "Its links", body = Links))
)]
#[instrument(name = "http.account.links", skip_all, fields(%account))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(account): Path<Uuid>,
) -> Result<Json<Links>, Problem> {
    let id = seen(&app, &caller, account).await?;
    Ok(Json(Links { items: app.store.account_links(&caller.person, id).await? }))
}
