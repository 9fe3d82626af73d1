//! People: admins keep them, the office sees all, a manager those whom the manager leads, a rep nobody else. Whom one may
//! not see is as good as unknown.
//!
//! | endpoint | file |
//! | --- | --- |
//! | `GET /v1/me` | [`me`] |
//! | `POST /v1/me/password` | [`me::password`] |
//! | `GET /v1/me/sessions`, `DELETE /v1/me/sessions/{session}` | [`me::sessions`] |
//! | `GET /v1/people` | [`list`] |
//! | `POST /v1/people` | [`add`] |
//! | `GET /v1/people/{person}` | [`show`] |
//! | `PATCH /v1/people/{person}` | [`change`] |
//! | `POST /v1/people/{person}/deactivate`, `.../reactivate` | [`active`] |
//! | `POST /v1/people/{person}/links` | [`link`] |

mod active;
mod add;
mod change;
pub mod link;
mod list;
mod me;
mod show;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::api::Version;
use super::caller::Caller;
use crate::store::office::people::list::{PersonRow, Sight};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(me::password::change))
        .routes(routes!(me::sessions::list))
        .routes(routes!(me::sessions::end))
        .routes(routes!(list::list, add::add))
        .routes(routes!(show::show, change::change))
        .routes(routes!(active::deactivate))
        .routes(routes!(active::reactivate))
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonBody {
    /// The person.
    id: Uuid,
    /// Full name.
    name: String,
    /// E-mail address.
    email: String,
    /// rep, manager, office or admin.
    #[schema(value_type = String)]
    role: Role,
    /// The person's manager.
    manager_id: Option<Uuid>,
    /// The person's number in the system behind.
    external_id: Option<String>,
    /// Whether the person still works here.
    active: bool,
    /// Whether the person chose a password.
    has_password: bool,
    /// When the person was added.
    created_at: DateTime<Utc>,
}

impl From<PersonRow> for PersonBody {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id.uuid(),
            name: row.name,
            email: row.email,
            role: row.role,
            manager_id: row.manager.map(PersonId::uuid),
            external_id: row.external_id,
            active: row.active,
            has_password: row.has_password,
            created_at: row.created_at,
        }
    }
}

/// The version of a person, for the entity tag.
fn version(row: &PersonRow) -> Version {
    Version(row.version)
}

/// Whom the caller sees.
fn sight(caller: &Caller) -> Sight {
    Sight::of(caller.person.id, caller.person.role)
}
