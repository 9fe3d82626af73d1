//! `POST /v1/territories/{territory}/holders`: lets a person hold a territory. For admins.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use roadbook_model::{HolderId, PersonId};
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{As, Held};
use crate::http::Shared;
use crate::http::api::{Fresh, Json, Path, Version, created};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::terms::{Done, Terms};
use crate::http::territories::seen;
use crate::store::office::holders::NewHolder;

/// A hold to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHolding {
    /// Who.
    person_id: Uuid,
    /// In what capacity. A territory has one owner at a time; co-owners and covers stand beside.
    capacity: As,
    /// From when; without it, from now. It takes effect by itself then.
    #[serde(default)]
    from_at: Option<DateTime<Utc>>,
    /// Until when; without it, with no end.
    #[serde(default)]
    to_at: Option<DateTime<Utc>>,
    /// What becomes of late work when it ends.
    #[serde(default)]
    terms: Terms,
}

/// Lets a person hold a territory, from now or from a time on.
#[utoipa::path(
    post, path = "/v1/territories/{territory}/holders", operation_id = "holders.add", tag = "territories",
    params(("territory" = Uuid, Path, description = "The territory")), request_body = NewHolding,
    responses((status = 201, description = "The holding", body = Held))
)]
#[instrument(name = "http.holder.add", skip_all, fields(%territory))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path(territory): Path<Uuid>,
    Fresh(id): Fresh,
    Json(new): Json<NewHolding>,
) -> Result<Response, Problem> {
    caller.admin()?;
    let territory = seen(&app, &caller, territory).await?;
    let new = NewHolder {
        person: PersonId::from(new.person_id),
        territory,
        capacity: new.capacity.into(),
        from_ms: new.from_at.map(|at| at.timestamp_millis()),
        to_ms: new.to_at.map(|at| at.timestamp_millis()),
        end: new.terms.into(),
    };
    let (holder, moved) = app.store.hold(&caller.by(), HolderId::from(id), &new).await?;
    let version = Version(holder.version);
    let location = format!("/v1/territories/{territory}/holders/{}", holder.id);
    let body = Held { holding: Some(holder.into()), done: Done::from(&moved) };
    Ok(created(&location, Some(version), body))
}
