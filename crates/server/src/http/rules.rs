//! `/v1/rules`: what all rules together would do with existing accounts, doing it, and the areas that they
//! name.

mod apply;
mod areas;
mod preview;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(preview::preview))
        .routes(routes!(apply::apply))
        .routes(routes!(areas::areas))
}
