//! `POST /v1/rules/apply`: moves existing accounts where the rules say. For admins.

use std::collections::BTreeSet;

use axum::extract::State;
use roadbook_model::{AccountId, ReassignmentId};
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};
use crate::store::office::placing::Application;

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
    /// Whether accounts may come to lie where nobody holds them.
    #[serde(default)]
    allow_unheld: bool,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesApplied)]
pub struct Answer {
    /// The reassignment; null when nothing had to move.
    reassignment_id: Option<Uuid>,
    /// What became of accounts and devices.
    done: Done,
}

/// Moves existing accounts where the rules say; what no rule matches stays.
#[utoipa::path(
    post, path = "/v1/rules/apply", operation_id = "rules.apply", tag = "territories", request_body = Apply,
    responses((status = 200, description = "What was done", body = Answer))
)]
#[instrument(name = "http.rules.apply", skip_all)]
pub async fn apply(
    State(app): Shared,
    caller: Caller,
    Json(what): Json<Apply>,
) -> Result<Json<Answer>, Problem> {
    caller.admin()?;
    let only: Option<BTreeSet<AccountId>> =
        what.accounts.map(|accounts| accounts.into_iter().map(AccountId::from).collect());
    let Apply { version, terms, allow_unheld, .. } = what;
    let what = Application { version, only, terms: terms.into(), allow_unheld };
    let applied = app.store.apply_rules(&caller.by(), &what).await?;
    let reassignment_id = applied.reassignment.map(ReassignmentId::uuid);
    Ok(Json(Answer { reassignment_id, done: Done::from(&applied.moved) }))
}
