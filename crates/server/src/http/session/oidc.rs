//! Signing in by way of the organisation's own provider (OpenID Connect).
//!
//! ```text
//! GET  /v1/session/oidc          is there a provider, and what is it called
//! POST /v1/session/oidc          where to send the browser; it keeps a secret as a cookie
//! GET  /v1/session/oidc/return   the provider sends it back here: the session begins, and on to where it wanted
//! ```
//!
//! The state goes by the provider and back and is good once. The secret stays in the browser: nonce and PKCE verifier
//! follow from it, so that neither a state nor a code that somebody else got hold of is worth anything.

mod begin;
mod cookie;
mod page;
mod provider;
mod returned;

use std::sync::Arc;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::App;
use crate::http::problem::Problem;
use crate::oidc::{Oidc, OidcError};

/// What the nonce is derived by.
const NONCE: &str = "nonce";
/// What the PKCE verifier is derived by.
const VERIFIER: &str = "verifier";

/// These endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(provider::provider, begin::begin)).routes(routes!(returned::returned))
}

impl App {
    fn provider(&self) -> Result<&Oidc, Problem> {
        self.oidc.as_deref().ok_or_else(|| {
            let detail = "this server has no provider to sign in with; sign in by password";
            Problem::new(StatusCode::CONFLICT, "oidc_off", detail)
        })
    }
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        let detail = format!("{error}; begin anew");
        match error {
            OidcError::Unavailable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "oidc_unavailable", error.to_string())
                    .retry_after(5)
            }
            OidcError::Code(_) => Self::new(StatusCode::FORBIDDEN, "oidc_code", detail),
            OidcError::Token(_) => Self::new(StatusCode::FORBIDDEN, "oidc_token", detail),
        }
    }
}
