//! `PATCH /v1/devices/{device}`: calls a device otherwise.

use axum::extract::State;
use roadbook_model::DeviceId;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{answer, managed};
use crate::http::Shared;
use crate::http::api::{IfMatch, Json, OneHeader, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::office::devices::fleet::FleetRow;

/// What may be edited of a device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceEdit {
    /// What it is called from now on.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Calls a device otherwise.
#[utoipa::path(
    patch, path = "/v1/devices/{device}", operation_id = "devices.edit", tag = "devices",
    params(("device" = Uuid, Path, description = "The device"),
           ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = DeviceEdit,
    responses((status = 200, description = "The device as it is now", body = FleetRow))
)]
#[instrument(name = "http.device.rename", skip_all, fields(%device))]
pub async fn rename(
    State(app): Shared,
    caller: Caller,
    Path(device): Path<Uuid>,
    IfMatch(version): IfMatch,
    Json(edit): Json<DeviceEdit>,
) -> Result<(OneHeader, Json<FleetRow>), Problem> {
    let id = DeviceId::from(device);
    managed(&app, &caller, id).await?;
    app.store.rename_device(&caller.by(), id, version, &edit.name).await?;
    answer(&app, &caller, id).await
}
