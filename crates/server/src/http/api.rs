//! What all endpoints of the JSON API share: bodies, queries and paths whose faults are problems, pages, versions.

use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use roadbook_model::RequestId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::Problem;
use crate::ambient;

/// Bytes of the longest body of JSON that is taken: a list of as many accounts as may go at once. Most endpoints take less.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Items of a page unless asked otherwise.
const LIMIT: u32 = 50;
/// Most items of a page.
const LIMIT_MAX: u32 = 500;

/// Most characters of what is searched for.
const SEARCH_CHARS_MAX: usize = 200;

/// A JSON body, or the problem with it.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The one character that neither Postgres nor `jsonb` can hold.
const NUL: &[u8] = b"\\u0000";

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "the body must be JSON: Content-Type: application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail));
        }
        let body =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", rejection.body_text())
                }
                _ => Problem::malformed(rejection.body_text()),
            })?;
        if body.windows(NUL.len()).any(|window| window == NUL) {
            return Err(Problem::malformed("a text holds the character NUL; leave it out"));
        }
        // Without this, a list of an object's values in their order would do for the object.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(Problem::malformed("the body is a list; it must be an object with named fields"));
        }
        let axum::Json(value) = axum::Json::from_bytes(&body)?;
        Ok(Self(value))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Refuses an address that holds the character NUL, in a path or a query.
pub async fn plain_address(request: Request, next: Next) -> Response {
    if request.uri().to_string().contains("%00") {
        return Problem::malformed("the address holds the character NUL; leave it out").into_response();
    }
    next.run(request).await
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::malformed(rejection.body_text())
    }
}

/// What stands behind the question mark, or the problem with it.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::malformed(rejection.body_text())
    }
}

/// What stands in the path. An id that is none answers like one that is unknown.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::not_found("thing")
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins: the next request's `after`. Null on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page from items fetched with [`Paging::fetch`], which is one more than the page shows. `key` says where an item
    /// stands in the list's order.
    pub fn new<K: Serialize>(mut items: Vec<T>, paging: &Paging, key: impl Fn(&T) -> K) -> Self {
        let has_more = items.len() > paging.limit();
        items.truncate(paging.limit());
        let next = items.last().filter(|_| has_more).map(|last| cursor(&key(last)));
        Self { items, next }
    }
}

/// Which page of a list. Part of a query: `#[serde(flatten)]` does not work there, so a query repeats its two fields.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    after: Option<String>,
    limit: Option<u32>,
}

impl Paging {
    /// From a query's `after` and `limit`.
    pub fn new(after: Option<String>, limit: Option<u32>) -> Self {
        Self { after, limit }
    }

    /// Items that the page shows.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX) as usize
    }

    /// Items to fetch: one more tells whether there is a next page.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit() + 1).unwrap_or(i64::MAX)
    }

    /// The place after which the page begins; `None` for the first.
    ///
    /// # Errors
    /// `bad_limit`, `bad_cursor`.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        within(self.limit, LIMIT_MAX)?;
        let Some(after) = &self.after else { return Ok(None) };
        let read = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(after).ok()?).ok();
        let bad = || {
            let detail = "`after` is not the `next` of a page of this list; begin without it";
            Problem::new(StatusCode::BAD_REQUEST, "bad_cursor", detail)
        };
        read().map(Some).ok_or_else(bad)
    }
}

/// The query of a list that knows no filters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichPage {
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

impl From<WhichPage> for Paging {
    fn from(wanted: WhichPage) -> Self {
        Self::new(wanted.after, wanted.limit)
    }
}

/// Whether a list's limit is one.
pub fn within(limit: Option<u32>, limit_max: u32) -> Result<(), Problem> {
    if limit.is_none_or(|limit| (1..=limit_max).contains(&limit)) {
        return Ok(());
    }
    let detail = format!("`limit` is a number from 1 to {limit_max}");
    Err(Problem::new(StatusCode::BAD_REQUEST, "bad_limit", detail))
}

/// What is searched for, if it is anything.
///
/// # Errors
/// When it is longer than any name.
pub fn searched(q: Option<String>) -> Result<Option<String>, Problem> {
    let q = q.filter(|text| !text.trim().is_empty());
    if q.as_ref().is_some_and(|text| text.chars().count() > SEARCH_CHARS_MAX) {
        return Err(Problem::malformed(format!("`q` has at most {SEARCH_CHARS_MAX} characters")));
    }
    Ok(q)
}

/// A place in a list's order, opaque to who asks.
fn cursor(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// The version of something that is edited, as in the `ETag` of its answer: `"7"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub i64);

/// An answer with one header besides.
pub type OneHeader = [(HeaderName, HeaderValue); 1];

impl Version {
    /// The header that says it.
    pub fn header(self) -> OneHeader {
        // Digits and quotes are always a header's value.
        let value = HeaderValue::from_str(&format!("\"{}\"", self.0));
        [(ETAG, value.unwrap_or_else(|_| HeaderValue::from_static("\"0\"")))]
    }
}

/// The version that an edit was made on, from `If-Match`. An edit without one is refused: what one did not see, one does
/// not overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if_match_required",
                "say which version you edit: If-Match with the ETag that you read",
            ));
        };
        let tag = value.to_str().ok().map(|text| text.trim().trim_start_matches("W/"));
        let tag = tag.and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
        let tag = tag.ok_or_else(|| {
            Problem::malformed("`If-Match` is not an entity tag; it is the ETag that was read, in quotes")
        })?;
        tag.parse().map(Self).map_err(|_| {
            let detail = "this is not the version that stands; read it again and take its ETag";
            Problem::new(StatusCode::PRECONDITION_FAILED, "stale", detail)
        })
    }
}

/// The id of what a request makes. With an `Idempotency-Key` it is the same each time the request is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh(pub Uuid);

impl Fresh {
    /// A new one, for a request without a key.
    pub fn now() -> Self {
        Self(RequestId::new(ambient::now_ms().unsigned_abs(), ambient::random()).uuid())
    }
}

impl<S: Sync> FromRequestParts<S> for Fresh {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_else(Self::now))
    }
}

/// The answer to a request that made something: 201, where it is, and what it is.
pub fn created<T: Serialize>(location: &str, version: Option<Version>, body: T) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(axum::http::header::LOCATION, location);
    }
    if let Some(version) = version {
        headers.extend(version.header());
    }
    (StatusCode::CREATED, headers, axum::Json(body)).into_response()
}
