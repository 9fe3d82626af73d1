//! `GET /v1/why`: why a record, a change or a pushed item is here, is not here, or is held.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tracing::instrument;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::store::office::conflicts::index::from_hex;
use crate::store::office::why::{Standing, Why, WhySubject};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read))
}

/// What is asked about: a record, a record and a device, a change, or a device and a push number.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// This record.
    record: Option<Uuid>,
    /// The change with this hash, in hexadecimal.
    change: Option<String>,
    /// Whether the record is on this device; or the device that pushed the item.
    device: Option<Uuid>,
    /// The item with this push number.
    #[param(minimum = 1)]
    number: Option<u64>,
    /// The generation of the device's store when it pushed the item.
    #[param(minimum = 1, default = 1)]
    store_generation: Option<u32>,
}

impl Wanted {
    fn subject(&self) -> Result<WhySubject, Problem> {
        match (self.record, &self.change, self.device, self.number) {
            (Some(record), None, device, None) => {
                Ok(WhySubject::Record(record.into(), device.map(Into::into)))
            }
            (None, Some(change), None, None) => from_hex(change)
                .map(WhySubject::Change)
                .ok_or_else(|| Problem::malformed("a change's hash is 64 hexadecimal digits")),
            (None, None, Some(device), Some(number)) => {
                Ok(WhySubject::Item(device.into(), self.store_generation.unwrap_or(1), number))
            }
            _ => Err(Problem::malformed(
                "ask about one thing: record, record and device, change, or device and number",
            )),
        }
    }
}

/// Why something is as it is: what happened to it, in sentences with positions of the log. Reps and managers ask about what
/// is in their reach, and about their own work.
#[utoipa::path(
    get, path = "/v1/why", operation_id = "why.read", tag = "records", params(Wanted),
    responses((status = 200, description = "The answer", body = Why))
)]
#[instrument(name = "http.why.read", skip_all)]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Why>, Problem> {
    let subject = wanted.subject()?;
    if let WhySubject::Record(_, Some(device)) = subject
        && !caller.person.role.is_office()
        && !app.store.leads_device(caller.person.id, device).await?
    {
        return Err(Problem::not_found("thing"));
    }
    let why = app.store.why(subject).await?.ok_or_else(|| Problem::not_found("thing"))?;
    if may_read(&app, &caller, &why).await? {
        return Ok(Json(why));
    }
    Err(Problem::not_found("thing"))
}

/// The office reads everything; others what concerns an account in their reach, and their own work that is not taken in.
async fn may_read(app: &App, caller: &Caller, why: &Why) -> Result<bool, Problem> {
    if caller.person.role.is_office() {
        return Ok(true);
    }
    let is_own = why.owner == Some(caller.person.id.uuid());
    match why.account_id {
        _ if is_own && why.standing != Standing::InTheRecord => Ok(true),
        Some(account) => Ok(app.store.sees_account(&caller.person, account.into()).await?),
        None => Ok(false),
    }
}
