//! `/healthz`: the program runs. `/readyz`: it can answer. `/metrics`: what it counts. `/openapi.json`: what else there is.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tracing::instrument;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::{App, Shared};
use crate::metrics;

/// These endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(metrics))
        .routes(routes!(openapi))
}

/// The program runs.
#[utoipa::path(
    get, path = "/healthz", operation_id = "health.live", tag = "health",
    responses((status = 200, description = "The program runs", content_type = "text/plain", body = String))
)]
pub async fn live() -> &'static str {
    "ok\n"
}

/// The program can answer: its database does.
#[utoipa::path(
    get, path = "/readyz", operation_id = "health.ready", tag = "health",
    responses((status = 200, description = "Its database answers", content_type = "text/plain", body = String))
)]
#[instrument(name = "http.health.ready", skip_all)]
pub async fn ready(State(app): Shared) -> Result<&'static str, Problem> {
    if *app.stopping.borrow() {
        return Err(Problem::unavailable("the server is stopping"));
    }
    let alive = sqlx::query_scalar!(r#"select 1 as "one!""#).fetch_one(app.store.pool()).await;
    alive.map(|_| "ready\n").map_err(|error| Problem::fault(&error))
}

/// What the server counts, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", operation_id = "health.metrics", tag = "health",
    responses((status = 200, description = "Counts", content_type = "text/plain", body = String))
)]
pub async fn metrics(State(app): Shared) -> impl IntoResponse {
    let text = metrics::render(app.store.wake().head());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// The description of this interface.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "health.openapi", tag = "health",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = serde_json::Value))
)]
pub async fn openapi() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| super::description().to_json().unwrap_or_default());
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str())
}
