//! `POST /v1/session`: signs in with e-mail address and password.

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

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// E-mail address.
    #[schema(max_length = 254)]
    email: String,
    /// Password.
    #[schema(max_length = 200)]
    password: String,
    /// The person's device to bind the session to. Should the session be stolen, the device is taken out of use.
    #[serde(default)]
    device_id: Option<Uuid>,
    /// The refresh token as a cookie, for browsers, instead of in the body.
    #[serde(default)]
    cookie: bool,
}

/// Signs in with e-mail address and password.
#[utoipa::path(
    post, path = "/v1/session", operation_id = "session.begin", tag = "session", request_body = SignInRequest,
    responses(
        (status = 201, description = "Signed in", body = Tokens),
        (status = 401, description = "Address and password do not fit", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    )
)]
#[instrument(name = "http.session.begin", skip_all)]
pub async fn begin(
    State(app): Shared,
    address: Address,
    headers: HeaderMap,
    Json(asked): Json<SignInRequest>,
) -> Result<Response, Problem> {
    let from = from(address, &headers, asked.device_id);
    let signed = app.sign_in().by_password(&asked.email, &asked.password, &from, ambient::now_ms()).await?;
    Ok(answer(StatusCode::CREATED, signed, asked.cookie))
}
