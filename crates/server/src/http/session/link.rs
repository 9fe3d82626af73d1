//! `POST /v1/session/link`: chooses a password by a one-time link, and signs in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Tokens, answer, from};
use crate::ambient;
use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Address;
use crate::http::problem::Problem;

/// The link, and the password to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// The link's secret: what stands behind the `#`.
    link: String,
    /// The password to be.
    #[schema(min_length = 10, max_length = 200)]
    password: String,
    /// The person's device to bind the session to.
    #[serde(default)]
    device_id: Option<Uuid>,
    /// The refresh token as a cookie, for browsers, instead of in the body.
    #[serde(default)]
    cookie: bool,
}

/// Chooses a password by a one-time link, and signs in. Every other session of the person ends.
#[utoipa::path(
    post, path = "/v1/session/link", operation_id = "session.link", tag = "session", request_body = LinkRequest,
    responses(
        (status = 201, description = "Signed in", body = Tokens),
        (status = 403, description = "The link was used or is too old", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    )
)]
#[instrument(name = "http.session.link", skip_all)]
pub async fn link(
    State(app): Shared,
    address: Address,
    headers: HeaderMap,
    Json(asked): Json<LinkRequest>,
) -> Result<Response, Problem> {
    let from = from(address, &headers, asked.device_id);
    let signed = app.sign_in().by_link(&asked.link, &asked.password, &from, ambient::now_ms()).await?;
    Ok(answer(StatusCode::CREATED, signed, asked.cookie))
}
