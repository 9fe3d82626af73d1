//! `/v1/territories/{territory}/rules`: by which rules accounts are placed in a territory.

mod put;
mod read;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::App;

/// Longest list of rules as JSON: areas have many positions.
const RULES_BYTES_MAX: usize = 4 * 1024 * 1024;

/// This resource's endpoints.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read::read, put::put)).layer(DefaultBodyLimit::max(RULES_BYTES_MAX))
}
