//! Sessions: signing in, going on, signing out. No access token is needed for it; it is how one comes to one.
//!
//! | endpoint | file |
//! | --- | --- |
//! | `POST /v1/session` | [`begin`] |
//! | `POST /v1/session/link` | [`link`] |
//! | `POST /v1/session/refresh` | [`refresh`] |
//! | `DELETE /v1/session` | [`end`] |
//! | `/v1/session/oidc` | [`oidc`] |
//!
//! A browser asks for the refresh token as a cookie, which its scripts never see and which is sent to these alone; any
//! other client gets it in the body. Devices do not sync with either: they sign their hello.

mod begin;
mod cookie;
mod end;
mod link;
mod oidc;
mod refresh;

use std::sync::Arc;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use roadbook_model::DeviceId;
use roadbook_model::permission::Role;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::App;
use super::caller::Address;
use super::problem::Problem;
use crate::sign_in::{From, SignIn, SignInError, SignedIn};
use crate::token::SESSION_LIFETIME_S;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(begin::begin, end::end))
        .routes(routes!(link::link))
        .routes(routes!(refresh::refresh))
        .merge(oidc::routes())
}

/// A session with the tokens to go on with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// For how many seconds the access token is good.
    expires_in: u64,
    /// Exchange it for the next tokens at `/v1/session/refresh`. Null when it is in the cookie.
    refresh_token: Option<String>,
    /// When the refresh token is over, if it is not used before.
    refresh_expires_at: DateTime<Utc>,
    /// The session.
    session_id: Uuid,
    /// Who is signed in.
    person: Signed,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Signed {
    /// The person.
    id: Uuid,
    /// Full name.
    name: String,
    /// E-mail address.
    email: String,
    /// rep, manager, office or admin.
    #[schema(value_type = String)]
    role: Role,
}

impl App {
    /// Signing in, on what the app has.
    pub(super) fn sign_in(&self) -> SignIn<'_> {
        let issuer = self.public_origin();
        SignIn { store: &self.store, keys: &self.keys, passwords: &self.passwords, issuer }
    }
}

/// Where a request to sign in comes from.
fn from(address: Address, headers: &HeaderMap, device: Option<Uuid>) -> From {
    let client = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    From { address: address.0, client, device: device.map(DeviceId::from) }
}

/// The answer to whoever is signed in; the refresh token in the body, or in the cookie.
fn answer(status: StatusCode, signed: SignedIn, as_cookie: bool) -> Response {
    let SignedIn { session, access } = signed;
    let refresh = session.refresh.text();
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if as_cookie {
        headers.extend(cookie::set(&refresh, session.expires_at));
    }
    let person = session.person;
    let tokens = Tokens {
        access_token: access,
        token_type: "Bearer",
        expires_in: SESSION_LIFETIME_S,
        refresh_token: (!as_cookie).then_some(refresh),
        refresh_expires_at: session.expires_at,
        session_id: session.id.uuid(),
        person: Signed { id: person.id.uuid(), name: person.name, email: person.email, role: person.role },
    };
    (status, headers, Json(tokens)).into_response()
}

impl std::convert::From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let detail = error.to_string();
        match error {
            SignInError::Wait(wait) => Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
                .retry_after(wait.seconds),
            SignInError::Wrong => Self::new(StatusCode::UNAUTHORIZED, "wrong_sign_in", detail),
            SignInError::Stranger(_) => Self::new(StatusCode::FORBIDDEN, "oidc_nobody", detail),
            SignInError::WrongPassword => Self::new(StatusCode::FORBIDDEN, "wrong_password", detail),
            SignInError::NoPassword => Self::new(StatusCode::CONFLICT, "no_password", detail),
            SignInError::LinkOver => Self::new(StatusCode::FORBIDDEN, "link_over", detail),
            SignInError::Weak(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "weak_password", detail),
            SignInError::Over => Self::new(StatusCode::UNAUTHORIZED, "session_over", detail),
            SignInError::Reused(_) => Self::new(StatusCode::UNAUTHORIZED, "session_reused", detail),
            SignInError::Password(crate::password::PasswordError::Busy) => Self::unavailable(detail),
            SignInError::Password(error) => Self::fault(&error),
            SignInError::Office(error) => error.into(),
            SignInError::Token(error) => Self::fault(&error),
        }
    }
}
