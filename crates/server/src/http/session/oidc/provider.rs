//! `GET /v1/session/oidc`: whether there is a provider to sign in with.

use axum::extract::State;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::api::Json;

/// The organisation's own provider, if it has one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub struct ProviderBody {
    /// What people call it; null when there is none.
    name: Option<String>,
    /// Its address; null when there is none.
    issuer: Option<String>,
}

/// Whether there is a provider to sign in with, and what it is called. For the page on which people sign in.
#[utoipa::path(
    get, path = "/v1/session/oidc", operation_id = "session.provider", tag = "session",
    responses((status = 200, description = "The provider, if there is one", body = ProviderBody))
)]
#[instrument(name = "http.session.provider", skip_all)]
pub async fn provider(State(app): Shared) -> Json<ProviderBody> {
    let oidc = app.oidc.as_deref();
    Json(ProviderBody {
        name: oidc.map(|oidc| oidc.name().to_owned()),
        issuer: oidc.map(|oidc| oidc.issuer().to_owned()),
    })
}
