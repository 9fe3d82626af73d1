//! `GET /.well-known/jwks.json`: the public keys of access tokens, for other programs that check them (RFC 7517).

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::Json;
use super::{App, Shared};
use crate::token::PublicKey;

/// Keys change rarely, and the old one is good for days: five minutes are no harm.
const CACHED: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A set of keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwks {
    /// The key that signs now, then those that signed before and are still good.
    keys: Vec<Jwk>,
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    kty: &'static str,
    /// Always `Ed25519`.
    crv: &'static str,
    /// Always `EdDSA`.
    alg: &'static str,
    /// Always `sig`.
    r#use: &'static str,
    /// The key's name: its thumbprint (RFC 7638).
    kid: String,
    /// The key.
    x: String,
}

impl From<&PublicKey> for Jwk {
    fn from(key: &PublicKey) -> Self {
        Self { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid: key.kid(), x: key.x() }
    }
}

/// The public keys of access tokens.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "jwks.read", tag = "session",
    responses((status = 200, description = "The keys", body = Jwks))
)]
#[instrument(name = "http.jwks.list", skip_all)]
pub async fn list(State(app): Shared) -> ([(HeaderName, &'static str); 1], Json<Jwks>) {
    let keys = app.keys.token.public().iter().map(Jwk::from).collect();
    ([CACHED], Json(Jwks { keys }))
}
