//! `POST /v1/sync`: the same frames, as CBOR sequences (RFC 8742), for where no WebSocket gets through and for a phone's
//! background sync. Each request is a connection of its own: hello first, then whatever there is.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use roadbook_protocol::{DecodeError, Frame, codec};
use roadbook_sync::server::Event;
use tracing::instrument;

use super::Driver;
use crate::http::Shared;
use crate::metrics;

/// The media type of frames after each other.
const SEQUENCE: &str = "application/cbor-seq";

/// Sync by single requests: the frames of the sync protocol, as CBOR sequences (RFC 8742).
#[utoipa::path(
    post, path = "/v1/sync", operation_id = "sync.answer", tag = "sync",
    request_body(content = Vec<u8>, content_type = "application/cbor-seq"),
    responses((status = 200, description = "Frames", body = Vec<u8>, content_type = "application/cbor-seq"))
)]
#[instrument(name = "http.sync.answer", skip_all)]
pub async fn answer(State(app): Shared, headers: HeaderMap, body: Bytes) -> Response {
    metrics::BYTES_RECEIVED.add(body.len() as u64);
    let mut driver = Driver::new(&app, &headers);
    let mut answer = Vec::new();
    let mut rest = &body[..];
    while !rest.is_empty() {
        let (event, behind) = next(rest, driver.frame_bytes_max());
        rest = behind;
        let outcome = driver.take(event).await;
        // What follows a challenge was meant for after the welcome; the device comes again with another hello.
        let challenged = matches!(outcome.frames.last(), Some(Frame::Challenge(_)));
        answer.extend(outcome.frames.iter().flat_map(Frame::to_bytes));
        if outcome.close || challenged {
            break;
        }
    }
    metrics::BYTES_SENT.add(answer.len() as u64);
    ([(CONTENT_TYPE, SEQUENCE)], answer).into_response()
}

/// The next frame of a sequence, of at most so many bytes, and what follows it. What cannot be taken apart ends the
/// sequence.
fn next(bytes: &[u8], bytes_max: usize) -> (Event, &[u8]) {
    let what = "frame";
    // Not a byte beyond the limit is looked at, not even for the frame's end.
    let within = &bytes[..bytes.len().min(bytes_max)];
    match codec::first(what, within) {
        Ok(end) => {
            let (frame, rest) = bytes.split_at(end);
            let event = Frame::read_within(frame, bytes_max).map_or_else(Event::Malformed, Event::Frame);
            (event, rest)
        }
        Err(_) if within.len() < bytes.len() => {
            (Event::Malformed(DecodeError::TooLong { what, len: bytes.len(), max: bytes_max }), &[])
        }
        Err(error) => (Event::Malformed(error), &[]),
    }
}

#[cfg(test)]
mod tests {
    use roadbook_protocol::limits::{FRAME_BYTES_MAX, HELLO_BYTES_MAX};
    use roadbook_protocol::{frame, limits};

    use super::*;

    #[test]
    fn frames_come_one_by_one() {
        let goodbye = Frame::Goodbye(frame::Goodbye { code: "done".to_owned() });
        let bytes = [goodbye.to_bytes(), goodbye.to_bytes(), vec![0x9f]].concat();
        let (first, rest) = next(&bytes, FRAME_BYTES_MAX);
        let (second, rest) = next(rest, FRAME_BYTES_MAX);
        assert!(
            matches!((first, second), (Event::Frame(a), Event::Frame(b)) if a == goodbye && b == goodbye)
        );
        let (rubbish, rest) = next(rest, FRAME_BYTES_MAX);
        assert!(matches!(rubbish, Event::Malformed(DecodeError::Malformed { .. })));
        assert!(rest.is_empty());
    }

    #[test]
    fn before_the_welcome_nothing_behind_the_limit_is_read() {
        let small = Frame::Applied(frame::Applied { position: 1 }).to_bytes();
        let long = frame::error("done", "x".repeat(limits::TEXT_BYTES_MAX)).to_bytes();
        let bytes = [&small[..], &long.repeat(8)].concat();
        let (event, rest) = next(&bytes, HELLO_BYTES_MAX);
        assert!(matches!(event, Event::Frame(_)), "what follows a short frame may be long");
        assert_eq!(rest.len(), bytes.len() - small.len());
        let swollen = [vec![0x9a, 0, 0x20, 0, 0], vec![0x80; 0x20_0000]].concat();
        let (event, rest) = next(&swollen, HELLO_BYTES_MAX);
        assert!(
            matches!(event, Event::Malformed(DecodeError::TooLong { max, .. }) if max == HELLO_BYTES_MAX)
        );
        assert!(rest.is_empty());
    }
}
