//! `POST /v1/session/refresh`: exchanges a refresh token for the next tokens. Safe to repeat: as long as the next one was
//! not used, the same token gets the same answer again, so that one lost on the way logs nobody out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::{Tokens, answer, cookie};
use crate::ambient;
use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Address;
use crate::http::problem::Problem;

/// The token to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token. Without one, that in the cookie; the next one then comes as a cookie, too.
    #[serde(default)]
    refresh_token: Option<String>,
}

/// Exchanges a refresh token for the next tokens.
#[utoipa::path(
    post, path = "/v1/session/refresh", operation_id = "session.refresh", tag = "session",
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The next tokens", body = Tokens),
        (status = 401, description = "The session is over, or was used from two places", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    )
)]
#[instrument(name = "http.session.refresh", skip_all)]
pub async fn refresh(
    State(app): Shared,
    address: Address,
    headers: HeaderMap,
    Json(asked): Json<RefreshRequest>,
) -> Result<Response, Problem> {
    let as_cookie = asked.refresh_token.is_none();
    let token = asked.refresh_token.or_else(|| cookie::read(&headers));
    let token =
        token.ok_or_else(|| Problem::malformed("this needs a refresh token, in the body or the cookie"))?;
    let signed = app.sign_in().refresh(&token, address.0, ambient::now_ms()).await?;
    Ok(answer(StatusCode::OK, signed, as_cookie))
}
