//! `GET /v1/accounts/{account}`: one account, where it lies, who is entitled to it, who has it on a device.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::accounts::Account;

/// One account.
#[utoipa::path(
    get, path = "/v1/accounts/{account}", operation_id = "accounts.read", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account")),
    responses((status = 200, description = "The account", body = Account))
)]
#[instrument(name = "http.account.read", skip_all, fields(%account))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(account): Path<Uuid>,
) -> Result<Json<Account>, Problem> {
    let id = seen(&app, &caller, account).await?;
    let account = app.store.lookup_account(id).await?;
    account.map(Json).ok_or_else(|| Problem::not_found("account"))
}
