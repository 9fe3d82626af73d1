//! `GET /v1/audit`: who did what from where, newest first. For admins.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::audit::{AuditFilter, AuditRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// What this person did.
    person: Option<Uuid>,
    /// What was done to this thing: a person, a device, an account, a reassignment.
    subject: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Who did what from where, newest first.
#[utoipa::path(
    get, path = "/v1/audit", operation_id = "audit.list", tag = "audit", params(Wanted),
    responses((status = 200, description = "A page of the audit", body = Page<AuditRow>))
)]
#[instrument(name = "http.audit.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<AuditRow>>, Problem> {
    caller.admin()?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = AuditFilter { person: wanted.person, subject: wanted.subject, before: paging.after()? };
    let rows = app.store.list_audit(filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.id)))
}
