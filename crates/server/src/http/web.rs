//! The web client: the office's console under `/office/`, the rep's app under `/app/`, and the files of both under
//! `/assets/`. They are built into the program (`cargo xtask web` makes them, in `clients/web/dist`) and no part of the
//! JSON API.
//!
//! Both are single pages: an address under them that names no file answers with the page, which finds its own way.

mod encoding;
mod file;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use self::file::{Cache, guarded, sent};
use super::App;

// `Built`: the files. Where they were not built there are none, and the pages say how to build them. The build script
// writes it, because the folder has to be named by its whole path.
include!(concat!(env!("OUT_DIR"), "/web_client.rs"));

/// What `/office/` and `/app/` answer when there are no files.
const NOT_BUILT: &str = include_str!("web/not-built.html");

/// The two pages and their files.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|| async { moved("/office/") }))
        .route("/office", get(|| async { moved("/office/") }))
        .route("/app", get(|| async { moved("/app/") }))
        // The address in enrolment links and QR codes; the code is in the fragment, which a browser keeps.
        .route("/enrol", get(|| async { moved("/app/enrol") }))
        .route("/office/", get(page::<Built>))
        .route("/app/", get(page::<Built>))
        .route("/office/{*path}", get(page::<Built>))
        .route("/app/{*path}", get(page::<Built>))
        .route("/assets/{*path}", get(asset::<Built>))
}

fn moved(to: &'static str) -> Response {
    (StatusCode::FOUND, [(LOCATION, to)]).into_response()
}

/// A file of a page, or the page itself for an address that names none.
async fn page<Files: RustEmbed>(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(answer) = sent::<Files>(path, Cache::Asked, &headers) {
        return answer;
    }
    let (of, rest) = path.split_once('/').unwrap_or((path, ""));
    // A script or picture that is not there must not come as a page.
    if rest.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return absent();
    }
    sent::<Files>(&format!("{of}/index.html"), Cache::Asked, &headers).unwrap_or_else(not_built)
}

/// A file with its content's hash in its name.
async fn asset<Files: RustEmbed>(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    sent::<Files>(path, Cache::ForEver, &headers).unwrap_or_else(absent)
}

fn absent() -> Response {
    guarded((StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-cache")], "there is no such file\n"))
}

fn not_built() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    guarded((StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT))
}

#[cfg(test)]
#[path = "web/tests.rs"]
mod tests;
