//! `GET /v1/me/sessions`: where one is signed in. `DELETE /v1/me/sessions/{session}`: signs out there.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use roadbook_model::SessionId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::ambient;
use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Path, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::sign_in::sessions::OwnSession;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// The session.
    id: Uuid,
    /// Whether it is the one of the access token.
    is_this: bool,
    /// The person's device that it is bound to, if to one.
    device_id: Option<Uuid>,
    /// What that device is called.
    device_name: Option<String>,
    /// From which network address it was begun.
    address: Option<String>,
    /// What the client called itself.
    client: Option<String>,
    /// When it was begun.
    started_at: DateTime<Utc>,
    /// When it was last carried on.
    last_at: DateTime<Utc>,
    /// When it ends at the latest.
    expires_at: DateTime<Utc>,
}

impl SessionBody {
    fn new(row: OwnSession, this: Option<SessionId>) -> Self {
        let (device_id, device_name) = row.device.map(|(id, name)| (id.uuid(), name)).unzip();
        Self {
            id: row.id.uuid(),
            is_this: this == Some(row.id),
            device_id,
            device_name,
            address: row.address,
            client: row.client,
            started_at: row.started_at,
            last_at: row.last_at,
            expires_at: row.expires_at,
        }
    }
}

/// Where the caller is signed in, newest first.
#[utoipa::path(
    get, path = "/v1/me/sessions", operation_id = "me.list_sessions", tag = "people", params(SessionQuery),
    responses((status = 200, description = "The sessions that go on", body = Page<SessionBody>))
)]
#[instrument(name = "http.session.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(query): Query<SessionQuery>,
) -> Result<Json<Page<SessionBody>>, Problem> {
    let paging = Paging::new(query.after, query.limit);
    let before = paging.after::<Uuid>()?.map(SessionId::from);
    let rows = app.store.list_sessions(caller.person.id, before, paging.fetch(), ambient::now_ms()).await?;
    let items = rows.into_iter().map(|row| SessionBody::new(row, caller.session)).collect();
    Ok(Json(Page::new(items, &paging, |session| session.id)))
}

/// Signs out of one of the caller's sessions, wherever it is used. All its tokens end at once.
#[utoipa::path(
    delete, path = "/v1/me/sessions/{session}", operation_id = "me.end_session", tag = "people",
    params(("session" = Uuid, Path, description = "The session")),
    responses((status = 204, description = "It is over"))
)]
#[instrument(name = "http.session.end_own", skip_all, fields(%session))]
pub async fn end(
    State(app): Shared,
    caller: Caller,
    Path(session): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let ended = app.store.end_own_session(&caller.by(), session.into(), ambient::now_ms()).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("session")) }
}
