//! `POST /v1/imports`: begins an import; its file comes in parts.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::{FileFormat, ImportedKind, shown};
use crate::http::Shared;
use crate::http::api::{Fresh, Json, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::imports::{Import, NewImport};

/// What to import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewImport)]
pub struct Wanted {
    /// What its rows are.
    kind: ImportedKind,
    /// How the file is written.
    format: FileFormat,
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    file_name: String,
}

/// Begins an import. Its file follows in parts; then it is checked, looked at, and run.
#[utoipa::path(
    post, path = "/v1/imports", operation_id = "imports.add", tag = "imports", request_body = Wanted,
    responses((status = 201, description = "The import", body = Import))
)]
#[instrument(name = "http.import.add", skip_all)]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Fresh(id): Fresh,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    caller.office()?;
    let Wanted { kind, format, file_name } = wanted;
    let new = NewImport { kind: kind.into(), format: format.into(), file_name };
    app.store.add_import(&caller.by(), id, &new).await?;
    Ok(created(&format!("/v1/imports/{id}"), None, shown(&app, id).await?))
}
