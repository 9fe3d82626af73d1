//! `GET /v1/reassignments/{reassignment}/devices`: which devices still drain, and how much. For the office.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shown;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::reassignments::progress::Drain;

/// How far the devices are that lost something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignmentProgress)]
pub struct Progress {
    /// planned, in_effect, draining, complete, abandoned, cancelled or failed.
    state: String,
    /// The devices, those with most still open first.
    devices: Vec<Draining>,
}

/// A device that lost something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignmentDrain)]
pub struct Draining {
    /// The device.
    device_id: Uuid,
    /// What its person calls it.
    name: String,
    /// active; leaving (what it still sends goes to review, then it wipes itself); blocked (nothing more is taken from it); wiped.
    state: String,
    /// Its person.
    person_id: Uuid,
    /// Its person's name.
    person_name: String,
    /// How many leases it has still to close.
    open: u32,
    /// How many it has closed: nothing more comes under those.
    closed: u32,
    /// When it was last heard of: its last hello, or work that left nothing unsent on it.
    last_seen_at: Option<DateTime<Utc>>,
    /// How many items were then waiting on it.
    unsent: u32,
    /// How old the oldest of them was, in seconds.
    oldest_s: u32,
}

impl From<Drain> for Draining {
    fn from(it: Drain) -> Self {
        Self {
            device_id: it.device.uuid(),
            name: it.name,
            state: it.state,
            person_id: it.person_id.uuid(),
            person_name: it.person,
            open: it.leases,
            closed: it.closed,
            last_seen_at: it.last_seen_at,
            unsent: it.unsent,
            oldest_s: it.oldest_s,
        }
    }
}

/// Which devices still drain.
#[utoipa::path(
    get, path = "/v1/reassignments/{reassignment}/devices", operation_id = "reassignments.devices",
    tag = "reassignments", params(("reassignment" = Uuid, Path, description = "The reassignment")),
    responses((status = 200, description = "How far they are", body = Progress))
)]
#[instrument(name = "http.reassignment.devices", skip_all, fields(%reassignment))]
pub async fn devices(
    State(app): Shared,
    caller: Caller,
    Path(reassignment): Path<Uuid>,
) -> Result<Json<Progress>, Problem> {
    caller.office()?;
    let id = reassignment.into();
    let state = shown(&app, id).await?.state;
    let devices = app.store.list_drains(id).await?.into_iter().map(Draining::from).collect();
    Ok(Json(Progress { state, devices }))
}
