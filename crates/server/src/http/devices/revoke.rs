//! `POST /v1/devices/{device}/revoke`: takes a device out of use.

use axum::extract::State;
use roadbook_model::DeviceId;
use roadbook_sync::ledger::DeviceState;
use serde::Deserialize;
use tracing::{info, instrument};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{answer, managed};
use crate::http::Shared;
use crate::http::api::{Json, OneHeader, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::devices::fleet::FleetRow;

/// How a device goes.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevokeMode {
    /// Its person leaves or gets another one: what it still sends goes to review.
    Leaving,
    /// It is lost or stolen: nothing of it is taken any more.
    Blocked,
}

/// What is asked for. There is no default: the two are too different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// How it goes.
    mode: RevokeMode,
}

/// Takes a device out of use: it loses every lease.
#[utoipa::path(
    post, path = "/v1/devices/{device}/revoke", operation_id = "devices.revoke", tag = "devices",
    params(("device" = Uuid, Path, description = "The device")), request_body = Revocation,
    responses((status = 200, description = "The device as it is now", body = FleetRow))
)]
#[instrument(name = "http.device.revoke", skip_all, fields(%device))]
pub async fn revoke(
    State(app): Shared,
    caller: Caller,
    Path(device): Path<Uuid>,
    Json(asked): Json<Revocation>,
) -> Result<(OneHeader, Json<FleetRow>), Problem> {
    let id = DeviceId::from(device);
    managed(&app, &caller, id).await?;
    let state = match asked.mode {
        RevokeMode::Leaving => DeviceState::Leaving,
        RevokeMode::Blocked => DeviceState::Blocked,
    };
    app.store.revoke_by(&caller.by(), id, state).await?;
    info!(device = %id, mode = ?asked.mode, "a device was taken out of use");
    answer(&app, &caller, id).await
}
