//! `GET /v1/devices`: the devices that one may see.

use axum::extract::State;
use chrono::{DateTime, Utc};
use roadbook_model::PersonId;
use roadbook_sync::ledger::DeviceState;
use serde::Deserialize;
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::Shared;
use crate::http::api::{Json, Page, Paging, Query};
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::store::cells::state_word;
use crate::store::office::devices::fleet::{FleetFilter, FleetRow};

/// Whether a device may work.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    /// Yes.
    Active,
    /// What it still sends goes to review.
    Leaving,
    /// It said that everything on it is gone.
    Wiped,
    /// Nothing of it is taken.
    Blocked,
}

impl From<StateWord> for DeviceState {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Active => Self::Active,
            StateWord::Leaving => Self::Leaving,
            StateWord::Wiped => Self::Wiped,
            StateWord::Blocked => Self::Blocked,
        }
    }
}

/// Which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Of this person.
    person: Option<Uuid>,
    /// In this state.
    #[param(inline)]
    state: Option<StateWord>,
    /// Not seen since this moment (RFC 3339).
    stale_since: Option<DateTime<Utc>>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The devices that one may see, in the order of their enrolment.
#[utoipa::path(
    get, path = "/v1/devices", operation_id = "devices.list", tag = "devices", params(Wanted),
    responses((status = 200, description = "A page of devices", body = Page<FleetRow>))
)]
#[instrument(name = "http.device.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<FleetRow>>, Problem> {
    let paging = Paging::new(wanted.after, wanted.limit);
    let filter = FleetFilter {
        id: None,
        person: wanted.person.map(PersonId::from),
        state: wanted.state.map(|word| state_word(word.into()).to_owned()),
        stale_since: wanted.stale_since,
        after: paging.after()?,
    };
    let rows = app.store.list_devices(&caller.person, &filter, paging.fetch()).await?;
    Ok(Json(Page::new(rows, &paging, |row| row.id)))
}
