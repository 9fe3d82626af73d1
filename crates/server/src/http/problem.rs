//! Problem details (RFC 9457): what went wrong, with a stable code, in words that say what to do next.

use std::borrow::Cow;
use std::error::Error;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use roadbook_protocol::{Reason, code};
use serde::Serialize;
use tracing::error;
use utoipa::ToSchema;

use crate::metrics;
use crate::store::StoreError;
use crate::store::office::OfficeError;

/// An answer that is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    retry_after_s: Option<u32>,
}

/// Problem details as sent (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body<'a> {
    /// A name for this kind of problem: `urn:roadbook:problem:` and the code.
    r#type: String,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What happened, as a stable word for programs.
    code: &'a str,
    /// What happened and what to do next, for people.
    detail: &'a str,
}

impl Problem {
    /// A problem with a stable code and words for people.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { status, code: code.into(), detail: detail.into(), retry_after_s: None }
    }

    /// The request is malformed.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::MALFORMED, detail)
    }

    /// Who asks is not known.
    pub fn unauthorised(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", detail)
    }

    /// Who asks may not do this.
    pub fn not_permitted(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code::NOT_PERMITTED, detail)
    }

    /// There is no such thing, or it is not for who asks to see: the same answer for both.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what}, or it is not yours to see");
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The server cannot answer now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, detail).retry_after(5)
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The words for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same, but worth trying again after so many seconds.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The same problem with another code and other words.
    pub fn told_as(self, code: &'static str, detail: String) -> Self {
        Self { code: code.into(), detail, ..self }
    }

    /// The server's own fault: logged here with its whole chain, told without it.
    pub fn fault(fault: &(dyn Error + 'static)) -> Self {
        let mut chain = fault.to_string();
        let mut source = fault.source();
        while let Some(next) = source {
            chain.push_str(": ");
            chain.push_str(&next.to_string());
            source = next.source();
        }
        error!(fault = chain, "a request failed");
        metrics::FAULTS.add(1);
        Self::unavailable("the server cannot answer now; try again soon")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: format!("urn:roadbook:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: &self.code,
            detail: &self.detail,
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        (self.status, headers, Json(body)).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_no_moment() {
            return Self::malformed("there is no such day or moment; give one of the years 1 to 9999");
        }
        Self::fault(&error)
    }
}

/// What the office's own rules say, by class: not there, wrong, not now, changed meanwhile.
impl From<OfficeError> for Problem {
    fn from(error: OfficeError) -> Self {
        let detail = error.to_string();
        match error {
            OfficeError::Store(error) => error.into(),
            OfficeError::Unknown { what, .. } => Self::not_found(what),
            OfficeError::Impossible(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "impossible", detail),
            OfficeError::Invalid { code, .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail),
            OfficeError::Conflict { code, .. } => Self::new(StatusCode::CONFLICT, code, detail),
            OfficeError::Stale { .. } => Self::new(StatusCode::PRECONDITION_FAILED, "stale", detail),
            OfficeError::Refused(reason) => reason.into(),
            OfficeError::Unfit(reason) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, reason.code, reason.text)
            }
            OfficeError::Rule(violation) | OfficeError::Violation { violation, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, violation.code, detail)
            }
        }
    }
}

/// What the ledger's rules say: 403 for what the person may not do, 404 for what is not there, 409 for the rest.
impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        let status = match reason.code.as_str() {
            code::NOT_PERMITTED => StatusCode::FORBIDDEN,
            code::UNKNOWN_RECORD => StatusCode::NOT_FOUND,
            code::MALFORMED | code::UNKNOWN_VERB => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, reason.code, reason.text)
    }
}
