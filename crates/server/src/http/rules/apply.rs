//! `POST /v1/rules/apply`: moves existing accounts where the rules say. For admins.

use std::collections::BTreeSet;

use axum::extract::State;
use roadbook_model::AccountId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};

/// Which rules to apply to which accounts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RulesApply)]
pub struct Apply {
    /// The version of the rules, from the preview: should they have changed since, nothing is done (`stale`).
    #[schema(minimum = 0)]
    version: i64,
    /// Only these accounts; without it, all.
    #[serde(default)]
    accounts: Option<Vec<Uuid>>,
    /// On what terms people lose them.
    #[serde(default)]
    terms: Terms,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesApplied)]
pub struct Applied {
    /// One move for each territory that got accounts.
    moves: Vec<AppliedMove>,
}

/// One move.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesMove)]
pub struct AppliedMove {
    /// Where accounts went.
    territory: Uuid,
    /// What became of accounts and devices.
    done: Done,
}

/// Moves existing accounts where the rules say; what no rule matches stays.
#[utoipa::path(
    post, path = "/v1/rules/apply", operation_id = "rules.apply", tag = "territories", request_body = Apply,
    responses((status = 200, description = "What was done", body = Applied))
)]
#[instrument(name = "http.rules.apply", skip_all)]
pub async fn apply(
    State(app): Shared,
    caller: Caller,
    Json(what): Json<Apply>,
) -> Result<Json<Applied>, Problem> {
    caller.admin()?;
    let only: Option<BTreeSet<AccountId>> =
        what.accounts.map(|accounts| accounts.into_iter().map(AccountId::from).collect());
    let terms = what.terms.now()?;
    let done = app.store.apply_rules(&caller.by(), what.version, only.as_ref(), &terms).await?;
    let moves = done.iter();
    let moves =
        moves.map(|(territory, moved)| AppliedMove { territory: territory.uuid(), done: Done::from(moved) });
    Ok(Json(Applied { moves: moves.collect() }))
}
