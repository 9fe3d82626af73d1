//! `GET /v1/rules/preview`: which accounts would move from where to where by which rule. For admins.

use axum::extract::State;
use roadbook_model::AccountId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::placing::{Proposal, ProposalCount};

/// Which page of the accounts.
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

/// What applying the rules would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesPreview)]
pub struct Preview {
    /// The version of the rules; applying them names it.
    version: i64,
    /// Accounts looked at. This and the next three are of all accounts, and stand on the first page only.
    examined: Option<u64>,
    /// Accounts that no rule matches; they stay where they are.
    unmatched: Option<u64>,
    /// Accounts that would move.
    would_move: Option<u64>,
    /// Accounts that would move, by where from, where to and rule.
    counts: Option<Vec<ProposalCount>>,
    /// Accounts that would move, by id.
    items: Vec<Proposal>,
    /// Where the next page of them begins.
    next: Option<String>,
}

/// Which accounts would move by the rules. Nothing is done.
#[utoipa::path(
    get, path = "/v1/rules/preview", operation_id = "rules.preview", tag = "territories", params(Wanted),
    responses((status = 200, description = "What applying the rules would do", body = Preview))
)]
#[instrument(name = "http.rules.preview", skip_all)]
pub async fn preview(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Preview>, Problem> {
    caller.admin()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let after: Option<AccountId> = paging.after()?;
    let preview = app.store.preview_rules(after, paging.limit() + 1).await?;
    // The page begins behind the last one shown, whether that still would move or not.
    let Page { items, next } = Page::new(preview.proposals, &paging, |proposal| proposal.account);
    let totals = preview.totals.as_ref();
    Ok(Json(Preview {
        version: preview.version,
        examined: totals.map(|all| all.examined),
        unmatched: totals.map(|all| all.unmatched),
        would_move: totals.map(|all| all.would_move),
        counts: totals.map(|all| all.counts.clone()),
        items,
        next,
    }))
}
