//! `/v1/settings`: what the organisation itself decides about how it works.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::HeaderValue;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{IfMatch, Json, Version};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::settings::OrganisationSettings;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(show, edit))
}

/// Settings with their version.
type Settings = ([(HeaderName, HeaderValue); 1], Json<OrganisationSettings>);

/// The organisation's settings. For the office and admins.
#[utoipa::path(
    get, path = "/v1/settings", operation_id = "settings.read", tag = "settings",
    responses((status = 200, description = "The settings", body = OrganisationSettings))
)]
#[instrument(name = "http.setting.show", skip_all)]
pub async fn show(State(app): Shared, caller: Caller) -> Result<Settings, Problem> {
    caller.office()?;
    answer(&app).await
}

/// What is to be otherwise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsEdit {
    /// Days without contact after which a device asks its person to sign in before it shows records.
    #[schema(minimum = 1, maximum = 365)]
    offline_days: i32,
}

/// Edits the settings. For admins; devices hear of it with their next welcome.
#[utoipa::path(
    patch, path = "/v1/settings", operation_id = "settings.edit", tag = "settings",
    params(("If-Match" = String, Header, description = "The ETag that was read")), request_body = SettingsEdit,
    responses((status = 200, description = "The settings as they are now", body = OrganisationSettings))
)]
#[instrument(name = "http.setting.edit", skip_all)]
pub async fn edit(
    State(app): Shared,
    caller: Caller,
    IfMatch(version): IfMatch,
    Json(edit): Json<SettingsEdit>,
) -> Result<Settings, Problem> {
    caller.admin()?;
    app.store.set_offline_days(&caller.by(), version, edit.offline_days).await?;
    answer(&app).await
}

async fn answer(app: &App) -> Result<Settings, Problem> {
    let settings = app.store.lookup_settings().await?;
    Ok((Version(settings.version).header(), Json(settings)))
}
