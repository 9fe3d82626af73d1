//! `PATCH /v1/people/{person}`: changes what is named of a person. For admins.

use axum::extract::State;
use axum::response::IntoResponse;
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use serde::{Deserialize, Deserializer};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PersonBody, version};
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::people::change::PersonChange;

/// What to change; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// Full name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// E-mail address.
    #[serde(default)]
    #[schema(max_length = 254, pattern = "^[^@\\s]+@[^@\\s]+$")]
    email: Option<String>,
    /// rep, manager, office or admin.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(rep|manager|office|admin)$")]
    role: Option<Role>,
    /// The person's manager; null: nobody.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Uuid>)]
    manager_id: Option<Option<Uuid>>,
    /// The person's number in the system behind; null: none.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>, max_length = 200)]
    external_id: Option<Option<String>>,
}

/// A field that is there, be it null.
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Changes what is named of a person. With another manager, the managers' devices get and lose what that person holds.
#[utoipa::path(
    patch, path = "/v1/people/{person}", operation_id = "people.edit", tag = "people",
    params(("person" = Uuid, Path, description = "The person"), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = ChangeBody,
    responses((status = 200, description = "The person; its new version in the ETag", body = PersonBody))
)]
#[instrument(name = "http.person.change", skip_all, fields(%id))]
pub async fn change(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
    IfMatch(seen): IfMatch,
    Json(change): Json<ChangeBody>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    let change = PersonChange {
        name: change.name,
        email: change.email,
        role: change.role,
        manager: change.manager_id.map(|manager| manager.map(PersonId::from)),
        external_id: change.external_id,
    };
    let row = app.store.change_person(Some(&caller.by()), PersonId::from(id), Some(seen), &change).await?;
    Ok((version(&row).header(), Json(PersonBody::from(row))))
}
