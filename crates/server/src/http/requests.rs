//! `POST /v1/records/{record}/requests`: asks the centre for a decision on a record, such as accepting an order.

use std::sync::Arc;

use axum::extract::State;
use roadbook_model::{RecordId, RequestId, Verb};
use roadbook_protocol::item::Request;
use roadbook_sync::ledger::review::TEXT_CHARS_MAX;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Fresh, Json, Path};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(add))
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// The verb.
    #[schema(
        value_type = String,
        pattern = "^(submit|accept|reject|cancel|reopen|approve|decline|keep_price|take_price)$"
    )]
    verb: Verb,
    /// The record's version (log position) that was seen; the request is refused as `stale` if it is another now.
    #[serde(default)]
    #[schema(minimum = 1)]
    version: Option<u64>,
    /// Why, for whoever made the order; whoever declines has to say it.
    #[serde(default)]
    #[schema(max_length = 2000)]
    text: Option<String>,
}

/// The centre's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decided {
    /// The request: asking again under its id gives this answer.
    request_id: Uuid,
    /// The position of the decision in the log, the record's version from now on.
    position: u64,
    /// The state that follows.
    state: String,
    /// The order's number.
    number: Option<String>,
    /// What it comes to, in minor units of its currency.
    total_minor: Option<i64>,
    /// ISO 4217 code.
    currency: Option<String>,
}

/// Asks for a decision on a record.
#[utoipa::path(
    post, path = "/v1/records/{record}/requests", operation_id = "requests.add", tag = "records",
    params(("record" = Uuid, Path, description = "The record")), request_body = NewRequest,
    responses((status = 200, description = "The decision", body = Decided))
)]
#[instrument(name = "http.request.add", skip_all, fields(%record))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
    Fresh(id): Fresh,
    Json(asked): Json<NewRequest>,
) -> Result<Json<Decided>, Problem> {
    let record = RecordId::from(record);
    let seen = app.store.sees_record(&caller.person, record).await?;
    seen.ok_or_else(|| Problem::not_found("record"))?;
    if asked.text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        return Err(Problem::malformed(format!("`text` has at most {TEXT_CHARS_MAX} characters")));
    }
    let request =
        Request { id: RequestId::from(id), verb: asked.verb.to_string(), record, heads: Vec::new() };
    let text = asked.text.as_deref();
    let (position, decision) = app.store.decide(&caller.by(), &request, asked.version, text).await?;
    Ok(Json(Decided {
        request_id: id,
        position,
        state: decision.state,
        number: decision.number,
        total_minor: decision.total_minor,
        currency: decision.currency,
    }))
}
