//! `POST /v1/records/{record}/coaching`: a manager's comment, with what the rep is to do about it. For managers, the office
//! and admins.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use roadbook_model::RecordId;
use roadbook_model::permission::Role;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Fresh, Json, Path, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::records::remarks::{Coached, Coaching, FollowUp};

/// What is said, and what follows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCoaching)]
pub struct Wanted {
    /// The comment.
    #[schema(min_length = 1)]
    comment: String,
    /// What the rep is to do; nothing without it.
    follow_up: Option<WantedFollowUp>,
}

/// What is to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFollowUp)]
pub struct WantedFollowUp {
    /// In a line.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// By which day.
    due: Option<NaiveDate>,
    /// By whom; by the one who made the visit or took the order without it.
    assignee_id: Option<Uuid>,
}

/// Comments on a record and, if asked to, gives the rep a task of the sort `coaching` about it: both or neither, made by the
/// server in the name of who writes, and delivered to every device that has the account.
#[utoipa::path(
    post, path = "/v1/records/{record}/coaching", operation_id = "records.coach", tag = "records",
    params(("record" = Uuid, Path, description = "The record")), request_body = Wanted,
    responses((status = 201, description = "What was written", body = Coached))
)]
#[instrument(name = "http.record.coach", skip_all, fields(%record))]
pub async fn coach(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
    Fresh(id): Fresh,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    caller.one_of(&[Role::Manager, Role::Office, Role::Admin])?;
    let about = seen(&app, &caller, record).await?;
    let follow_up = wanted.follow_up.map(|wanted| FollowUp {
        subject: wanted.subject,
        due: wanted.due,
        assignee: wanted.assignee_id.map(Into::into),
    });
    let coaching = Coaching { comment: wanted.comment, follow_up };
    let id = RecordId::from(id);
    let coached = app.store.coach(&caller.by(), id, about, coaching).await?;
    Ok(created(&format!("/v1/records/{id}"), None, coached))
}
