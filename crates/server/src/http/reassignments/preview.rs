//! `POST /v1/reassignments/preview`: what a reassignment would do now, in numbers and names. For admins.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::add::New;
use crate::http::Shared;
use crate::http::api::Json;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::reassignments::preview::{self as store, DeviceAtStake};

/// What a reassignment would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignmentPreview)]
pub struct Preview {
    /// Accounts that would go to other territories.
    accounts: u32,
    /// Where they would go, by code; empty when others would come to hold the territories.
    destinations: Vec<Destination>,
    /// Devices that would lose or get something; those with most unsent work first.
    devices: Vec<AtStake>,
    /// Given with the reassignment, it makes sure that just this happens or nothing.
    basis: String,
}

/// A territory to which accounts would go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignmentDestinationAtStake)]
pub struct Destination {
    /// The territory.
    territory_id: Uuid,
    /// Its code.
    code: String,
    /// What it is called.
    name: String,
    /// How many accounts would go there.
    accounts: u32,
}

impl From<store::Destination> for Destination {
    fn from(it: store::Destination) -> Self {
        Self { territory_id: it.territory.uuid(), code: it.code, name: it.name, accounts: it.accounts }
    }
}

/// A device that would lose or get something, and what it last said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignmentDevice)]
pub struct AtStake {
    /// The device.
    device_id: Uuid,
    /// What its person calls it.
    name: String,
    /// Its person.
    person_id: Uuid,
    /// Its person's name.
    person_name: String,
    /// When it was last heard of: its last hello, or work that left nothing unsent on it.
    last_seen_at: Option<DateTime<Utc>>,
    /// How many items were then waiting on it.
    unsent: u32,
    /// How old the oldest of them was, in seconds.
    oldest_s: u32,
    /// How many accounts and territories it would lose.
    loses: u32,
    /// How many it would get.
    gains: u32,
}

impl From<DeviceAtStake> for AtStake {
    fn from(it: DeviceAtStake) -> Self {
        Self {
            device_id: it.id.uuid(),
            name: it.name,
            person_id: it.person_id.uuid(),
            person_name: it.person,
            last_seen_at: it.last_seen_at,
            unsent: it.unsent,
            oldest_s: it.oldest_s,
            loses: it.loses,
            gains: it.gains,
        }
    }
}

/// Says what a reassignment would do now, and does nothing.
#[utoipa::path(
    post, path = "/v1/reassignments/preview", operation_id = "reassignments.preview", tag = "reassignments",
    request_body = New, responses((status = 200, description = "What it would do", body = Preview))
)]
#[instrument(name = "http.reassignment.preview", skip_all)]
pub async fn preview(
    State(app): Shared,
    caller: Caller,
    Json(new): Json<New>,
) -> Result<Json<Preview>, Problem> {
    caller.admin()?;
    let preview = app.store.preview_reassignment(&new.read(&app).await?).await?;
    let devices = preview.devices.into_iter().map(AtStake::from).collect();
    Ok(Json(Preview {
        accounts: preview.moved.accounts,
        destinations: preview.destinations.into_iter().map(Destination::from).collect(),
        devices,
        basis: preview.basis.to_string(),
    }))
}
