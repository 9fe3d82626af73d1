//! `GET /v1/processes`.

use axum::extract::State;
use tracing::instrument;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::processes::list::ProcessRow;

/// The processes by key, each by its latest version.
#[utoipa::path(
    get, path = "/v1/processes", operation_id = "processes.list", tag = "processes", params(WhichPage),
    responses((status = 200, description = "A page of processes", body = Page<ProcessRow>))
)]
#[instrument(name = "http.process.list", skip_all)]
pub async fn list(
    State(app): Shared,
    _caller: Caller,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<ProcessRow>>, Problem> {
    let paging = Paging::from(wanted);
    let after: Option<String> = paging.after()?;
    let rows = app.store.list_processes(after.as_deref(), paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.process.clone())))
}
