//! `POST /v1/accounts/{account}/merge`: says that two accounts are one customer. For the office and admins.

use std::collections::BTreeMap;

use axum::extract::State;
use roadbook_model::AccountId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Fresh, Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::reassignments::preview::AtStake;
use crate::http::terms::Terms;
use crate::store::office::merge::Merge;

/// Into which account, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountMerge)]
pub struct Into {
    /// The account that it becomes a part of.
    into_id: Uuid,
    /// On what terms people lose it who are not entitled to that one.
    #[serde(default)]
    terms: Terms,
    /// Only say what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// What merging did, or would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountMerged)]
pub struct Merged {
    /// The account that it is part of: the one that was named, or what that one was merged into.
    root_id: Uuid,
    /// What is part of it by this: the account, and what was merged into it before.
    part_ids: Vec<Uuid>,
    /// The position of the log entry; null if nothing was done.
    position: Option<i64>,
    /// Records that stand under that account by it, by kind.
    records: BTreeMap<String, i64>,
    /// Items that are held of these accounts.
    held: i64,
    /// Accounts that lie in another territory by it.
    placed: u32,
    /// Devices that lose or get something by it, and what they last said; those with most unsent work first.
    devices: Vec<AtStake>,
}

/// Says that two accounts are one customer: the records of this one stand under the other from then on, on every device
/// and in the central record. What devices still send for it comes in as ever.
#[utoipa::path(
    post, path = "/v1/accounts/{account}/merge", operation_id = "accounts.merge", tag = "accounts",
    params(("account" = Uuid, Path, description = "The account that is merged")), request_body = Into,
    responses((status = 200, description = "What it did, or would do", body = Merged))
)]
#[instrument(name = "http.account.merge", skip_all, fields(%account))]
pub async fn merge(
    State(app): Shared,
    caller: Caller,
    Fresh(request): Fresh,
    Path(account): Path<Uuid>,
    Json(into): Json<Into>,
) -> Result<Json<Merged>, Problem> {
    caller.office()?;
    let account = seen(&app, &caller, account).await?;
    let merge = Merge { account, into: AccountId::from(into.into_id), terms: into.terms.into() };
    let (done, devices) = match into.dry_run {
        true => app.store.preview_merge(&caller.by(), &merge).await?,
        false => app.store.merge_accounts(&caller.by(), &merge, request).await?,
    };
    Ok(Json(Merged {
        root_id: done.root.uuid(),
        part_ids: done.parts.iter().map(|part| part.uuid()).collect(),
        position: done.position,
        records: done.records,
        held: done.held,
        placed: done.placed,
        devices: devices.into_iter().map(AtStake::from).collect(),
    }))
}
