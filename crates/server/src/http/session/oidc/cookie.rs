//! The secret of a sign-in under way, as a cookie: out of the reach of scripts, and sent along when the provider sends the
//! browser back, which is a request from another site (`Lax`).

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};

use crate::http::session::cookie::{header, named};
use crate::store::sign_in::attempts::ATTEMPT_S;

/// The cookie's name.
const NAME: &str = "roadbook_oidc";
/// What holds for it.
const RULES: &str = "Path=/v1/session/oidc; Secure; HttpOnly; SameSite=Lax";

/// The header that sets it for as long as the attempt is good.
pub(super) fn set(secret: &str) -> Option<(HeaderName, HeaderValue)> {
    header(&format!("{NAME}={secret}; Max-Age={ATTEMPT_S}; {RULES}"))
}

/// The header that removes it.
pub(super) fn clear() -> Option<(HeaderName, HeaderValue)> {
    header(&format!("{NAME}=; Max-Age=0; {RULES}"))
}

/// The secret that a browser sent along.
pub(super) fn read(headers: &HeaderMap) -> Option<String> {
    named(headers, NAME)
}
