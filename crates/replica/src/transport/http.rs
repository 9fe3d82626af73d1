//! Single requests: enrolment, sync where no WebSocket gets through, and the JSON API for whoever has a token.

use std::io::{self, Write};

use roadbook_protocol::enrol::{self, EnrolAnswer, EnrolRequest};
use roadbook_protocol::limits::{FRAME_BYTES_MAX, PAGE_WINDOW};
use roadbook_protocol::{Frame, codec};
use ureq::config::Config;
use ureq::http::{Request, Response};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body};

use super::tls::TlsError;
use super::{Address, Patience, SYNC_PATH, Traffic, TransportError, Trust, unwanted};

/// Most bytes of an answer: the pages of one window and what goes with them.
const ANSWER_BYTES_MAX: usize = (PAGE_WINDOW + 4) * FRAME_BYTES_MAX;
/// Frames after each other, as RFC 8742 has it.
const SEQUENCE: &str = "application/cbor-seq";
const JSON: &str = "application/json";

/// A request to the JSON API.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Path and query, percent-encoded.
    pub path: &'a str,
    /// Headers besides those of the body.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, as JSON.
    pub body: Option<&'a [u8]>,
}

/// An answer of the JSON API that is not a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The entity tag, if there is one.
    pub etag: Option<String>,
    /// The body; empty for an answer without content.
    pub body: Vec<u8>,
}

/// A client of one server.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    address: Address,
    traffic: Traffic,
}

impl Http {
    /// A client of this server; nothing is sent yet.
    ///
    /// # Errors
    /// When the address asks for TLS and this machine knows no authority to believe.
    pub fn new(address: &Address, trust: &Trust, patience: Patience) -> Result<Self, TransportError> {
        let tls = if address.is_secure() { trust.requests()? } else { TlsConfig::default() };
        let config = Config::builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // A sign-in page announces itself by a redirect: that is the answer, not a road to follow.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(patience.connect))
            .timeout_send_body(Some(patience.write))
            .timeout_recv_response(Some(patience.silence))
            .timeout_recv_body(Some(patience.silence))
            .build();
        Ok(Self { agent: config.new_agent(), address: address.clone(), traffic: Traffic::default() })
    }

    /// Enrols a device.
    ///
    /// # Errors
    /// The server's own refusal (a wrong or used code), or what is wrong with the road to it.
    pub fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, TransportError> {
        let body = serde_json::to_vec(request).unwrap_or_default();
        let answer = self.post(enrol::PATH, JSON, &body)?;
        serde_json::from_slice(&answer).map_err(|_| TransportError::NotRoadbook {
            origin: self.address.origin().to_owned(),
            why: "its answer to the enrolment cannot be read".to_owned(),
        })
    }

    /// Sends frames and returns those that the server answers.
    ///
    /// # Errors
    /// As for a WebSocket.
    pub fn exchange(&mut self, frames: &[Frame]) -> Result<Vec<Frame>, TransportError> {
        let mut body = Vec::new();
        for frame in frames {
            let bytes = frame.to_bytes();
            if bytes.len() > FRAME_BYTES_MAX {
                return Err(TransportError::TooLong { max: FRAME_BYTES_MAX });
            }
            body.extend(bytes);
        }
        let answer = self.post(SYNC_PATH, SEQUENCE, &body)?;
        let answered = sequence(&answer)?;
        self.traffic.frames_up += frames.len() as u64;
        self.traffic.frames_down += answered.len() as u64;
        Ok(answered)
    }

    /// Asks the JSON API.
    ///
    /// # Errors
    /// The server's own refusal, or what is wrong with the road to it.
    pub fn ask(&mut self, ask: &Ask<'_>) -> Result<Answer, TransportError> {
        let mut request =
            Request::builder().method(ask.method).uri(self.address.url(ask.path)).header("accept", JSON);
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        let sent = match ask.body {
            None => request.body(()).map(|request| self.agent.run(request)),
            Some(body) => {
                self.traffic.bytes_up += body.len() as u64;
                request.header("content-type", JSON).body(body).map(|request| self.agent.run(request))
            }
        };
        let sent = sent.map_err(|error| self.not_sent(error.into()))?;
        let response = sent.map_err(|error| self.not_sent(error))?;
        let etag = Some(header(&response, "etag")).filter(|etag| !etag.is_empty());
        Ok(Answer { etag, body: self.wanted(response, JSON)? })
    }

    /// Saves a file that the JSON API makes, as it comes; says how many bytes it has. A file that breaks off is a failure.
    ///
    /// # Errors
    /// The server's own refusal, or what is wrong with the road to it or with where the file goes.
    pub fn save(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        kind: &str,
        into: &mut dyn Write,
    ) -> Result<u64, TransportError> {
        let mut request = self.agent.get(self.address.url(path)).header("accept", format!("{kind}, {JSON}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.call().map_err(|error| self.not_sent(error))?;
        let answered = header(&response, "content-type");
        let is_wanted = answered.split(';').next().is_some_and(|answered| answered.trim() == kind);
        if !response.status().is_success() || !is_wanted {
            self.wanted(response, kind)?;
            return Ok(0);
        }
        let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
        let size = io::copy(&mut body, into).map_err(|error| self.not_sent(ureq::Error::Io(error)))?;
        self.traffic.bytes_down += size;
        Ok(size)
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    fn post(&mut self, path: &str, kind: &str, body: &[u8]) -> Result<Vec<u8>, TransportError> {
        let request =
            self.agent.post(self.address.url(path)).header("content-type", kind).header("accept", kind);
        let response = request.send(body).map_err(|error| self.not_sent(error))?;
        self.traffic.bytes_up += body.len() as u64;
        self.wanted(response, kind)
    }

    /// The body of an answer of the kind that was asked for.
    fn wanted(&mut self, mut response: Response<Body>, kind: &str) -> Result<Vec<u8>, TransportError> {
        let (status, answered) = (response.status().as_u16(), header(&response, "content-type"));
        let limit = ANSWER_BYTES_MAX as u64;
        let answer = response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .map_err(|error| self.not_sent(error))?;
        self.traffic.bytes_down += answer.len() as u64;
        let is_wanted = answered.split(';').next().is_some_and(|answered| answered.trim() == kind);
        if status == 204 || ((200..300).contains(&status) && is_wanted) {
            return Ok(answer);
        }
        let retry_after = header(&response, "retry-after");
        Err(unwanted(self.address.origin(), status, &answered, Some(&retry_after), &answer))
    }

    fn not_sent(&self, error: ureq::Error) -> TransportError {
        let origin = self.address.origin().to_owned();
        if let Some(error) = of_tls(&error) {
            return TlsError::of(&origin, error).into();
        }
        match error {
            ureq::Error::BodyExceedsLimit(_) => TransportError::TooLong { max: ANSWER_BYTES_MAX },
            ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
                TransportError::NotRoadbook { origin, why: error.to_string() }
            }
            _ => TransportError::Unreachable { origin, why: error.to_string() },
        }
    }
}

/// What the two ends of a secure connection had against each other, if it was that.
fn of_tls(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    }
}

/// The frames of a CBOR sequence.
fn sequence(mut bytes: &[u8]) -> Result<Vec<Frame>, TransportError> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (frame, rest) = bytes.split_at(codec::first("frame", bytes)?);
        frames.push(Frame::read(frame)?);
        bytes = rest;
    }
    Ok(frames)
}

fn header<B>(response: &Response<B>, name: &str) -> String {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
