//! `GET /v1/people/{person}`: one person, if the caller sees that one.

use axum::extract::State;
use axum::response::IntoResponse;
use roadbook_model::PersonId;
use tracing::instrument;
use uuid::Uuid;

use super::{PersonBody, sight, version};
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// One person.
#[utoipa::path(
    get, path = "/v1/people/{person}", operation_id = "people.read", tag = "people",
    params(("person" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "The person; its version in the ETag", body = PersonBody))
)]
#[instrument(name = "http.person.show", skip_all, fields(%id))]
pub async fn show(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, Problem> {
    let row = app.store.lookup_person_seen(sight(&caller), PersonId::from(id)).await?;
    let row = row.ok_or_else(|| Problem::not_found("person"))?;
    Ok((version(&row).header(), Json(PersonBody::from(row))))
}
