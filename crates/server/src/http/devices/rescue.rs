//! `POST /v1/devices/{device}/rescue`: brings a push out of a device's rescue file. For the office and admins.

use axum::extract::State;
use roadbook_model::DeviceId;
use roadbook_protocol::frame::Push;
use roadbook_protocol::{Blob, Outcome, Receipt, Signature, code, enrol};
use roadbook_sync::ledger::Halt;
use serde::{Deserialize, Serialize};
use tracing::{info, instrument};
use utoipa::ToSchema;
use uuid::Uuid;

use super::seen;
use crate::http::Shared;
use crate::http::api::{Json, Path};
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// One of a rescue file's `pushes`, as it stands there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rescue)]
pub struct Signed {
    /// The store generation that it was signed for.
    store_generation: u32,
    /// The deflated list of items, hexadecimal.
    #[serde(with = "enrol::hex")]
    #[schema(value_type = String, pattern = "^([0-9a-f]{2})*$", example = "789c010100feff80")]
    items: Vec<u8>,
    /// The device's signature over it, hexadecimal: 64 bytes.
    #[serde(with = "enrol::hex")]
    #[schema(value_type = String, pattern = "^[0-9a-f]{128}$", example = json!("00".repeat(64)))]
    signature: Signature,
}

/// What became of a push out of a rescue file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rescued)]
pub struct Answered {
    /// The answers to its items, in their order.
    items: Vec<AnsweredItem>,
    /// Why the rest has none; null if all have. Nothing of the rest was written down.
    stopped: Option<Stopped>,
}

/// The answer to one item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RescuedItem)]
pub struct AnsweredItem {
    /// Its push number.
    number: u64,
    /// Whether it had this answer before: the device had sent it, or the file was loaded before.
    known: bool,
    /// What became of it.
    outcome: RescueOutcome,
    /// The position of the log entry that says so.
    position: u64,
    /// For what is held or refused: why, as a stable word.
    code: Option<String>,
    /// For what is held or refused: why, for people.
    text: Option<String>,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RescueOutcome {
    /// It is in the record.
    InRecord,
    /// It is in the record, and came after its account was withdrawn.
    Late,
    /// It is kept for the office.
    Held,
    /// It can never be taken.
    Refused,
}

/// Why the rest of a push was not judged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RescueStopped)]
pub struct Stopped {
    /// Why, as a stable word: `push_gap`, `new_generation_required`, `set_aside_too_much`, `wiped`, `other_store`, `malformed`.
    code: String,
    /// Why, for people.
    text: String,
    /// After how many seconds it is worth trying again, if it is.
    retry_after_s: Option<u32>,
}

impl From<Halt> for Stopped {
    fn from(halt: Halt) -> Self {
        let (code, wait_ms) = match halt {
            Halt::Blocked => (code::BLOCKED, None),
            Halt::Wiped => (code::WIPED, None),
            Halt::NewGeneration(_) => (code::NEW_GENERATION, None),
            Halt::Gap { .. } | Halt::LeavesTooEarly { .. } => (code::PUSH_GAP, None),
            Halt::Stale => ("other_store", None),
            Halt::AsideFull(wait_ms) => (code::SET_ASIDE_TOO_MUCH, Some(wait_ms)),
            Halt::Unreadable => (code::MALFORMED, None),
        };
        let retry_after_s = wait_ms.map(|wait_ms| wait_ms.div_ceil(1000));
        Self { code: code.to_owned(), text: halt.to_string(), retry_after_s }
    }
}

fn answered(receipt: Receipt, known: u64) -> AnsweredItem {
    let (outcome, reason) = match receipt.outcome {
        Outcome::InRecord { late: false } => (RescueOutcome::InRecord, None),
        Outcome::InRecord { late: true } => (RescueOutcome::Late, None),
        Outcome::Held(reason) => (RescueOutcome::Held, Some(reason)),
        Outcome::Refused(reason) => (RescueOutcome::Refused, Some(reason)),
    };
    let (code, text) = reason.map(|reason| (reason.code, reason.text)).unzip();
    let (number, position) = (receipt.number, receipt.position);
    AnsweredItem { number, known: number <= known, outcome, position, code, text }
}

/// Judges a push that a device signed and could not send, as if the device had sent it now. Loaded again, or sent by the
/// device after all, each item keeps its answer.
#[utoipa::path(
    post, path = "/v1/devices/{device}/rescue", operation_id = "devices.rescue", tag = "devices",
    params(("device" = Uuid, Path, description = "The device that wrote the file")), request_body = Signed,
    responses((status = 200, description = "What became of its items", body = Answered))
)]
#[instrument(name = "http.device.rescue", skip_all, fields(%device))]
pub async fn rescue(
    State(app): Shared,
    caller: Caller,
    Path(device): Path<Uuid>,
    Json(signed): Json<Signed>,
) -> Result<Json<Answered>, Problem> {
    caller.office()?;
    let id = DeviceId::from(device);
    seen(&app, &caller, id).await?;
    let push = Push { items: Blob(signed.items), signature: signed.signature };
    let done = app.store.rescue(&caller.by(), id, signed.store_generation, &push).await?;
    info!(device = %id, items = done.receipts.len(), "a push out of a rescue file was judged");
    let items = done.receipts.into_iter().map(|receipt| answered(receipt, done.known)).collect();
    Ok(Json(Answered { items, stopped: done.halt.map(Stopped::from) }))
}
