//! `POST /v1/people/{person}/enrol-codes`: a single-use code with which one device is enrolled, to be read, clicked or
//! scanned.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use roadbook_model::permission::Role;
use roadbook_model::{DeviceId, PersonId};
use roadbook_protocol::enrol::EnrolLink;
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, OneHeader, Path};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::qr::Qr;
use crate::store::office::enrol::NewEnrolCode;

/// For how long a code is good unless asked otherwise.
const HOURS: i64 = 72;
/// For how long it may be good: ninety days.
const HOURS_MAX: i64 = 2160;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(add))
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolCodeWanted {
    /// For how many hours it is good; 72 if not said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2160)]
    hours: Option<i64>,
    /// A device of this person that leaves when the code is used: the new one takes its place.
    #[serde(default)]
    replaces: Option<Uuid>,
}

/// A code. It is shown this once and kept nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolCodeShown {
    /// The code.
    code: String,
    /// Code and server in one link, for `device enrol --url` or the app.
    url: String,
    /// The link as a QR code: a picture as a data URL (PNG).
    png: String,
    /// When it stops working.
    expires_at: DateTime<Utc>,
}

/// Gives out a code. For admins, and for managers to the people they lead.
#[utoipa::path(
    post, path = "/v1/people/{person}/enrol-codes", operation_id = "enrol_codes.add", tag = "devices",
    params(("person" = Uuid, Path, description = "For whom")), request_body = EnrolCodeWanted,
    responses((status = 201, description = "The code", body = EnrolCodeShown))
)]
#[instrument(name = "http.enrol_code.add", skip_all, fields(%person))]
pub async fn add(
    State(app): Shared,
    caller: Caller,
    Path(person): Path<Uuid>,
    Json(wanted): Json<EnrolCodeWanted>,
) -> Result<(StatusCode, OneHeader, Json<EnrolCodeShown>), Problem> {
    let person = PersonId::from(person);
    caller.one_of(&[Role::Manager, Role::Admin])?;
    if caller.person.role == Role::Manager && !app.store.leads(caller.person.id, person).await? {
        return Err(Problem::not_found("person"));
    }
    let hours = wanted.hours.unwrap_or(HOURS);
    if !(1..=HOURS_MAX).contains(&hours) {
        let detail = format!("a code is good for 1 to {HOURS_MAX} hours");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "out_of_range", detail));
    }
    let new =
        NewEnrolCode { person, lifetime_s: hours * 3600, replaces: wanted.replaces.map(DeviceId::from) };
    let made = app.store.add_enrol_code_by(Some(&caller.by()), new).await?;
    let url = EnrolLink { origin: app.public_origin().to_owned(), code: made.code.clone() }.to_string();
    let shown = EnrolCodeShown { png: picture(&url)?, code: made.code, url, expires_at: made.expires_at };
    // A secret that is shown once: nothing in between keeps it, and neither does a key for repetition.
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((StatusCode::CREATED, [no_store], Json(shown)))
}

fn picture(url: &str) -> Result<String, Problem> {
    let qr = Qr::of(url).map_err(|error| Problem::fault(&error))?;
    let png = qr.png().map_err(|error| Problem::fault(&error))?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}
