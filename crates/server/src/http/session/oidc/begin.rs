//! `POST /v1/session/oidc`: begins a sign-in by way of the provider.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use roadbook_model::DeviceId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NONCE, VERIFIER, cookie};
use crate::ambient;
use crate::http::Shared;
use crate::http::api::Json;
use crate::http::problem::Problem;
use crate::store::sign_in::attempts::Attempt;
use crate::store::sign_in::secret::{Purpose, Secret};

/// Longest path to be sent to in the end.
const RETURN_BYTES_MAX: usize = 500;

/// What is to come of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcRequest {
    /// The person's device to bind the session to.
    #[serde(default)]
    device_id: Option<Uuid>,
    /// The path of this server to which the browser is sent once it is signed in.
    #[serde(default = "root")]
    #[schema(max_length = 500, pattern = "^/([!-.0-Z^-~][!-Z^-~]*)?$")]
    return_to: String,
}

fn root() -> String {
    "/".to_owned()
}

/// Where to go on.
#[derive(Debug, Serialize, ToSchema)]
pub struct OidcBegun {
    /// The provider's page: send the browser there.
    authorization_url: String,
    /// Until when it may come back.
    expires_at: DateTime<Utc>,
}

/// Begins a sign-in by way of the organisation's provider: says where to send the browser, which keeps a cookie meanwhile.
/// It comes back signed in, with the refresh token as a cookie: go on with `POST /v1/session/refresh`.
#[utoipa::path(
    post, path = "/v1/session/oidc", operation_id = "session.begin_oidc", tag = "session", request_body = OidcRequest,
    responses((status = 201, description = "Where to go on", body = OidcBegun))
)]
#[instrument(name = "http.session.begin_oidc", skip_all)]
pub async fn begin(State(app): Shared, Json(asked): Json<OidcRequest>) -> Result<Response, Problem> {
    let oidc = app.provider()?;
    if !is_path(&asked.return_to) {
        return Err(Problem::malformed("`return_to` is a path of this server, such as /office/"));
    }
    let (state, browser) = (Secret::fresh(Purpose::State), Secret::fresh(Purpose::Browser));
    let words = (state.text(), browser.derived(NONCE), browser.derived(VERIFIER));
    let authorization_url = oidc.authorization_url(words.0, words.1, words.2).await?;
    let attempt = Attempt { device: asked.device_id.map(DeviceId::from), return_to: asked.return_to };
    let begun = app.store.add_attempt((&state, &browser), &attempt, ambient::now_ms()).await?;
    let expires_at = begun.ok_or_else(|| {
        let detail = "too many sign-ins are under way; try again in a minute";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail).retry_after(60)
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(cookie::set(&browser.text()));
    Ok((StatusCode::CREATED, headers, Json(OidcBegun { authorization_url, expires_at })).into_response())
}

/// Whether this is a path of this server, and of no other: browsers read `//host` and `/\host` as another's.
fn is_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= RETURN_BYTES_MAX
        && bytes.next() == Some(b'/')
        && !text[1..].starts_with('/')
        && bytes.all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'[' && byte != b']')
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn one_is_sent_to_this_server_only() {
        for good in ["/", "/office/", "/office/?a=b#c", "/a//b"] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "office",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\n",
            "/ä",
            &"/".repeat(501),
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
