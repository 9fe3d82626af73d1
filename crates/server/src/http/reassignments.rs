//! `/v1/reassignments`: accounts and territories that change hands, from the plan to the last drained device.

mod accounts;
mod add;
mod cancel;
mod devices;
mod list;
pub(in crate::http) mod preview;
mod read;
mod reverse;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use roadbook_model::ReassignmentId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::api::BODY_BYTES_MAX;
use super::problem::Problem;
use super::terms::{Done, Policy};
use crate::store::office::reassignments::progress::Reassignment;
use crate::store::office::reassignments::{ReassignmentError, Terms as StoreTerms};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    let lists = OpenApiRouter::new()
        .routes(routes!(add::add, list::list))
        .routes(routes!(preview::preview))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(read::read))
        .routes(routes!(accounts::accounts))
        .routes(routes!(devices::devices))
        .routes(routes!(cancel::cancel))
        .routes(routes!(reverse::reverse))
        .merge(lists)
}

/// A reassignment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reassignment)]
pub struct Shown {
    /// Its id.
    id: Uuid,
    /// permanent, cover (comes back by itself at `ends_at`) or reversal.
    kind: String,
    /// accounts (they go to other territories) or holders (others come to hold the territories).
    shape: String,
    /// planned, in_effect, draining, complete, abandoned, cancelled or failed (it could not take effect when its time came).
    state: String,
    /// What was asked for.
    #[schema(value_type = Object)]
    asked: serde_json::Value,
    /// How many accounts go to other territories; of a planned reversal, how many may come back.
    accounts: u32,
    /// The first three of them, by which people tell it from others.
    first_accounts: Vec<accounts::Placed>,
    /// What became of accounts and devices; null while it is planned and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<Done>,
    /// The one that it undoes.
    reverses: Option<Uuid>,
    /// The one that undoes it, planned or in effect.
    reversed_by: Option<Uuid>,
    /// What becomes of late work.
    policy: Policy,
    /// For how many seconds after the effect.
    grace_s: i64,
    /// A word for the people concerned.
    note: Option<String>,
    /// Who asked for it.
    created_by: Uuid,
    /// When.
    created_at: DateTime<Utc>,
    /// When it is or was to take effect.
    effect_at: DateTime<Utc>,
    /// When a cover comes back.
    ends_at: Option<DateTime<Utc>>,
    /// When it took effect.
    effected_at: Option<DateTime<Utc>>,
    /// Until when late work is taken as the policy says.
    grace_until: Option<DateTime<Utc>>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// Who cancelled it; of one that could not take effect, who was told so or has looked at it since.
    ended_by: Option<Uuid>,
    /// For one that could not take effect: the code of the reason.
    why: Option<String>,
    /// Devices that have not closed all they lost.
    draining_devices: u32,
    /// How many leases these are.
    draining_leases: u32,
}

impl From<Reassignment> for Shown {
    fn from(it: Reassignment) -> Self {
        Self {
            id: it.id.uuid(),
            kind: it.kind,
            shape: it.shape,
            state: it.state,
            asked: it.asked,
            accounts: it.accounts,
            first_accounts: it.first_accounts.into_iter().map(accounts::Placed::from).collect(),
            done: None,
            reverses: it.reverses.map(ReassignmentId::uuid),
            reversed_by: it.reversed_by.map(ReassignmentId::uuid),
            policy: it.late_policy.into(),
            grace_s: it.grace_s,
            note: it.note,
            created_by: it.created_by.uuid(),
            created_at: it.created_at,
            effect_at: it.effect_at,
            ends_at: it.ends_at,
            effected_at: it.effected_at,
            grace_until: it.grace_until,
            ended_at: it.ended_at,
            ended_by: it.ended_by.map(|person| person.uuid()),
            why: it.why,
            draining_devices: it.draining_devices,
            draining_leases: it.draining_leases,
        }
    }
}

/// A reassignment as it stands.
async fn shown(app: &App, id: ReassignmentId) -> Result<Shown, Problem> {
    let found = app.store.lookup_reassignment(id).await?;
    found.map(Shown::from).ok_or_else(|| Problem::not_found("reassignment"))
}

/// As it stands once it was ordered: that it cannot be read just now must not sound as if nothing had been done.
async fn shown_once_ordered(app: &App, id: ReassignmentId) -> Result<Shown, Problem> {
    let found = app.store.lookup_reassignment(id).await;
    let found = found.map_err(|source| ReassignmentError::Unsettled { id, source })?;
    found.map(Shown::from).ok_or_else(|| Problem::not_found("reassignment"))
}

impl From<super::terms::Terms> for StoreTerms {
    fn from(terms: super::terms::Terms) -> Self {
        Self {
            late_policy: terms.policy.into(),
            grace_s: i64::from(terms.grace_days) * 86_400,
            note: terms.note,
        }
    }
}

/// What does not fit how things stand is a conflict; what cannot be at all is the request's fault.
impl From<ReassignmentError> for Problem {
    fn from(error: ReassignmentError) -> Self {
        let detail = error.to_string();
        match error {
            ReassignmentError::Store(error) => Self::fault(&error),
            ReassignmentError::Unsettled { source, .. } => {
                Self::fault(&source).told_as("outcome_unknown", detail)
            }
            ReassignmentError::Unknown { what, .. } => Self::not_found(what),
            ReassignmentError::Refused { code, .. } => {
                let status = match code {
                    "stale" | "overlapping_move" | "not_planned" | "not_in_effect" | "already_reversed"
                    | "nothing_to_move" | "nobody_holds" | "inactive_person" | "territory_archived"
                    | "no_territory" | "which_territory" | "already_merged" => StatusCode::CONFLICT,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                Self::new(status, code, detail)
            }
        }
    }
}
