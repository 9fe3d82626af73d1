//! What the outside sees: HTTP under `/v1`, JSON, problem details. One endpoint per file, in the tree of the URLs.
//!
//! | endpoint | file | who |
//! | --- | --- | --- |
//! | `GET /v1/sync` (WebSocket), `POST /v1/sync` | [`sync`] | devices, by the proof in their hello |
//! | `POST /v1/enrol` | [`enrol`] | devices to be, by a single-use code |
//! | `GET /v1/log` | [`log`] | office and admins, by access token |
//! | `GET /healthz`, `/readyz`, `/metrics`, `/openapi.json` | [`health`] | whoever watches the server |

pub mod bearer;
pub mod enrol;
pub mod health;
pub mod log;
pub mod problem;
pub mod sync;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use roadbook_protocol::limits;
use tokio::sync::{mpsc, watch};

use self::enrol::WrongCodes;
use self::problem::Problem;
use crate::keys::Keys;
use crate::store::Store;

/// How long a request may take, streams excepted.
const REQUEST_MAX: Duration = Duration::from_secs(60);
/// Bytes of a JSON body.
const JSON_BYTES_MAX: usize = 64 * 1024;

/// What every endpoint works with.
pub struct App {
    /// The store.
    pub store: Store,
    /// The server's own keys.
    pub keys: Keys,
    /// Addresses by which the server is reached: scheme, host and port each, the public one first. A hello is bound to
    /// one of them, so that no other server can pass it on.
    pub origins: Vec<String>,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// Held by every stream and socket; the server waits until all are dropped.
    pub open: mpsc::Sender<()>,
    /// Wrong enrolment codes lately.
    pub wrong_codes: WrongCodes,
}

/// Shorthand for handlers.
pub type Shared = State<Arc<App>>;

impl App {
    /// The public address: what tokens are issued for.
    pub fn public_origin(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }

    /// Resolves when the server stops.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // An error means that whoever could have said so is gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

/// All endpoints.
pub fn router(app: Arc<App>) -> Router {
    let frames = DefaultBodyLimit::max(2 * limits::FRAME_BYTES_MAX);
    let plain = Router::new()
        .route("/v1/sync", post(sync::post::answer).layer(frames))
        .route("/v1/enrol", post(enrol::add).layer(DefaultBodyLimit::max(JSON_BYTES_MAX)))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(health::openapi))
        .layer(from_fn(in_time));
    let streams =
        Router::new().route("/v1/sync", get(sync::socket::upgrade)).route("/v1/log", get(log::list));
    plain
        .merge(streams)
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this address does not take that method",
            )
        })
        .with_state(app)
}

/// Ends a request that takes too long.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable("the server took too long; try again").into_response(),
    }
}
