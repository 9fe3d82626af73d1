//! `Idempotency-Key`: a POST that carries one is done once, and every repetition within a day gets the first answer.
//!
//! The work runs on when its client hangs up, so that the answer is there for the repetition. If the server is killed in
//! the middle, the repetition does it again under the same id (see [`Fresh`]), so that it makes the same thing.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::App;
use super::api::{BODY_BYTES_MAX, Fresh};
use super::caller::Caller;
use super::problem::Problem;
use crate::store::office::idempotency::{Answer, Keyed, Known};

/// The header.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is a repetition.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in characters.
const KEY_CHARS_MAX: usize = 255;
/// Headers of an answer that are given again.
const KEPT: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// Lets a POST with a key through once.
pub async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    match keyed(app, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn keyed(app: Arc<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let caller = Caller::from_request_parts(&mut parts, &app).await?;
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too long"))?;
    let mut hasher = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes()] {
        hasher.update(part);
        hasher.update([0]);
    }
    hasher.update(&body);
    let fingerprint = hasher.finalize().into();
    let person = caller.person.id;
    let id = match app.store.begin_keyed(Keyed { person, key: &key, fingerprint }).await? {
        Known::New(id) => id,
        Known::Answered(answer) => return Ok(again(answer)),
        Known::Running => {
            let detail = "a request with this Idempotency-Key is being worked on; ask again";
            return Err(Problem::new(StatusCode::CONFLICT, "in_progress", detail).retry_after(1));
        }
        Known::Other => {
            let detail = "this Idempotency-Key was used for another request; take a new one";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail));
        }
    };
    parts.extensions.insert(Fresh(id));
    let request = Request::from_parts(parts, Body::from(body));
    let work = tokio::spawn(async move {
        let response = next.run(request).await;
        keep(&app, Keyed { person, key: &key, fingerprint }, response).await
    });
    work.await.map_err(|error| Problem::fault(&error))?
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get(KEY).and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        let detail = format!("an Idempotency-Key has 1 to {KEY_CHARS_MAX} visible ASCII characters");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", detail));
    }
    Ok(key.to_owned())
}

/// Keeps an answer. The server's own fault is not kept: the same request may be tried again. Neither is what must be stored
/// nowhere, a secret that is shown once.
async fn keep(app: &App, request: Keyed<'_>, response: Response) -> Result<Response, Problem> {
    let is_secret = response.headers().get(CACHE_CONTROL).is_some_and(|value| value == "no-store");
    if response.status().is_server_error() || is_secret {
        app.store.release_keyed(request).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| Problem::fault(&error))?;
    let headers: Map<String, Json> = KEPT
        .iter()
        .filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.into())))
        .collect();
    let answer =
        Answer { status: parts.status.as_u16(), headers: Json::Object(headers), body: body.to_vec() };
    app.store.answer_keyed(request, &answer).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(answer: Answer) -> Response {
    let mut response = Bytes::from(answer.body).into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    for name in KEPT {
        let value = answer.headers.get(name.as_str()).and_then(Json::as_str);
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
