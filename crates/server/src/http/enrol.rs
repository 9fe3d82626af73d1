//! `POST /v1/enrol`: a single-use code and a public key against a device's identity.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use roadbook_protocol::Mark;
use roadbook_protocol::enrol::{EnrolAnswer, EnrolRequest};
use tracing::{info, instrument};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, OneHeader};
use super::caller::Address;
use super::problem::Problem;
use super::{App, Shared};
use crate::ambient;
use crate::store::office::OfficeError;

/// Wrong codes after which an address has to wait.
const WRONG_MAX: u32 = 5;
/// How long it waits then, and how long wrong codes are remembered.
const WAIT_MS: i64 = 60_000;
/// Addresses that are remembered; beyond that, all are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Wrong codes by address. Guessing is hopeless anyhow (60 bits); this keeps it from becoming load.
#[derive(Debug, Default)]
pub struct WrongCodes(Mutex<HashMap<IpAddr, (u32, i64)>>);

impl WrongCodes {
    /// Seconds that an address has to wait before it may try again.
    fn wait_s(&self, address: IpAddr, now_ms: i64) -> Option<u32> {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last_ms) = wrong.get(&address)?;
        let rest_ms = last_ms + WAIT_MS - now_ms;
        (*count >= WRONG_MAX && rest_ms > 0).then(|| u32::try_from(rest_ms / 1000 + 1).unwrap_or(1))
    }

    fn add(&self, address: IpAddr, now_ms: i64) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= ADDRESSES_MAX {
            wrong.clear();
        }
        let (count, last_ms) = wrong.entry(address).or_insert((0, now_ms));
        if now_ms - *last_ms > WAIT_MS {
            *count = 0;
        }
        *count += 1;
        *last_ms = now_ms;
    }

    fn forget(&self, address: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(add))
}

/// The shape of an [`EnrolRequest`].
#[derive(ToSchema)]
#[schema(as = EnrolRequest)]
#[expect(dead_code, reason = "only its description is used: the type itself belongs to the protocol")]
struct RequestShape {
    /// The single-use code that an admin gave out.
    code: String,
    /// What the device is to be called in the office.
    #[schema(max_length = 100)]
    name: String,
    /// Its public key: P-256, SEC1 compressed, hex.
    #[schema(min_length = 66, max_length = 66)]
    public_key: String,
}

/// The shape of an [`EnrolAnswer`].
#[derive(ToSchema)]
#[schema(as = EnrolAnswer)]
#[expect(dead_code, reason = "only its description is used: the type itself belongs to the protocol")]
struct AnswerShape {
    /// The device's id from now on.
    device: Uuid,
    /// The person it is enrolled for.
    person: Uuid,
    /// That person's role: rep, manager, office or admin.
    role: String,
    /// That person's name.
    person_name: String,
    /// The key that signs pages: P-256, SEC1 compressed, hex.
    server_key: String,
    /// The organisation's key for record digests: 16 bytes, hex.
    digest_key: String,
    /// The server's epoch: 16 bytes, hex.
    epoch: String,
    /// Where the device starts to read the log.
    cursor: CursorShape,
    /// To be signed in the first hello: 16 bytes, hex.
    nonce: String,
    /// The store's generation.
    store_generation: u32,
}

/// A place in the log.
#[derive(ToSchema)]
#[schema(as = Cursor)]
#[expect(dead_code, reason = "only its description is used: the type itself belongs to the protocol")]
struct CursorShape {
    /// The position.
    position: u64,
    /// The first sixteen bytes of the chain hash there, hex.
    chain: String,
}

/// Enrols a device by a single-use code. Asking again with the same code and key gives the same answer until the first
/// hello.
#[utoipa::path(
    post, path = "/v1/enrol", operation_id = "enrol.add", tag = "devices", request_body = RequestShape,
    responses(
        (status = 200, description = "The device's identity", body = AnswerShape),
        (status = 403, description = "The code is unknown, used or too old", body = super::problem::Body,
         content_type = "application/problem+json")
    )
)]
#[instrument(name = "http.enrol.add", skip_all)]
pub async fn add(
    State(app): Shared,
    Address(address): Address,
    request: Result<Json<EnrolRequest>, Problem>,
) -> Result<(OneHeader, Json<EnrolAnswer>), Problem> {
    let now_ms = ambient::now_ms();
    if let Some(seconds) = app.wrong_codes.wait_s(address, now_ms) {
        let detail = "too many wrong codes from this address; wait a minute and try again";
        return Err(
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_codes", detail).retry_after(seconds)
        );
    }
    let Json(request) = request?;
    let enrolled =
        app.store.enrol_from(Some(address), &request.code, &request.name, &request.public_key).await;
    let enrolled = enrolled.map_err(|error| match error {
        OfficeError::Impossible(text) => Problem::malformed(text),
        error => error.into(),
    })?;
    let Some(enrolled) = enrolled else {
        app.wrong_codes.add(address, now_ms);
        let detail = "this code is unknown, used or too old; ask the office for a new one";
        return Err(Problem::new(StatusCode::FORBIDDEN, "wrong_code", detail));
    };
    app.wrong_codes.forget(address);
    info!(device = %enrolled.device, person = %enrolled.person, "a device was enrolled");
    let answer = EnrolAnswer {
        device: enrolled.device,
        person: enrolled.person,
        role: enrolled.role,
        person_name: enrolled.person_name,
        server_key: app.keys.page.public(),
        digest_key: enrolled.digest_key,
        epoch: enrolled.epoch,
        // Reference data is read from the first on; all else begins where the device did.
        cursor: Mark::START.into(),
        nonce: enrolled.nonce,
        store_generation: enrolled.store_generation,
    };
    // It holds the organisation's digest key: nothing in between keeps it.
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_codes_make_an_address_wait_a_minute() {
        let (wrong, here) = (WrongCodes::default(), IpAddr::from([10, 0, 0, 1]));
        for n in 0..5 {
            assert_eq!(wrong.wait_s(here, n), None);
            wrong.add(here, n);
        }
        assert_eq!(wrong.wait_s(here, 1_004), Some(60));
        assert_eq!(wrong.wait_s(IpAddr::from([10, 0, 0, 2]), 1_004), None);
        assert_eq!(wrong.wait_s(here, 60_004), None);
        wrong.add(here, 60_005);
        assert_eq!(wrong.wait_s(here, 60_006), None, "the count starts anew");
    }
}
