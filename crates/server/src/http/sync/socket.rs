//! `GET /v1/sync`: frames over a WebSocket, one binary message each, as long as both sides want.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use roadbook_protocol::{Frame, limits};
use roadbook_sync::server::Event;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tracing::{debug, instrument};

use super::Driver;
use crate::http::problem::Problem;
use crate::http::{App, Shared};
use crate::metrics;

/// How long a connection may take to say a hello that holds.
const HELLO_MAX: Duration = Duration::from_secs(15);
/// How often a silent device is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a device may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a device may take to accept one frame.
const SEND_MAX: Duration = Duration::from_secs(60);

/// Sync over a WebSocket: one frame of the sync protocol to a binary message.
#[utoipa::path(
    get, path = "/v1/sync", operation_id = "sync.upgrade", tag = "sync",
    responses((status = 101, description = "Frames from here on"))
)]
pub async fn upgrade(
    State(app): Shared,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(error) => return Problem::malformed(error.body_text()).into_response(),
    };
    upgrade
        .max_message_size(limits::FRAME_BYTES_MAX)
        .max_frame_size(limits::FRAME_BYTES_MAX)
        .max_write_buffer_size(2 * limits::FRAME_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            let open = app.open.clone();
            let _present = metrics::SOCKETS.enter();
            talk(&app, headers, socket).await;
            drop(open);
        })
}

/// Why a connection ends without the engine's word.
enum End {
    Closed,
    Silent,
}

#[instrument(name = "sync.connection", skip_all)]
async fn talk(app: &Arc<App>, headers: HeaderMap, mut socket: WebSocket) {
    let mut driver = Driver::new(app, &headers);
    let outcome = converse(app, &mut driver, &mut socket).await;
    if let Err(End::Silent) = outcome {
        debug!("a device went silent or never said a hello that holds");
    }
    let farewell = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    // The other end may be gone already; then there is nobody to tell.
    let _ = timeout(Duration::from_secs(2), socket.send(Message::Close(Some(farewell)))).await;
}

async fn converse(app: &App, driver: &mut Driver<'_>, socket: &mut WebSocket) -> Result<(), End> {
    let mut head = app.store.wake().subscribe();
    let began = now();
    // Not at once: hello and welcome are the whole of an idle exchange.
    let mut ping = interval_at(began + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = began;
    loop {
        let deadline = if driver.is_live() { heard + SILENCE_MAX } else { began + HELLO_MAX };
        let event = tokio::select! {
            biased;
            () = app.stopped() => Event::Stopping,
            message = socket.recv() => {
                heard = now();
                match received(message, driver.frame_bytes_max())? {
                    Some(event) => event,
                    None => {
                        driver.heard().await;
                        continue;
                    }
                }
            }
            changed = head.changed() => match changed {
                Ok(()) if driver.has_news() => driver.woken().await,
                Ok(()) => continue,
                Err(_) => Event::Stopping,
            },
            _ = ping.tick() => {
                send(socket, Message::Ping(Bytes::new())).await?;
                continue;
            }
            () = sleep_until(deadline) => return Err(End::Silent),
        };
        let outcome = driver.take(event).await;
        for frame in outcome.frames {
            let bytes = frame.to_bytes();
            metrics::BYTES_SENT.add(bytes.len() as u64);
            send(socket, Message::Binary(bytes.into())).await?;
        }
        if outcome.close {
            return Ok(());
        }
    }
}

/// What a message of at most so many bytes means to the engine; `None` for one that only says that the device is there.
fn received(message: Option<Result<Message, axum::Error>>, bytes_max: usize) -> Result<Option<Event>, End> {
    match message {
        Some(Ok(Message::Binary(bytes))) => {
            metrics::BYTES_RECEIVED.add(bytes.len() as u64);
            Ok(Some(match Frame::read_within(&bytes, bytes_max) {
                Ok(frame) => Event::Frame(frame),
                // Also what is too long: before the welcome it is not even decoded.
                Err(error) => Event::Malformed(error),
            }))
        }
        Some(Ok(Message::Text(_))) => Ok(Some(Event::Malformed(roadbook_protocol::DecodeError::Malformed {
            what: "frame",
            why: "frames are binary messages".to_owned(),
        }))),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Closed),
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(SEND_MAX, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Closed),
        Err(_) => Err(End::Silent),
    }
}

#[expect(clippy::disallowed_methods, reason = "the shell's edge: deadlines of a socket")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use roadbook_protocol::DecodeError;

    use super::*;

    #[test]
    fn before_the_welcome_a_long_message_is_not_even_decoded() {
        let long = Message::Binary(vec![0; limits::HELLO_BYTES_MAX + 1].into());
        let event = received(Some(Ok(long)), limits::HELLO_BYTES_MAX);
        assert!(matches!(event, Ok(Some(Event::Malformed(DecodeError::TooLong { .. })))));
    }
}
