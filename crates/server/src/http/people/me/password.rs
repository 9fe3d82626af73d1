//! `POST /v1/me/password`: changes one's own password.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;

use crate::ambient;
use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// The password that stands, and the one to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password that stands: a token alone, perhaps stolen, does not lock its person out.
    #[schema(max_length = 200)]
    password: String,
    /// The password to be.
    #[schema(min_length = 10, max_length = 200)]
    new_password: String,
}

/// Changes one's own password. Every other session of the person ends, and links that were not used.
#[utoipa::path(
    post, path = "/v1/me/password", operation_id = "me.change_password", tag = "people",
    request_body = PasswordChange,
    responses((status = 204, description = "It is changed; the session goes on"))
)]
#[instrument(name = "http.person.change_password", skip_all)]
pub async fn change(
    State(app): Shared,
    caller: Caller,
    Json(asked): Json<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let words = (asked.password.as_str(), asked.new_password.as_str());
    app.sign_in().change_password(&caller.by(), caller.session, words, ambient::now_ms()).await?;
    Ok(StatusCode::NO_CONTENT)
}
