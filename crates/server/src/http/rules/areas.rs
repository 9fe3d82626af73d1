//! `GET /v1/rules/areas`: the areas that rules name, as for a map of territories. For the office.

use axum::extract::State;
use roadbook_model::RuleId;
use tracing::instrument;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::membership::RuleArea;

/// The areas of all rules that stand, each with its territory.
#[utoipa::path(
    get, path = "/v1/rules/areas", operation_id = "rules.areas", tag = "territories", params(WhichPage),
    responses((status = 200, description = "A page of areas", body = Page<RuleArea>))
)]
#[instrument(name = "http.rule.areas", skip_all)]
pub async fn areas(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<RuleArea>>, Problem> {
    caller.office()?;
    let paging = Paging::from(wanted);
    let after: Option<Uuid> = paging.after()?;
    let areas = app.store.list_rule_areas(after.map(RuleId::from), paging.fetch()).await?;
    Ok(Json(Page::new(areas, &paging, |area| area.rule.uuid())))
}
