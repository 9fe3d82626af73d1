//! `DELETE /v1/session`: signs out. The session and all its tokens end at once.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tracing::instrument;

use super::cookie;
use crate::ambient;
use crate::http::caller::{Address, Caller};
use crate::http::problem::Problem;
use crate::http::{App, Shared};
use crate::store::sign_in::secret::{Purpose, Secret};

/// Signs out of the session of the access token, or of the cookie. Ending one that is over changes nothing.
#[utoipa::path(
    delete, path = "/v1/session", operation_id = "session.end", tag = "session",
    responses(
        (status = 204, description = "Signed out"),
        (status = 401, description = "There is neither an access token that holds nor a cookie", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    )
)]
#[instrument(name = "http.session.end", skip_all)]
pub async fn end(State(app): Shared, address: Address, request: Request) -> Result<Response, Problem> {
    let session = match cookie::read(request.headers()) {
        Some(refresh) => match Secret::parse(Purpose::Refresh, &refresh) {
            Some(refresh) => app.store.lookup_session_of(&refresh).await?,
            None => None,
        },
        None => Some(of_token(&app, request).await?),
    };
    if let Some(session) = session {
        app.store.sign_out(session, Some(address.0), ambient::now_ms()).await?;
    }
    let cleared = axum::http::HeaderMap::from_iter(cookie::clear());
    Ok((StatusCode::NO_CONTENT, cleared).into_response())
}

async fn of_token(app: &Arc<App>, request: Request) -> Result<roadbook_model::SessionId, Problem> {
    let (mut parts, _) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, app).await?;
    caller.session.ok_or_else(|| {
        let detail = "a token from the command line has no session to end; it runs out by itself";
        Problem::new(StatusCode::CONFLICT, "no_session", detail)
    })
}
