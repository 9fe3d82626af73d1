//! `GET /v1/imports/{import}`: how an import stands.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::shown;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::imports::Import;

/// An import: its columns, what they are for, and how far it is.
#[utoipa::path(
    get, path = "/v1/imports/{import}", operation_id = "imports.read", tag = "imports",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 200, description = "The import", body = Import))
)]
#[instrument(name = "http.import.read", skip_all, fields(%import))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(import): Path<Uuid>,
) -> Result<Json<Import>, Problem> {
    caller.office()?;
    Ok(Json(shown(&app, import).await?))
}
