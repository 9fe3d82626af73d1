//! `PUT /v1/imports/{import}/parts/{part}`: a part of the file.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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

/// A part of a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportPart)]
pub struct Wanted {
    /// Its bytes in base64, at most 1 MiB of them.
    #[schema(format = "byte", example = "bmFtZQpBbm4K")]
    base64: String,
}

/// Takes a part of the file, counted from 0. A part that is sent again replaces the one before.
#[utoipa::path(
    put, path = "/v1/imports/{import}/parts/{part}", operation_id = "imports.put_part", tag = "imports",
    params(("import" = Uuid, Path, description = "The import"), ("part" = u32, Path, description = "Its place, from 0")),
    request_body = Wanted,
    responses((status = 200, description = "The import", body = Import))
)]
#[instrument(name = "http.import.put_part", skip_all, fields(%import, part))]
pub async fn put(
    State(app): Shared,
    caller: Caller,
    Path((import, part)): Path<(Uuid, u32)>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Import>, Problem> {
    caller.office()?;
    shown(&app, import).await?;
    let bytes = STANDARD.decode(&wanted.base64).map_err(|_| Problem::malformed("`base64` is not base64"))?;
    app.store.put_import_part(import, part, &bytes).await?;
    Ok(Json(shown(&app, import).await?))
}
