//! `GET /link`: the page behind a one-time link, where its person chooses a password. Plain on purpose: it works before
//! anything else does. The secret stands behind the `#` and never leaves the browser but in the one request it is for.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::routing::get;

use super::App;

/// Nothing but the page's own script, and requests to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An answer that is a file.
type File = ([(HeaderName, &'static str); 4], &'static str);

/// The page and what belongs to it. They are no part of the JSON API and not described with it.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/link", get(|| async { file("text/html; charset=utf-8", include_str!("link/link.html")) }))
        .route(
            "/link.js",
            get(|| async { file("text/javascript; charset=utf-8", include_str!("link/link.js")) }),
        )
        .route("/link.css", get(|| async { file("text/css; charset=utf-8", include_str!("link/link.css")) }))
}

fn file(kind: &'static str, content: &'static str) -> File {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, content)
}
