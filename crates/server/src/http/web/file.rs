//! One file of the web client as an answer: its form, its type, how long it is kept, and what its page may do.

use std::fmt::Write;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::encoding::{Encoding, accepted};

/// A page runs its own scripts and Automerge's WebAssembly, talks to this server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                      img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; \
                      worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// What every answer says.
const GUARDS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// How long a browser keeps a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cache {
    /// Until it asked again: pages and service workers, which name the other files.
    Asked,
    /// For ever: another content has another name.
    ForEver,
}

impl Cache {
    fn word(self) -> &'static str {
        match self {
            Self::Asked => "no-cache",
            Self::ForEver => "public, max-age=31536000, immutable",
        }
    }
}

/// A file in the best form that the request takes; `None` if there is no such file. Compressed forms have no address of
/// their own.
pub(super) fn sent<Files: RustEmbed>(path: &str, cache: Cache, headers: &HeaderMap) -> Option<Response> {
    let is_form = [Encoding::Brotli, Encoding::Gzip].iter().any(|form| path.ends_with(form.suffix()));
    if is_form || path.is_empty() || path.split('/').any(|part| ["", ".", ".."].contains(&part)) {
        return None;
    }
    let find = |form: Encoding| Files::get(&format!("{path}{}", form.suffix())).map(|file| (form, file));
    let (form, file) = accepted(headers).find_map(find)?;
    Some(answer(path, form, file, cache, headers))
}

fn answer(path: &str, form: Encoding, file: EmbeddedFile, cache: Cache, asked: &HeaderMap) -> Response {
    let tag = tag(&file, form);
    let mut headers = HeaderMap::from_iter([
        (CACHE_CONTROL, HeaderValue::from_static(cache.word())),
        (VARY, HeaderValue::from_static("accept-encoding")),
    ]);
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
    if knows(asked, &tag) {
        return guarded((StatusCode::NOT_MODIFIED, headers));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    if form != Encoding::Plain {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(form.word()));
    }
    guarded((headers, Body::from(file.data)))
}

/// An answer with what every answer says.
pub(super) fn guarded(answer: impl IntoResponse) -> Response {
    (GUARDS, answer).into_response()
}

/// The file's name for its content in this form, as an `ETag`.
fn tag(file: &EmbeddedFile, form: Encoding) -> String {
    let mut tag = String::from("\"");
    for byte in file.metadata.sha256_hash().iter().take(16) {
        // Writing to a string does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag + form.suffix() + "\""
}

/// Whether the browser has just this already.
fn knows(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag)
}

/// A file's type, by the end of its name.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
