//! `GET /v1/imports`: all of them, newest first.

use axum::extract::State;
use tracing::instrument;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::imports::Import;

/// Imports, newest first.
#[utoipa::path(
    get, path = "/v1/imports", operation_id = "imports.list", tag = "imports", params(WhichPage),
    responses((status = 200, description = "A page of them", body = Page<Import>))
)]
#[instrument(name = "http.import.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<Import>>, Problem> {
    caller.office()?;
    let paging = Paging::from(wanted);
    let imports = app.store.list_imports(paging.after()?, paging.fetch()).await?;
    Ok(Json(Page::new(imports, &paging, |import| import.id)))
}
