//! `GET /v1/devices/{device}`: one device, with what it owes.

use axum::extract::State;
use roadbook_model::DeviceId;
use tracing::instrument;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, OneHeader, Path, Version};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::devices::fleet::FleetDetail;

/// A device, with the leases that it still has to close and what of its work is held.
#[utoipa::path(
    get, path = "/v1/devices/{device}", operation_id = "devices.read", tag = "devices",
    params(("device" = Uuid, Path, description = "The device")),
    responses((status = 200, description = "The device", body = FleetDetail))
)]
#[instrument(name = "http.device.show", skip_all, fields(%device))]
pub async fn show(
    State(app): Shared,
    caller: Caller,
    Path(device): Path<Uuid>,
) -> Result<(OneHeader, Json<FleetDetail>), Problem> {
    let row = seen(&app, &caller, DeviceId::from(device)).await?;
    let version = Version(row.version).header();
    Ok((version, Json(app.store.detail_device(row).await?)))
}
