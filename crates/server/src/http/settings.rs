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
use crate::store::office::settings::{OrganisationSettings, SettingsChange};

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
    #[serde(default)]
    #[schema(minimum = 1, maximum = 365)]
    offline_days: Option<i32>,
    /// The name under which the organisation sells: at the head of quotes and orders that leave the house.
    #[serde(default)]
    #[schema(max_length = 200)]
    seller_name: Option<String>,
    /// Its address, in lines as on paper.
    #[serde(default)]
    #[schema(max_length = 1000)]
    seller_address: Option<String>,
    /// Its tax number.
    #[serde(default)]
    #[schema(max_length = 60)]
    seller_tax_id: Option<String>,
    /// The terms under which it sells: at the foot of them.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    order_terms: Option<String>,
}

impl SettingsEdit {
    /// The change, if every text has a length that one may print.
    fn change(self) -> Result<SettingsChange, Problem> {
        let Self { offline_days, seller_name, seller_address, seller_tax_id, order_terms } = self;
        let texts = [
            ("seller_name", &seller_name, 200),
            ("seller_address", &seller_address, 1_000),
            ("seller_tax_id", &seller_tax_id, 60),
            ("order_terms", &order_terms, 10_000),
        ];
        for (name, text, most) in texts {
            if text.as_ref().is_some_and(|text| text.chars().count() > most) {
                return Err(Problem::malformed(format!("`{name}` has at most {most} characters")));
            }
        }
        Ok(SettingsChange { offline_days, seller_name, seller_address, seller_tax_id, order_terms })
    }
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
    app.store.change_settings(&caller.by(), version, &edit.change()?).await?;
    answer(&app).await
}

async fn answer(app: &App) -> Result<Settings, Problem> {
    let settings = app.store.lookup_settings().await?;
    Ok((Version(settings.version).header(), Json(settings)))
}
