//! What a device can answer with instead of what was asked.

use std::time::Duration;

use roadbook_protocol::{DecodeError, code};
use roadbook_sync::device::{CaptureError, SessionError, SignOutError, StoreError};
use thiserror::Error;

use crate::identity::HomeError;
use crate::store::Failure;
use crate::transport::TransportError;

/// Everything that can go wrong on a device. Its words say what to do next.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// Nothing was captured.
    #[error(transparent)]
    Capture(CaptureError),
    /// The session with the server ended early.
    #[error(transparent)]
    Session(SessionError),
    /// The server was out of reach for too long.
    #[error(
        "the server has not been reached for more than {days} days; sync with a connection to sign in. What you captured is \
         safe and is sent then, and you can go on capturing"
    )]
    SignInDue {
        /// After how many days it is due.
        days: u16,
    },
    /// Nobody signed out.
    #[error(transparent)]
    SignOut(SignOutError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Failure),
    /// The road to the server.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The home folder.
    #[error(transparent)]
    Home(#[from] HomeError),
}

impl DeviceError {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Capture(error) => error.code(),
            Self::Session(error) => error.code(),
            Self::SignInDue { .. } => "sign_in_due",
            Self::SignOut(error) => error.code(),
            Self::Store(failure) => failure.code(),
            Self::Transport(error) => error.code(),
            Self::Home(error) => error.code(),
        }
    }

    /// Whether trying the same again later may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport(TransportError::Refused { retry_after, .. }) => retry_after.is_some(),
            Self::Transport(TransportError::Tls(error)) => error.is_passing(),
            Self::Transport(error) => {
                !matches!(error, TransportError::BadAddress(_) | TransportError::TooLong { .. })
            }
            Self::Session(SessionError::Server { code, .. }) => !matches!(
                code.as_str(),
                code::NOT_ENROLLED | code::BLOCKED | code::WIPED | code::CLONED | code::UNKNOWN_VERSION
            ),
            Self::Session(error) => matches!(error, SessionError::Gap | SessionError::Unexpected(_)),
            Self::Store(failure) => matches!(failure, Failure::DiskFull(_)),
            Self::Capture(_) | Self::SignInDue { .. } | Self::SignOut(_) | Self::Home(_) => false,
        }
    }

    /// After how long the server wants to be asked again, if it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Session(SessionError::Server { retry_after_ms, .. }) => {
                retry_after_ms.map(|ms| Duration::from_millis(ms.into()))
            }
            Self::Transport(
                TransportError::Unavailable { retry_after, .. } | TransportError::Refused { retry_after, .. },
            ) => *retry_after,
            _ => None,
        }
    }
}

impl From<CaptureError> for DeviceError {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Store(error) => Self::Store(error.into()),
            other => Self::Capture(other),
        }
    }
}

impl From<SignOutError> for DeviceError {
    fn from(error: SignOutError) -> Self {
        match error {
            SignOutError::Store(error) => Self::Store(error.into()),
            other => Self::SignOut(other),
        }
    }
}

impl From<SessionError> for DeviceError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Store(error) => Self::Store(error.into()),
            other => Self::Session(other),
        }
    }
}

impl From<StoreError> for DeviceError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<DecodeError> for DeviceError {
    fn from(error: DecodeError) -> Self {
        Self::Transport(error.into())
    }
}
