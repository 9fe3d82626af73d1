//! `GET /v1/session/oidc/return`: the provider sent the browser back. What it brings is judged, and the session begins.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tracing::{info, instrument};
use utoipa::IntoParams;

use super::{NONCE, VERIFIER, cookie, page};
use crate::ambient;
use crate::http::api::Query;
use crate::http::caller::Address;
use crate::http::problem::Problem;
use crate::http::session::{cookie as refresh_cookie, from};
use crate::http::{App, Shared};
use crate::sign_in::SignedIn;
use crate::store::sign_in::attempts::Attempt;
use crate::store::sign_in::secret::{Purpose, Secret};

/// Longest code that is taken to the provider.
const CODE_BYTES_MAX: usize = 4096;

/// What the provider lets the browser bring. Providers add what they like; it is not looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Returned {
    /// The state that the browser left with.
    state: Option<String>,
    /// The code that this server exchanges.
    code: Option<String>,
    /// Which provider it is.
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// The provider sends the browser back here. It is signed in, with the refresh token as a cookie, and sent on; or it is
/// told what is wrong, as a page if it asks for one.
#[utoipa::path(
    get, path = "/v1/session/oidc/return", operation_id = "session.return_oidc", tag = "session", params(Returned),
    responses(
        (status = 303, description = "Signed in, and sent on"),
        (status = 403, description = "Not signed in, and why", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
        (status = 409, description = "There is no provider", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    )
)]
#[instrument(name = "http.session.return_oidc", skip_all)]
pub async fn returned(
    State(app): Shared,
    address: Address,
    headers: HeaderMap,
    query: Result<Query<Returned>, Problem>,
) -> Response {
    let done = match query {
        Ok(Query(returned)) => sign_in(&app, address, &headers, returned).await,
        Err(problem) => Err(problem),
    };
    let mut answer = match done {
        Ok((signed, attempt)) => sent_on(signed, &attempt.return_to),
        Err(problem) => page::told(problem, &headers),
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address holds state and code: no other site is to hear of it.
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

async fn sign_in(
    app: &App,
    address: Address,
    headers: &HeaderMap,
    returned: Returned,
) -> Result<(SignedIn, Attempt), Problem> {
    let oidc = app.provider()?;
    let now_ms = ambient::now_ms();
    let state = returned.state.and_then(|state| Secret::parse(Purpose::State, &state));
    let browser = cookie::read(headers).and_then(|browser| Secret::parse(Purpose::Browser, &browser));
    let (state, browser) = state.zip(browser).ok_or_else(unknown_state)?;
    let attempt = app.store.take_attempt((&state, &browser), now_ms).await?.ok_or_else(unknown_state)?;
    // RFC 9207: another provider's answer, let in by mistake, is not taken to this one.
    if returned.iss.is_some_and(|iss| iss != oidc.issuer()) {
        return Err(unknown_state());
    }
    let code = match (returned.error, returned.code) {
        (Some(error), _) => return Err(refused(&error)),
        (None, Some(code)) if code.len() <= CODE_BYTES_MAX => code,
        (None, _) => return Err(Problem::malformed("the provider sent neither a code nor an error")),
    };
    let vouched = oidc.exchange(code, browser.derived(NONCE), browser.derived(VERIFIER)).await?;
    let email = vouched.email.filter(|_| vouched.is_verified).ok_or_else(|| {
        let detail =
            "the provider does not vouch for your e-mail address; have it verified there, then begin anew";
        Problem::new(StatusCode::FORBIDDEN, "oidc_unverified", detail)
    })?;
    let from = from(address, headers, attempt.device.map(|device| device.uuid()));
    let signed = app.sign_in().by_provider(&email, &from, now_ms).await?;
    info!(session = %signed.session.id, "somebody signed in by way of the provider");
    Ok((signed, attempt))
}

fn sent_on(signed: SignedIn, to: &str) -> Response {
    let mut headers = HeaderMap::new();
    // What was admitted as a path is always a header's value.
    headers.extend(HeaderValue::from_str(to).ok().map(|to| (LOCATION, to)));
    let refresh = &signed.session.refresh.text();
    for (name, value) in
        refresh_cookie::set(refresh, signed.session.expires_at).into_iter().chain(cookie::clear())
    {
        headers.append(name, value);
    }
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn unknown_state() -> Problem {
    let detail = "this sign-in was not begun in this browser, or is done or too old; begin anew";
    Problem::new(StatusCode::FORBIDDEN, "oidc_state", detail)
}

fn refused(error: &str) -> Problem {
    let word: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
    Problem::new(
        StatusCode::FORBIDDEN,
        "oidc_refused",
        format!("the provider did not sign you in ({word}); begin anew"),
    )
}
