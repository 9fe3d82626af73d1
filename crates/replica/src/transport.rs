//! The road to the server: one WebSocket, or single requests where no WebSocket gets through. It carries frames and
//! knows nothing of what is in them; whoever listens at the other end is not believed to be a Roadbook server until it
//! answers like one.

mod address;
mod http;
mod stream;
mod tls;
mod websocket;

use std::time::Duration;

use roadbook_protocol::{DecodeError, Frame};
use serde::Serialize;
use thiserror::Error;

pub use address::{Address, SYNC_PATH};
pub use http::{Answer, Ask, Http};
pub use tls::{TlsError, Trust};
pub use websocket::WebSocket;

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the other end to take what is sent.
    pub write: Duration,
    /// For anything at all to come; halfway there, the other end is asked whether it is alive.
    pub silence: Duration,
    /// For the next frame, while something is still to be done: a server may be alive and yet not get on.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            write: Duration::from_secs(30),
            silence: Duration::from_secs(40),
            stall: Duration::from_secs(120),
        }
    }
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Bytes sent. For a WebSocket all of the connection's; for requests their bodies.
    pub bytes_up: u64,
    /// Bytes received, counted alike.
    pub bytes_down: u64,
    /// Frames sent.
    pub frames_up: u64,
    /// Frames received.
    pub frames_down: u64,
}

impl Traffic {
    /// Adds another's counts.
    pub(crate) fn add(&mut self, other: Self) {
        self.bytes_up += other.bytes_up;
        self.bytes_down += other.bytes_down;
        self.frames_up += other.frames_up;
        self.frames_down += other.frames_down;
    }
}

/// What came in.
#[derive(Debug)]
pub enum Received {
    /// A frame.
    Frame(Box<Frame>),
    /// Nothing, for as long as was to be waited.
    Nothing,
    /// The other end closed the connection.
    Closed,
}

/// Why nothing could be exchanged. What is in the outbox stays there.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The server's address is not one.
    #[error("{0} is not a server address; it should look like https://server or http://server:port")]
    BadAddress(String),
    /// There is no secure connection.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nobody answers there.
    #[error(
        "the server at {origin} cannot be reached ({why}); your work is safe here, try again with a connection"
    )]
    Unreachable {
        /// The server's origin.
        origin: String,
        /// What the network said.
        why: String,
    },
    /// Something else answered: a sign-in page of the network, a proxy, another service.
    #[error(
        "what answers at {origin} is not a Roadbook server ({why}); if this network asks you to sign in, do so in a \
         browser, then try again"
    )]
    NotRoadbook {
        /// The server's origin.
        origin: String,
        /// What it answered.
        why: String,
    },
    /// The server answered that it will not.
    #[error("{text}")]
    Refused {
        /// The server's stable code.
        code: String,
        /// Its words.
        text: String,
        /// After how long to try again, if that may help.
        retry_after: Option<Duration>,
    },
    /// The server, or what stands before it, answered that it cannot now.
    #[error("the server cannot answer now ({status}); your work is safe here, try again later")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// After how long to try again, if it said so.
        retry_after: Option<Duration>,
    },
    /// The connection broke.
    #[error("the connection was lost ({0}); what was not answered is sent again next time")]
    Lost(String),
    /// The connection is there but nothing comes.
    #[error("the server went silent; what was not answered is sent again next time")]
    Silent,
    /// A frame longer than the protocol allows.
    #[error("a message is longer than {max} bytes; update the program")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// Bytes that are no frame.
    #[error(
        "the server's answer cannot be read; update the program, or ask the office about the server's version"
    )]
    Malformed(#[from] DecodeError),
}

impl TransportError {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::BadAddress(_) => "bad_server_address",
            Self::Tls(error) => error.code(),
            Self::Unreachable { .. } => "server_unreachable",
            Self::NotRoadbook { .. } => "not_a_roadbook_server",
            Self::Refused { code, .. } => code,
            Self::Unavailable { .. } => roadbook_protocol::code::UNAVAILABLE,
            Self::Lost(_) => "connection_lost",
            Self::Silent => "server_silent",
            Self::TooLong { .. } => roadbook_protocol::code::FRAME_TOO_LONG,
            Self::Malformed(_) => "unreadable_answer",
        }
    }
}

/// Problem details (RFC 9457), as far as they are needed.
#[derive(serde::Deserialize)]
struct Problem {
    code: String,
    detail: Option<String>,
    title: Option<String>,
}

/// What an HTTP answer that is not the wanted one says.
fn unwanted(
    origin: &str,
    status: u16,
    content_type: &str,
    retry_after: Option<&str>,
    body: &[u8],
) -> TransportError {
    if content_type.contains("json")
        && let Ok(Problem { code, detail, title }) = serde_json::from_slice(body)
    {
        let text = detail.or(title).unwrap_or_else(|| format!("the server refused ({code})"));
        return TransportError::Refused { code, text, retry_after: seconds(retry_after) };
    }
    match status {
        429 | 502..=504 => TransportError::Unavailable { status, retry_after: seconds(retry_after) },
        _ => {
            let why = match content_type {
                "" => format!("status {status}"),
                kind => format!("status {status}, {kind}"),
            };
            TransportError::NotRoadbook { origin: origin.to_owned(), why }
        }
    }
}

fn seconds(retry_after: Option<&str>) -> Option<Duration> {
    retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs)
}
