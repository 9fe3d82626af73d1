//! A WebSocket whose binary messages are frames, one each.

use std::io;
use std::time::Duration;

use roadbook_protocol::Frame;
use roadbook_protocol::limits::FRAME_BYTES_MAX;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::http::Response;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message};

use super::stream::{Stream, is_timeout, unreachable};
use super::{Address, Patience, Received, Traffic, TransportError, Trust, unwanted};
use crate::edge;

/// Shortest wait that the system's sockets know.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// An open connection to the sync endpoint.
pub struct WebSocket {
    socket: tungstenite::WebSocket<Stream>,
    patience: Patience,
    /// Time spent waiting since anything came.
    quiet: Duration,
    /// Bytes received when that was last looked at.
    heard: u64,
    asked: bool,
    frames_up: u64,
    frames_down: u64,
}

impl WebSocket {
    /// Connects and upgrades.
    ///
    /// # Errors
    /// `server_unreachable`, `not_a_roadbook_server`, `unavailable`, what is wrong with the server's certificate, or the
    /// server's own refusal.
    pub fn connect(address: &Address, trust: &Trust, patience: Patience) -> Result<Self, TransportError> {
        let stream = Stream::connect(address, trust, patience)?;
        let request = address
            .websocket_url()
            .into_client_request()
            .map_err(|_| TransportError::BadAddress(address.to_string()))?;
        // tungstenite's own default for the write buffer is no limit at all.
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX))
            .max_write_buffer_size(2 * FRAME_BYTES_MAX);
        match tungstenite::client::client_with_config(request, stream, Some(config)) {
            Ok((socket, _)) => Ok(Self {
                socket,
                patience,
                quiet: Duration::ZERO,
                heard: 0,
                asked: false,
                frames_up: 0,
                frames_down: 0,
            }),
            Err(HandshakeError::Interrupted(_)) => {
                Err(unreachable(address, &io::Error::from(io::ErrorKind::TimedOut)))
            }
            Err(HandshakeError::Failure(error)) => Err(not_upgraded(address, error)),
        }
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// `connection_lost`; `frame_too_long` before anything is sent.
    pub fn send(&mut self, frame: &Frame) -> Result<(), TransportError> {
        let bytes = frame.to_bytes();
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(TransportError::TooLong { max: FRAME_BYTES_MAX });
        }
        self.socket.send(Message::binary(bytes)).map_err(broken)?;
        self.frames_up += 1;
        Ok(())
    }

    /// Takes the next frame, waiting for it at most so long.
    ///
    /// # Errors
    /// `connection_lost`, `server_silent`, or what is wrong with what came.
    pub fn receive(&mut self, wait: Duration) -> Result<Received, TransportError> {
        let until = edge::instant() + wait;
        loop {
            let began = edge::instant();
            let rest = until.saturating_duration_since(began).min(self.patience.silence / 2).max(WAIT_MIN);
            let timed = self.socket.get_ref().set_read_timeout(rest);
            timed.map_err(|error| TransportError::Lost(error.to_string()))?;
            match self.socket.read() {
                Ok(message) => {
                    self.quiet = Duration::ZERO;
                    if let Some(received) = self.received(message)? {
                        return Ok(received);
                    }
                }
                Err(Error::Io(error)) if is_timeout(&error) => {
                    self.ask_whether_alive(edge::instant().saturating_duration_since(began))?;
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => return Ok(Received::Closed),
                Err(Error::Capacity(_)) => return Err(TransportError::TooLong { max: FRAME_BYTES_MAX }),
                Err(error) => return Err(broken(error)),
            }
            if edge::instant() >= until {
                return Ok(Received::Nothing);
            }
        }
    }

    /// What went over this connection, upgrade included.
    pub fn traffic(&self) -> Traffic {
        let stream = self.socket.get_ref();
        Traffic {
            bytes_up: stream.up(),
            bytes_down: stream.down(),
            frames_up: self.frames_up,
            frames_down: self.frames_down,
        }
    }

    /// Closes. Both ends have said what they had to say: how the other takes it does not matter.
    pub fn close(mut self) -> Traffic {
        let _said = self.socket.close(None).and_then(|()| self.socket.flush());
        self.traffic()
    }

    fn received(&mut self, message: Message) -> Result<Option<Received>, TransportError> {
        match message {
            Message::Binary(bytes) => {
                self.frames_down += 1;
                Ok(Some(Received::Frame(Box::new(Frame::read(&bytes)?))))
            }
            Message::Close(_) => Ok(Some(Received::Closed)),
            Message::Text(_) => Err(TransportError::Lost("a text came where a frame should".to_owned())),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
        }
    }

    /// A network that dropped the connection without a word is noticed by asking. Only time spent waiting counts: a
    /// device that was busy, or asleep, has not listened.
    fn ask_whether_alive(&mut self, waited: Duration) -> Result<(), TransportError> {
        let down = self.socket.get_ref().down();
        if down != self.heard {
            // Part of a long frame.
            (self.heard, self.quiet, self.asked) = (down, Duration::ZERO, false);
            return Ok(());
        }
        self.quiet += waited;
        if self.quiet >= self.patience.silence {
            return Err(TransportError::Silent);
        }
        if self.quiet >= self.patience.silence / 2 && !self.asked {
            self.asked = true;
            self.socket.send(Message::Ping(Vec::new().into())).map_err(broken)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebSocket").field("traffic", &self.traffic()).finish_non_exhaustive()
    }
}

fn not_upgraded(address: &Address, error: Error) -> TransportError {
    match error {
        Error::Http(response) => {
            let header = |name| header(&response, name);
            let kind = header("content-type").unwrap_or_default();
            let body = response.body().as_deref().unwrap_or_default();
            unwanted(address.origin(), response.status().as_u16(), kind, header("retry-after"), body)
        }
        Error::Io(error) => unreachable(address, &error),
        Error::Protocol(tungstenite::error::ProtocolError::HandshakeIncomplete) => {
            unreachable(address, &io::Error::from(io::ErrorKind::ConnectionReset))
        }
        other => TransportError::NotRoadbook { origin: address.origin().to_owned(), why: other.to_string() },
    }
}

fn header<'r, B>(response: &'r Response<B>, name: &str) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

fn broken(error: Error) -> TransportError {
    TransportError::Lost(error.to_string())
}
