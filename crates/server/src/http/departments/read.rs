//! `GET /v1/departments` and `GET /v1/departments/{department}`.

use axum::extract::State;
use axum::response::IntoResponse;
use roadbook_model::DepartmentId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{DepartmentBody, version};
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Departments by name.
#[utoipa::path(
    get, path = "/v1/departments", operation_id = "departments.list", tag = "departments", params(Wanted),
    responses((status = 200, description = "A page of departments", body = Page<DepartmentBody>))
)]
#[instrument(name = "http.department.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<DepartmentBody>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let after = paging.after::<(String, Uuid)>()?;
    let rows = app.store.list_departments(after, paging.fetch()).await?;
    let page = Page::new(rows, &paging, |row| (row.name.to_lowercase(), row.id.uuid()));
    let items = page.items.into_iter().map(|row| DepartmentBody::new(&caller, row)).collect();
    Ok(Json(Page { items, next: page.next }))
}

/// One department.
#[utoipa::path(
    get, path = "/v1/departments/{department}", operation_id = "departments.read", tag = "departments",
    params(("department" = Uuid, Path, description = "The department")),
    responses((status = 200, description = "The department; its version in the ETag", body = DepartmentBody))
)]
#[instrument(name = "http.department.show", skip_all, fields(%id))]
pub async fn show(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, Problem> {
    let row = app.store.lookup_department(DepartmentId::from(id)).await?;
    let row = row.ok_or_else(|| Problem::not_found("department"))?;
    Ok((version(&row).header(), Json(DepartmentBody::new(&caller, row))))
}
