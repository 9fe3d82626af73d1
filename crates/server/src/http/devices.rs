//! `/v1/devices`: the fleet. Everybody sees their own devices, a manager those of the people led, the office all; taking one
//! out of use and naming it is for admins, for its person, and for that person's manager.

pub mod list;
pub mod rename;
pub mod rescue;
pub mod revoke;
pub mod show;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::HeaderName;
use axum::http::header::HeaderValue;
use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, PersonId};
use roadbook_protocol::limits;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::api::{Json, Version};
use super::caller::Caller;
use super::problem::Problem;
use crate::store::office::devices::fleet::FleetRow;

/// Most bytes of a push out of a rescue file: a frame's, in hexadecimal, and what stands around it.
const RESCUE_BYTES_MAX: usize = 2 * limits::FRAME_BYTES_MAX + 1024;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(show::show, rename::rename))
        .routes(routes!(revoke::revoke))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(rescue::rescue))
                .layer(DefaultBodyLimit::max(RESCUE_BYTES_MAX)),
        )
}

/// A device that the caller may see, or the problem that there is none.
async fn seen(app: &App, caller: &Caller, id: DeviceId) -> Result<FleetRow, Problem> {
    let row = app.store.lookup_device(&caller.person, id).await?;
    row.ok_or_else(|| Problem::not_found("device"))
}

/// A device that the caller may change.
async fn managed(app: &App, caller: &Caller, id: DeviceId) -> Result<FleetRow, Problem> {
    let row = seen(app, caller, id).await?;
    let owner = PersonId::from(row.person_id);
    let manages = match caller.person.role {
        Role::Admin => true,
        Role::Manager => owner == caller.person.id || app.store.leads(caller.person.id, owner).await?,
        Role::Rep | Role::Office => owner == caller.person.id,
    };
    if manages {
        return Ok(row);
    }
    Err(Problem::not_permitted("this is only for admins, the device's own person and that person's manager"))
}

/// A device as it stands now, with its version.
async fn answer(
    app: &App,
    caller: &Caller,
    id: DeviceId,
) -> Result<([(HeaderName, HeaderValue); 1], Json<FleetRow>), Problem> {
    let row = seen(app, caller, id).await?;
    Ok((Version(row.version).header(), Json(row)))
}
