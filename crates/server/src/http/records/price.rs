//! `GET /v1/records/{record}/price`: an order as it was captured beside what it costs by what is published now.

use axum::extract::State;
use tracing::instrument;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::records::price::RecordPrice;

/// What an order costs now, with every rule's trace, and whether what was granted needs somebody's word. Nothing is changed
/// by looking.
#[utoipa::path(
    get, path = "/v1/records/{record}/price", operation_id = "records.price", tag = "records",
    params(("record" = Uuid, Path, description = "The order")),
    responses((status = 200, description = "The order's price", body = RecordPrice))
)]
#[instrument(name = "http.record.price", skip_all, fields(%record))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
) -> Result<Json<RecordPrice>, Problem> {
    let id = seen(&app, &caller, record).await?;
    Ok(Json(app.store.price_record(id, caller.person.role).await?))
}
