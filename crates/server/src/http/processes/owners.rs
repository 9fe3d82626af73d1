//! `GET /v1/processes/owners`: whether goals are met, by who answers for the processes.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::processes::figures::owners::OwnerFigures;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only runs that began at or after this moment.
    since: Option<DateTime<Utc>>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The owners of processes, each with the runs of all that the owner answers for: how many met the goal of the version that they keep,
/// in all and by process. Of the runs at accounts that the caller may see.
#[utoipa::path(
    get, path = "/v1/processes/owners", operation_id = "processes.owners", tag = "processes", params(Wanted),
    responses((status = 200, description = "A page of owners with their figures", body = Page<OwnerFigures>))
)]
#[instrument(name = "http.process.owners", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<OwnerFigures>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let after: Option<String> = paging.after()?;
    let rows =
        app.store.process_owners(&caller.person, wanted.since, after.as_deref(), paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.owner.clone())))
}
