//! `GET /v1/opportunities`: opportunities by the day they are expected to be decided. Reps and managers see those of accounts in their reach.

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
use crate::store::office::opportunities::{OpportunityFilter, OpportunityRow};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which opportunities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those that are still open (`true`), or only those that were won or lost.
    open: Option<bool>,
    /// Of this stage, such as `qualified`.
    #[param(max_length = 60)]
    stage: Option<String>,
    /// That this person pursues.
    person: Option<Uuid>,
    /// That are expected to be decided before this day.
    close_before: Option<NaiveDate>,
    /// Of this account.
    account: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Opportunities by the day they are expected to be decided; those without one come last.
#[utoipa::path(
    get, path = "/v1/opportunities", operation_id = "opportunities.list", tag = "records", params(Wanted),
    responses((status = 200, description = "A page of opportunities", body = Page<OpportunityRow>))
)]
#[instrument(name = "http.opportunity.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<OpportunityRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = OpportunityFilter {
        open: wanted.open,
        stage: word(Kind::OPPORTUNITY, "stage", wanted.stage.as_deref())?,
        person: wanted.person.map(Into::into),
        close_before: wanted.close_before,
        account: wanted.account.map(Into::into),
        after: paging.after()?,
    };
    let rows = app.store.list_opportunities(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| (row.expected_close, row.id))))
}
