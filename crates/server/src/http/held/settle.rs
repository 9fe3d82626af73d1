//! `POST /v1/held/{position}/fate`: gives a held item its fate.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::inbox::settle::Verdict;

/// What is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HeldVerdict)]
pub struct Decision {
    /// Into the record as it is (`release`), the same with everything that waits on it (`release_all`), as edits of who
    /// decides (`re_author`), or given up (`discard`).
    verdict: Word,
    /// With `re_author`: fields that others have changed since and whose held value is taken all the same.
    #[serde(default)]
    take: Vec<Vec<String>>,
    /// Why: whoever captured it reads this.
    #[schema(min_length = 1)]
    text: String,
}

/// The verdict's word.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HeldVerdictWord)]
pub enum Word {
    /// Into the record as it is.
    Release,
    /// The same, with everything that waits on it.
    ReleaseAll,
    /// As edits of who decides.
    ReAuthor,
    /// Given up.
    Discard,
}

/// What it came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldSettled)]
pub struct Outcome {
    /// The items that got their fate, by the position at which they were set aside.
    settled: Vec<i64>,
    /// Items that wait on it and stay held.
    left: Vec<Left>,
    /// Fields that stay as they are although the work said otherwise.
    kept: Vec<Vec<String>>,
}

/// An item that stays held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldLeft)]
pub struct Left {
    /// The position at which it was set aside.
    position: i64,
    /// Why, as a stable word.
    code: String,
    /// Why, in words.
    text: String,
}

/// Gives a held item its one fate. Of two who decide at once one is first; the other gets 409 `already_settled` with what
/// became of it.
#[utoipa::path(
    post, path = "/v1/held/{position}/fate", operation_id = "held.settle", tag = "held",
    params(("position" = i64, Path, description = "The position at which it was set aside")), request_body = Decision,
    responses((status = 200, description = "It has its fate", body = Outcome))
)]
#[instrument(name = "http.held.settle", skip_all, fields(position))]
pub async fn settle(
    State(app): Shared,
    caller: Caller,
    Path(position): Path<i64>,
    Json(decision): Json<Decision>,
) -> Result<Json<Outcome>, Problem> {
    caller.office()?;
    let verdict = match decision.verdict {
        Word::Release => Verdict::Release,
        Word::ReleaseAll => Verdict::ReleaseAll,
        Word::ReAuthor => Verdict::ReAuthor(decision.take),
        Word::Discard => Verdict::Discard,
    };
    let done = app.store.settle_held(&caller.by(), position, &verdict, &decision.text).await?;
    let left = done.left.into_iter().map(|(position, code, text)| Left { position, code, text });
    Ok(Json(Outcome { settled: done.settled, left: left.collect(), kept: done.kept }))
}
