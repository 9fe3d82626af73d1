//! `POST /v1/people`: adds a person. For admins.

use axum::extract::State;
use axum::response::Response;
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PersonBody, version};
use crate::http::Shared;
use crate::http::api::{Fresh, Json, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::people::NewPerson;

/// A person to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonBody {
    /// Full name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// E-mail address.
    #[schema(max_length = 254, pattern = "^[^@\\s]+@[^@\\s]+$")]
    email: String,
    /// rep, manager, office or admin.
    #[schema(value_type = String, pattern = "^(rep|manager|office|admin)$")]
    role: Role,
    /// The person's manager.
    #[serde(default)]
    manager_id: Option<Uuid>,
    /// The person's number in the system behind.
    #[serde(default)]
    #[schema(max_length = 200)]
    external_id: Option<String>,
}

/// Adds a person. A one-time link lets the person choose a password.
#[utoipa::path(
    post, path = "/v1/people", operation_id = "people.add", tag = "people", request_body = NewPersonBody,
    responses((status = 201, description = "The person", body = PersonBody))
)]
#[instrument(name = "http.person.add", skip_all)]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Fresh(id): Fresh,
    Json(new): Json<NewPersonBody>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let new = NewPerson {
        external_id: new.external_id,
        name: new.name,
        email: new.email,
        role: new.role,
        manager: new.manager_id.map(PersonId::from),
    };
    let row = app.store.add_person(Some(&caller.by()), PersonId::from(id), &new).await?;
    let (location, version) = (format!("/v1/people/{}", row.id), version(&row));
    Ok(created(&location, Some(version), PersonBody::from(row)))
}
