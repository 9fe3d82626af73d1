//! `PUT` and `DELETE /v1/departments/{department}/members/{person}`: who belongs. For admins. Doing either twice changes nothing
//! more.

use axum::extract::State;
use axum::response::IntoResponse;
use roadbook_model::{DepartmentId, PersonId};
use tracing::instrument;
use uuid::Uuid;

use super::{DepartmentBody, version};
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Makes a person a member.
#[utoipa::path(
    put, path = "/v1/departments/{department}/members/{person}", operation_id = "departments.add_member", tag = "departments",
    params(("department" = Uuid, Path, description = "The department"), ("person" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "The department", body = DepartmentBody))
)]
#[instrument(name = "http.department_member.add", skip_all, fields(%id, %person))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path((id, person)): Path<(Uuid, Uuid)>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    let by = caller.by();
    let row = app.store.add_member(Some(&by), DepartmentId::from(id), PersonId::from(person)).await?;
    Ok((version(&row).header(), Json(DepartmentBody::new(&caller, row))))
}

/// Ends a membership.
#[utoipa::path(
    delete, path = "/v1/departments/{department}/members/{person}", operation_id = "departments.remove_member",
    tag = "departments",
    params(("department" = Uuid, Path, description = "The department"), ("person" = Uuid, Path, description = "The person")),
    responses((status = 200, description = "The department", body = DepartmentBody))
)]
#[instrument(name = "http.department_member.remove", skip_all, fields(%id, %person))]
pub async fn remove(
    State(app): Shared,
    caller: Caller,
    Path((id, person)): Path<(Uuid, Uuid)>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    let by = caller.by();
    let row = app.store.remove_member(Some(&by), DepartmentId::from(id), PersonId::from(person)).await?;
    Ok((version(&row).header(), Json(DepartmentBody::new(&caller, row))))
}
