//! What the outside sees: HTTP under `/v1`, JSON, problem details. One endpoint per file, in the tree of the URLs.
//!
//! Shared by all: [`api`] (bodies, pages, versions), [`caller`] (who asks), [`problem`], [`idempotency`], [`openapi`]. Each
//! resource is a module with a `routes()` of its own; [`resources`] lists them.

pub mod accounts;
pub mod api;
pub mod audit;
pub mod brief;
pub mod caller;
pub mod calls;
pub mod cases;
pub mod conflicts;
pub mod departments;
pub mod devices;
mod download;
pub mod due;
pub mod duplicates;
pub mod enrol;
pub mod enrol_codes;
pub mod exports;
pub mod figures;
pub mod health;
pub mod held;
pub mod idempotency;
pub mod imports;
pub mod jwks;
mod kind;
pub mod late;
mod link;
pub mod log;
pub mod names;
pub mod openapi;
pub mod opportunities;
pub mod orders;
pub mod people;
pub mod problem;
pub mod processes;
pub mod reassignments;
pub mod records;
pub mod reference;
pub mod requests;
pub mod rules;
pub mod sample;
pub mod search;
pub mod session;
pub mod settings;
pub mod sync;
pub mod tasks;
pub mod terms;
pub mod territories;
pub mod visits;
pub mod web;
pub mod why;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, watch};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use self::enrol::WrongCodes;
use self::problem::Problem;
use crate::keys::Keys;
use crate::oidc::Provider;
use crate::password::Passwords;
use crate::store::Store;
use crate::store::office::sample::Source;

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
    /// Hashes passwords, in turn.
    pub passwords: Passwords,
    /// The organisation's own provider, if it has one.
    pub oidc: Provider,
    /// Wrong enrolment codes lately.
    pub wrong_codes: WrongCodes,
    /// Where sample data comes from.
    pub sample: Source,
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

/// The JSON API: one line for each resource.
fn resources() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(enrol::routes())
        .merge(audit::routes())
        .merge(devices::routes())
        .merge(enrol_codes::routes())
        .merge(people::routes())
        .merge(figures::routes())
        .merge(due::routes())
        .merge(departments::routes())
        .merge(requests::routes())
        .merge(records::routes())
        .merge(orders::routes())
        .merge(processes::routes())
        .merge(visits::routes())
        .merge(tasks::routes())
        .merge(opportunities::routes())
        .merge(cases::routes())
        .merge(calls::routes())
        .merge(search::routes())
        .merge(names::routes())
        .merge(settings::routes())
        .merge(sample::routes())
        .merge(brief::routes())
        .merge(held::routes())
        .merge(late::routes())
        .merge(conflicts::routes())
        .merge(why::routes())
        .merge(territories::routes())
        .merge(rules::routes())
        .merge(reference::routes())
        .merge(accounts::routes())
        .merge(duplicates::routes())
        .merge(reassignments::routes())
        .merge(imports::routes())
        .merge(exports::routes())
        .merge(health::routes())
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
}

/// What answers with secrets: no answer of it is kept to be given again, whatever its Idempotency-Key.
fn secrets() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(people::link::routes())
        .merge(jwks::routes())
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
}

/// What takes its own time or its own limits.
fn streams() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().merge(sync::routes()).merge(log::routes())
}

/// The description of all endpoints.
pub fn description() -> OpenApi {
    openapi::complete(resources().merge(secrets()).merge(streams()).into_openapi())
}

/// All endpoints.
pub fn router(app: Arc<App>) -> Router {
    let once = from_fn_with_state(Arc::clone(&app), idempotency::once);
    let resources: Router<Arc<App>> = resources().into();
    let secrets: Router<Arc<App>> = secrets().into();
    let streams: Router<Arc<App>> = streams().into();
    resources
        .layer(once)
        .merge(secrets)
        .merge(link::routes())
        .merge(web::routes())
        .layer(from_fn(in_time))
        .merge(streams)
        .layer(from_fn(api::plain_address))
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
