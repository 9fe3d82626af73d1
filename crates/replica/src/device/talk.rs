//! One session over a WebSocket.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use roadbook_protocol::Frame;
use roadbook_protocol::frame::Facts;
use roadbook_sync::device::leave::Undecided;
use roadbook_sync::device::{Endpoint, Rows, Session, SessionError, StoreError, Stored};

use super::report::SyncReport;
use super::sync::Road;
use super::watch::Listener;
use super::{Device, DeviceError};
use crate::edge;
use crate::transport::{Patience, Received, SYNC_PATH, TransportError, WebSocket};

/// How long one look at the connection takes, so that captures and a wish to stop are noticed.
const LOOK: Duration = Duration::from_millis(200);

/// What a talk is for.
pub(super) enum Purpose<'l, 'w> {
    /// To be at rest.
    Rest,
    /// To be at rest, and then to leave.
    SignOut(Undecided),
    /// To stay at rest until whoever listens has heard enough.
    Watch(&'l mut Listener<'w>),
}

impl Device {
    /// Talks until what it is for is reached.
    pub(super) fn talk(
        &self,
        patience: Patience,
        report: &mut SyncReport,
        purpose: Purpose<'_, '_>,
    ) -> Result<(), DeviceError> {
        let mut socket = WebSocket::connect(&self.address, &self.trust(), patience)?;
        report.road = Some(Road::WebSocket);
        let ended = Talk { device: self, socket: &mut socket, patience, report, purpose }.run();
        report.traffic.add(socket.close());
        ended
    }

    /// Begins a session at the server's address.
    pub(super) fn open_session(&self, rows: &mut dyn Rows) -> Stored<(Session, Vec<Frame>)> {
        // What the hello's proof binds this device to.
        let endpoint = Endpoint { origin: self.address.origin().to_owned(), path: SYNC_PATH.to_owned() };
        let facts = Facts { client: client(), store_bytes: self.home.store_bytes(), practised: None };
        Session::open_telling(rows, &self.key, endpoint, Some(facts), self.now_ms())
    }
}

/// This program, its version and its system.
fn client() -> String {
    format!("roadbook {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS)
}

struct Talk<'t, 'l> {
    device: &'t Device,
    socket: &'t mut WebSocket,
    patience: Patience,
    report: &'t mut SyncReport,
    purpose: Purpose<'t, 'l>,
}

impl Talk<'_, '_> {
    fn run(&mut self) -> Result<(), DeviceError> {
        let device = self.device;
        let (mut session, hello) = device.store().transaction(|rows| device.open_session(rows))?;
        if device.holds_unsent_work_aside()? {
            session.keep();
        }
        self.send(&hello)?;
        let mut seen = device.captures.load(Ordering::Acquire);
        let mut heard = edge::instant();
        let mut at_rest = false;
        loop {
            match self.socket.receive(LOOK)? {
                Received::Frame(frame) => {
                    heard = edge::instant();
                    at_rest = self.take(&mut session, *frame)?;
                }
                Received::Closed => {
                    return Err(TransportError::Lost("the server closed it".to_owned()).into());
                }
                Received::Nothing => {}
            }
            if at_rest && self.rest(&mut seen, &mut session, &mut at_rest)? {
                return Ok(());
            }
            if let Purpose::Watch(listener) = &self.purpose
                && listener.has_heard_enough()
            {
                return Ok(());
            }
            self.mind_a_stall(at_rest, heard)?;
        }
    }

    /// Takes a frame: one transaction, then what it asks to be sent. Says whether the device is at rest after it.
    fn take(&mut self, session: &mut Session, frame: Frame) -> Result<bool, DeviceError> {
        self.report.note(&frame);
        let device = self.device;
        let (out, at_rest) = device.store().transaction(|rows| {
            let out = session.handle(rows, &device.key, device.now_ms(), frame)?;
            let at_rest = session.at_rest(rows)?;
            Ok::<_, SessionError>((out, at_rest))
        })?;
        self.send(&out)?;
        Ok(at_rest)
    }

    /// At rest: that is the end, or the moment to sign out. For whoever watches, newly captured work is sent as it comes.
    fn rest(
        &mut self,
        seen: &mut u64,
        session: &mut Session,
        at_rest: &mut bool,
    ) -> Result<bool, DeviceError> {
        let device = self.device;
        let listener = match &mut self.purpose {
            Purpose::Rest => return Ok(true),
            Purpose::SignOut(undecided) => {
                let undecided = *undecided;
                self.purpose = Purpose::Rest;
                *at_rest = false;
                let sign_out = |rows: &mut dyn Rows| session.sign_out(rows, &device.key, undecided);
                self.send(&device.store().transaction(sign_out)?)?;
                return Ok(false);
            }
            Purpose::Watch(listener) => listener,
        };
        if listener.at_rest(self.report) {
            device.carry_over(self.report)?;
        }
        let captures = device.captures.load(Ordering::Acquire);
        if captures == *seen {
            return Ok(false);
        }
        *seen = captures;
        let (out, rests) = device.store().transaction(|rows| {
            let out = session.more(rows, &device.key)?;
            let rests = session.at_rest(rows)?;
            Ok::<_, StoreError>((out, rests))
        })?;
        *at_rest = rests;
        self.send(&out)?;
        Ok(false)
    }

    /// A server may be alive and yet not get on.
    fn mind_a_stall(&self, at_rest: bool, heard: Instant) -> Result<(), DeviceError> {
        let waited = edge::instant().saturating_duration_since(heard);
        if !at_rest && waited >= self.patience.stall {
            return Err(TransportError::Silent.into());
        }
        Ok(())
    }

    fn send(&mut self, frames: &[Frame]) -> Result<(), DeviceError> {
        frames.iter().try_for_each(|frame| self.socket.send(frame)).map_err(DeviceError::from)
    }
}
