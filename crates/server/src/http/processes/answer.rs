//! `POST /v1/records/{record}/answers`: an answer to a step of a run, from the office or a department whose step it is.

use axum::extract::State;
use axum::http::StatusCode;
use roadbook_model::RecordId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// The step; of an awry path, path/step.
    #[schema(min_length = 1, max_length = 61)]
    step: String,
    /// `yes` or `no` to a check, a word of a choice, a number or a text; null leaves the step out.
    said: Option<String>,
}

/// Answers a step of a run that goes on. It may be answered again: the last answer counts. What follows, such as a task for
/// another department, is written within seconds.
#[utoipa::path(
    post, path = "/v1/records/{record}/answers", operation_id = "records.answer", tag = "processes",
    params(("record" = Uuid, Path, description = "The run")), request_body = NewAnswer,
    responses((status = 204, description = "It is in the record"))
)]
#[instrument(name = "http.run.answer", skip_all, fields(%record))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path(record): Path<Uuid>,
    Json(new): Json<NewAnswer>,
) -> Result<StatusCode, Problem> {
    let run = RecordId::from(record);
    let sees = app.store.sees_record(&caller.person, run).await?.is_some();
    if !sees && !app.store.is_step_for(caller.person.id, run, &new.step).await? {
        return Err(Problem::not_found("record"));
    }
    app.store.answer_run(&caller.by(), run, &new.step, new.said.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
