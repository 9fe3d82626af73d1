//! `GET /v1/imports/{import}/rows`: the rows of a file, and what becomes of each.

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::shown;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::imports::RowBody;

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those of this outcome.
    #[param(inline)]
    outcome: Option<RowOutcome>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// It makes a record.
    Added,
    /// It changes one.
    Changed,
    /// The record says it already.
    Unchanged,
    /// It is not taken.
    Failed,
}

impl RowOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

/// Rows in the file's order.
#[utoipa::path(
    get, path = "/v1/imports/{import}/rows", operation_id = "imports.rows", tag = "imports",
    params(("import" = Uuid, Path, description = "The import"), Wanted),
    responses((status = 200, description = "A page of rows", body = Page<RowBody>))
)]
#[instrument(name = "http.import.rows", skip_all, fields(%import))]
pub async fn rows(
    State(app): Shared,
    caller: Caller,
    Path(import): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<RowBody>>, Problem> {
    caller.office()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let after: Option<i64> = paging.after()?;
    shown(&app, import).await?;
    let outcome = wanted.outcome.map(RowOutcome::as_str);
    let rows = app.store.list_import_rows(import, outcome, after.unwrap_or(0), paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.row)))
}
