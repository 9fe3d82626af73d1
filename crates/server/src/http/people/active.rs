//! `POST /v1/people/{person}/deactivate` and `.../reactivate`: when somebody leaves, and comes back. For admins.

use axum::extract::State;
use axum::response::IntoResponse;
use roadbook_model::{DeviceId, PersonId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PersonBody, version};
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// What came of a deactivation.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeactivatedBody {
    /// The person.
    person: PersonBody,
    /// How many sessions ended.
    sessions: u64,
    /// The devices that are leaving now: what they have not sent still comes, for review.
    devices: Vec<Uuid>,
}

/// Deactivates a person: sessions and links end, devices leave. Doing it twice changes nothing more.
#[utoipa::path(
    post, path = "/v1/people/{person}/deactivate", operation_id = "people.deactivate", tag = "people",
    params(("person" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "What came of it", body = DeactivatedBody))
)]
#[instrument(name = "http.person.deactivate", skip_all, fields(%id))]
pub async fn deactivate(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    let done = app.store.deactivate_person(Some(&caller.by()), PersonId::from(id), None).await?;
    let headers = version(&done.person).header();
    let devices = done.devices.into_iter().map(DeviceId::uuid).collect();
    Ok((headers, Json(DeactivatedBody { person: done.person.into(), sessions: done.sessions, devices })))
}

/// Takes a person back. A one-time link lets the person in; devices that left enrol anew.
#[utoipa::path(
    post, path = "/v1/people/{person}/reactivate", operation_id = "people.reactivate", tag = "people",
    params(("person" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "The person", body = PersonBody))
)]
#[instrument(name = "http.person.reactivate", skip_all, fields(%id))]
pub async fn reactivate(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    let row = app.store.reactivate_person(Some(&caller.by()), PersonId::from(id), None).await?;
    Ok((version(&row).header(), Json(PersonBody::from(row))))
}
