//! `POST /v1/people/{person}/links`: makes a one-time link with which the person chooses a password. For admins.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::ambient;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::{App, Shared};

/// For how many hours a link is good unless asked otherwise.
const HOURS: u32 = 72;
/// The most hours.
const HOURS_MAX: u32 = 14 * 24;

/// This endpoint, apart from the others: its answer holds a secret and is not kept.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(add))
}

/// How long it is to be good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// For how many hours.
    #[serde(default = "hours")]
    #[schema(minimum = 1, maximum = 336)]
    hours: u32,
}

fn hours() -> u32 {
    HOURS
}

/// A one-time link.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkBody {
    /// Where the person opens it. It is shown here once and kept nowhere.
    url: String,
    /// When it stops working.
    expires_at: DateTime<Utc>,
}

/// Makes a one-time link with which a person chooses a password. Earlier ones of the same person end.
#[utoipa::path(
    post, path = "/v1/people/{person}/links", operation_id = "links.add", tag = "people",
    params(("person" = Uuid, Path, description = "The person")), request_body = NewLink,
    responses((status = 201, description = "The link", body = LinkBody))
)]
#[instrument(name = "http.person.link", skip_all, fields(%id))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(asked): Json<NewLink>,
) -> Result<impl IntoResponse, Problem> {
    caller.admin()?;
    if asked.hours == 0 || asked.hours > HOURS_MAX {
        let detail = format!("a link is good for 1 to {HOURS_MAX} hours");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_hours", detail));
    }
    let lifetime_s = i64::from(asked.hours) * 3600;
    let by = caller.by();
    let link = app.store.add_link(Some(&by), PersonId::from(id), lifetime_s, ambient::now_ms()).await?;
    let body = LinkBody { url: link.url(app.public_origin()), expires_at: link.expires_at };
    let headers: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(body)))
}
