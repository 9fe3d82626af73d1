//! `POST /v1/imports/{import}/run` and `/cancel`: carries a checked import out, or stops it.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::shown;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::imports::Import;

/// Carries a checked import out, in groups of rows: those that the check would take, each judged again as things stand then.
/// One that fails stops no other. It goes on where it was after a restart of the server.
#[utoipa::path(
    post, path = "/v1/imports/{import}/run", operation_id = "imports.run", tag = "imports",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 200, description = "The import, running", body = Import))
)]
#[instrument(name = "http.import.run", skip_all, fields(%import))]
pub async fn run(
    State(app): Shared,
    caller: Caller,
    Path(import): Path<Uuid>,
) -> Result<Json<Import>, Problem> {
    caller.office()?;
    app.store.run_import(&caller.by(), import).await?;
    Ok(Json(shown(&app, import).await?))
}

/// Stops an import that has not ended. What it wrote so far stays written.
#[utoipa::path(
    post, path = "/v1/imports/{import}/cancel", operation_id = "imports.cancel", tag = "imports",
    params(("import" = Uuid, Path, description = "The import")),
    responses((status = 200, description = "The import, cancelled", body = Import))
)]
#[instrument(name = "http.import.cancel", skip_all, fields(%import))]
pub async fn cancel(
    State(app): Shared,
    caller: Caller,
    Path(import): Path<Uuid>,
) -> Result<Json<Import>, Problem> {
    caller.office()?;
    app.store.cancel_import(&caller.by(), import).await?;
    Ok(Json(shown(&app, import).await?))
}
