//! `/healthz`: the program runs. `/readyz`: it can answer. `/metrics`: what it counts. `/openapi.json`: what else there is.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tracing::instrument;

use super::Shared;
use super::problem::Problem;
use crate::metrics;

/// The program runs.
pub async fn live() -> &'static str {
    "ok\n"
}

/// The program can answer: its database does.
#[instrument(name = "http.health.ready", skip_all)]
pub async fn ready(State(app): Shared) -> Result<&'static str, Problem> {
    if *app.stopping.borrow() {
        return Err(Problem::unavailable("the server is stopping"));
    }
    let alive = sqlx::query_scalar!(r#"select 1 as "one!""#).fetch_one(app.store.pool()).await;
    alive.map(|_| "ready\n").map_err(|error| Problem::fault(&error))
}

/// What the server counts, for Prometheus.
pub async fn metrics(State(app): Shared) -> impl IntoResponse {
    let text = metrics::render(app.store.wake().head());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// The description of this interface, as it stands in the repository.
pub async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], include_str!("../../openapi.json"))
}
