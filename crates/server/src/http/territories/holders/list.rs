//! `GET /v1/territories/{territory}/holders`.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::Holding;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query, WhichPage};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::territories::seen;

/// Who holds a territory, held it, or will; the latest first.
#[utoipa::path(
    get, path = "/v1/territories/{territory}/holders", operation_id = "holders.list", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory"), WhichPage),
    responses((status = 200, description = "A page of holdings", body = Page<Holding>))
)]
#[instrument(name = "http.holder.list", skip_all, fields(%territory))]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
    Query(wanted): Query<WhichPage>,
) -> Result<Json<Page<Holding>>, Problem> {
    let id = seen(&app, &caller, territory).await?;
    let paging = Paging::from(wanted);
    let after: Option<Uuid> = paging.after()?;
    let mut holders: Vec<Holding> =
        app.store.list_holders(id).await?.into_iter().map(Holding::from).collect();
    if let Some(after) = after {
        let end = holders.iter().position(|holder| holder.id == after).map_or(0, |last| last + 1);
        holders.drain(..end);
    }
    holders.truncate(paging.limit() + 1);
    Ok(Json(Page::new(holders, &paging, |holder| holder.id)))
}
