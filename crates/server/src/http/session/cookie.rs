//! The refresh token as a cookie: out of the reach of scripts, sent over TLS only (browsers take this machine itself for
//! as good), never with a request from another site, and to the session's own endpoints alone.

use axum::http::header::{COOKIE, HeaderName, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, Utc};

use crate::ambient;

/// The cookie's name.
const NAME: &str = "roadbook_refresh";
/// What holds for it.
const RULES: &str = "Path=/v1/session; Secure; HttpOnly; SameSite=Strict";

/// The header that sets it until the refresh token is over.
pub(super) fn set(refresh: &str, until: DateTime<Utc>) -> Option<(HeaderName, HeaderValue)> {
    let age_s = (until.timestamp_millis() - ambient::now_ms()).max(0) / 1000;
    header(&format!("{NAME}={refresh}; Max-Age={age_s}; {RULES}"))
}

/// The header that removes it.
pub(super) fn clear() -> Option<(HeaderName, HeaderValue)> {
    header(&format!("{NAME}=; Max-Age=0; {RULES}"))
}

/// A header that sets a cookie.
pub(super) fn header(value: &str) -> Option<(HeaderName, HeaderValue)> {
    // Letters, digits and signs of our own making are always a header's value.
    Some((SET_COOKIE, HeaderValue::from_str(value).ok()?))
}

/// The refresh token that a browser sent along.
pub(super) fn read(headers: &HeaderMap) -> Option<String> {
    named(headers, NAME)
}

/// A cookie by its name.
pub(super) fn named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=b; not_roadbook_refresh=x"));
        assert_eq!(read(&headers), None);
        headers.append(COOKIE, HeaderValue::from_static("c=d; roadbook_refresh=rbr_1=2; e"));
        assert_eq!(read(&headers).as_deref(), Some("rbr_1=2"));
    }
}
