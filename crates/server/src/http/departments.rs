//! Departments: admins keep them, everybody sees that they are there, members and the office see who belongs and what is
//! to be done.
//!
//! | endpoint | file |
//! | --- | --- |
//! | `GET /v1/departments`, `GET /v1/departments/{department}` | [`read`] |
//! | `POST /v1/departments`, `PATCH` and `DELETE /v1/departments/{department}` | [`keep`] |
//! | `PUT` and `DELETE /v1/departments/{department}/members/{person}` | [`members`] |
//! | `GET /v1/departments/{department}/queue` | [`queue`] |
//! | `POST /v1/departments/{department}/queue/{task}/done` | [`done`] |
//! | `GET /v1/departments/{department}/steps` | [`steps`] |
//! | `GET /v1/departments/{department}/runs/{run}` | [`run`] |

mod done;
mod keep;
mod members;
mod queue;
mod read;
mod run;
mod steps;

use std::sync::Arc;

use roadbook_model::DepartmentId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::api::Version;
use super::caller::Caller;
use super::problem::Problem;
use crate::store::office::departments::{Department, Member};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(read::list, keep::add))
        .routes(routes!(read::show, keep::rename, keep::remove))
        .routes(routes!(members::add, members::remove))
        .routes(routes!(queue::list))
        .routes(routes!(done::done))
        .routes(routes!(steps::list))
        .routes(routes!(run::read))
}

/// A department.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Department)]
pub struct DepartmentBody {
    /// The department.
    id: Uuid,
    /// What it is called.
    name: String,
    /// The word by which processes name it.
    code: String,
    /// How many open tasks are in its queue.
    open_tasks: i64,
    /// Its members, by name; null for whoever is not one of them and not of the office.
    members: Option<Vec<Member>>,
}

impl DepartmentBody {
    /// A department as the caller sees it.
    fn new(caller: &Caller, department: Department) -> Self {
        let is_shown = caller.person.role.is_office() || is_member(caller, &department);
        Self {
            id: department.id.uuid(),
            name: department.name,
            code: department.code,
            open_tasks: department.open_tasks,
            members: is_shown.then_some(department.members),
        }
    }
}

fn is_member(caller: &Caller, department: &Department) -> bool {
    department.members.iter().any(|member| member.id == caller.person.id)
}

/// A department, if who asks is a member or of the office; to anybody else its work is as good as unknown.
async fn worked_on_by(app: &App, caller: &Caller, id: Uuid) -> Result<Department, Problem> {
    let department = app.store.lookup_department(DepartmentId::from(id)).await?;
    let sees = |department: &_| caller.person.role.is_office() || is_member(caller, department);
    department.filter(sees).ok_or_else(|| Problem::not_found("department"))
}

/// The version of a department, for the entity tag.
fn version(department: &Department) -> Version {
    Version(department.version)
}
