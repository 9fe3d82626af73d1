//! `POST /v1/imports/{import}/check`: reads the file if it was not yet, and says what running it would do.

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shown;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::imports::Import;

/// How to read the columns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportCheck)]
pub struct Wanted {
    /// What each column is for, in the file's order: one of the import's `fields`, or null to leave it out. Left out at
    /// first, when what the columns are called decides; only for a file that was read.
    #[serde(default)]
    fields: Option<Vec<Option<String>>>,
    /// Whether an empty cell empties the field; else it says nothing.
    #[serde(default)]
    clear_blank: Option<bool>,
}

/// Checks every row against the record as it stands, and writes nothing. What would become of the rows is then in the
/// import's `counts` and in its rows.
#[utoipa::path(
    post, path = "/v1/imports/{import}/check", operation_id = "imports.check", tag = "imports",
    params(("import" = Uuid, Path, description = "The import")), request_body = Wanted,
    responses((status = 200, description = "The import, being read or checked", body = Import))
)]
#[instrument(name = "http.import.check", skip_all, fields(%import))]
pub async fn check(
    State(app): Shared,
    caller: Caller,
    Path(import): Path<Uuid>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Import>, Problem> {
    caller.office()?;
    app.store.check_import(import, wanted.fields.as_deref(), wanted.clear_blank).await?;
    Ok(Json(shown(&app, import).await?))
}
