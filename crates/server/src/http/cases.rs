//! `GET /v1/cases`: cases by the day they are due. Reps and managers see those of accounts in their reach.

use std::sync::Arc;

use axum::extract::State;
use chrono::NaiveDate;
use roadbook_model::Kind;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Query};
use super::caller::Caller;
use super::kind::word;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::cases::{CaseFilter, CaseRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those that are not resolved yet (`true`), or only those that are.
    open: Option<bool>,
    /// Of this type: `complaint`, `return` or `service_request`.
    #[param(max_length = 60)]
    case_type: Option<String>,
    /// That this person sees through.
    person: Option<Uuid>,
    /// That this department works on.
    department: Option<Uuid>,
    /// That are due before this day.
    due_before: Option<NaiveDate>,
    /// Of this account.
    account: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Cases by the day they are due; those without one come last.
#[utoipa::path(
    get, path = "/v1/cases", operation_id = "cases.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of cases", body = Page<CaseRow>))
)]
#[instrument(name = "http.case.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<CaseRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = CaseFilter {
        open: wanted.open,
        case_type: word(Kind::CASE, "case_type", wanted.case_type.as_deref())?,
        person: wanted.person.map(Into::into),
        department: wanted.department.map(Into::into),
        due_before: wanted.due_before,
        account: wanted.account.map(Into::into),
        after: paging.after()?,
    };
    let rows = app.store.list_cases(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.due, row.id))))
}
