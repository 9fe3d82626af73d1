//! `GET /v1/me`: who the caller is. What is the caller's own: the password, the sessions.

pub(super) mod password;
pub(super) mod sessions;

use axum::extract::State;
use axum::response::IntoResponse;
use roadbook_model::SessionId;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PersonBody, version};
use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::people::list::Sight;

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The person.
    #[serde(flatten)]
    person: PersonBody,
    /// The session of the access token; null for a token from the command line.
    session_id: Option<Uuid>,
    /// The departments that the person belongs to.
    departments: Vec<MyDepartment>,
}

/// A department that the caller belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyDepartment {
    /// The department.
    id: Uuid,
    /// What it is called.
    name: String,
}

/// Who the caller is.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "me.read", tag = "people",
    responses((status = 200, description = "The person", body = Me))
)]
#[instrument(name = "http.person.me", skip_all)]
pub async fn show(State(app): Shared, caller: Caller) -> Result<impl IntoResponse, Problem> {
    let id = caller.person.id;
    let row = app.store.lookup_person_seen(Sight::Only(id), id).await?;
    let row = row.ok_or_else(|| Problem::not_found("person"))?;
    let departments = app.store.list_departments_of(id).await?;
    let departments =
        departments.into_iter().map(|(id, name)| MyDepartment { id: id.uuid(), name }).collect();
    let headers = version(&row).header();
    Ok((
        headers,
        Json(Me { person: row.into(), session_id: caller.session.map(SessionId::uuid), departments }),
    ))
}
