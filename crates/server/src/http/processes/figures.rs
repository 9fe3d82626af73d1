//! `GET /v1/processes/{process}/figures`: how a version is carried out.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;

use crate::http::Shared;
use crate::http::api::{Json, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::processes::figures::ProcessFigures;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The version; without it, the latest.
    #[param(minimum = 1, maximum = 1_000_000)]
    version: Option<i64>,
    /// Only runs that began at or after this moment.
    since: Option<DateTime<Utc>>,
    /// By the measure of this version instead of its own, so that two versions can be compared on one.
    #[param(minimum = 1, maximum = 1_000_000)]
    measured_as: Option<i64>,
}

/// Whether the goal is met and by whom, which ways are taken, what goes awry, which responses help, and how alike it is done. Of the
/// runs at accounts that the caller may see.
#[utoipa::path(
    get, path = "/v1/processes/{process}/figures", operation_id = "processes.figures", tag = "processes",
    params(("process" = String, Path, description = "The process"), Wanted),
    responses((status = 200, description = "The figures of one version", body = ProcessFigures))
)]
#[instrument(name = "http.process.figures", skip_all, fields(process))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(process): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ProcessFigures>, Problem> {
    let none = || Problem::not_found("version of a process");
    let version = match wanted.version {
        Some(version) => version,
        None => app.store.latest_version(&process).await?.ok_or_else(none)?,
    };
    let figures = app
        .store
        .process_figures(&caller.person, &process, version, wanted.since, wanted.measured_as)
        .await?;
    Ok(Json(figures.ok_or_else(none)?))
}
