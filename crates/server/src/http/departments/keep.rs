//! `POST /v1/departments`, `PATCH` and `DELETE /v1/departments/{department}`: for admins.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use roadbook_model::DepartmentId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DepartmentBody, version};
use crate::http::Shared;
use crate::http::api::{Fresh, IfMatch, Json, Path, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// What a department is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameBody {
    /// The name; no two are alike.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// A department to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDepartmentBody {
    /// The name; no two are alike.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The word by which processes name it, for good; without one it is made of the name.
    #[schema(min_length = 1, max_length = 30, pattern = "^[a-z0-9_]+$")]
    code: Option<String>,
}

/// Adds a department.
#[utoipa::path(
    post, path = "/v1/departments", operation_id = "departments.add", tag = "departments", request_body = NewDepartmentBody,
    responses((status = 201, description = "The department", body = DepartmentBody))
)]
#[instrument(name = "http.department.add", skip_all)]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Fresh(id): Fresh,
    Json(new): Json<NewDepartmentBody>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let (by, code) = (caller.by(), new.code.as_deref());
    let row = app.store.add_department(Some(&by), DepartmentId::from(id), &new.name, code).await?;
    let (location, version) = (format!("/v1/departments/{}", row.id), version(&row));
    Ok(created(&location, Some(version), DepartmentBody::new(&caller, row)))
}

/// Calls a department otherwise.
#[utoipa::path(
    patch, path = "/v1/departments/{department}", operation_id = "departments.edit", tag = "departments",
    params(("department" = Uuid, Path, description = "The department"), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = NameBody,
    responses((status = 200, description = "The department; its new version in the ETag", body = DepartmentBody))
)]
#[instrument(name = "http.department.rename", skip_all, fields(%id))]
pub async fn rename(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
    IfMatch(seen): IfMatch,
    Json(new): Json<NameBody>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    let id = DepartmentId::from(id);
    let row = app.store.rename_department(Some(&caller.by()), id, Some(seen), &new.name).await?;
    Ok((version(&row).header(), Json(DepartmentBody::new(&caller, row))))
}

/// Removes a department whose queue is empty.
#[utoipa::path(
    delete, path = "/v1/departments/{department}", operation_id = "departments.remove", tag = "departments",
    params(("department" = Uuid, Path, description = "The department"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is gone"))
)]
#[instrument(name = "http.department.remove", skip_all, fields(%id))]
pub async fn remove(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
    IfMatch(seen): IfMatch,
) -> Result<StatusCode, Problem> {
    caller.admin()?;
    app.store.remove_department(Some(&caller.by()), DepartmentId::from(id), Some(seen)).await?;
    Ok(StatusCode::NO_CONTENT)
}
