//! One sync: as many sessions as it takes until everything is answered and everything applied.

use std::sync::PoisonError;

use roadbook_protocol::code;
use roadbook_protocol::frame::NewGeneration;
use roadbook_sync::device::leave::Undecided;
use roadbook_sync::device::{SessionError, content};
use serde::{Deserialize, Serialize};

use super::report::{SyncReport, Tell, Teller};
use super::talk::Purpose;
use super::{Device, DeviceError};
use crate::edge;
use crate::store::{Failure, files};
use crate::transport::{Patience, TransportError};

/// Sessions after which one sync gives up: renewals and carrying over need one each.
const SESSIONS_MAX: u32 = 6;

/// The generation of a store that was started without the server: it always gives another.
pub(super) const NOBODYS_GENERATION: u32 = 0;

/// How frames travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Road {
    /// A WebSocket; single requests where none gets through.
    #[default]
    Any,
    /// A WebSocket.
    WebSocket,
    /// Single requests.
    Http,
}

/// How to sync.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyncOptions {
    /// How frames travel.
    pub road: Road,
    /// How long to wait for what.
    pub patience: Patience,
    /// Told of each step, as long as the sync runs: how far it is.
    pub tell: Option<Tell>,
}

impl Device {
    /// Sends what waits and fetches what is new, until the device is at rest: everything answered, everything applied.
    /// A store that the server no longer takes for the live one is set aside, a new one filled, and what only the old one
    /// held is captured again.
    ///
    /// # Errors
    /// When that was not reached. Whatever was done until then stays done, and what is in the outbox stays there.
    pub fn sync(&self, options: SyncOptions) -> Result<SyncReport, DeviceError> {
        let mut report = self.report(options);
        self.come_to_rest(options, None, &mut report)?;
        Ok(report)
    }

    /// A report of which nothing has happened yet.
    pub(super) fn report(&self, options: SyncOptions) -> SyncReport {
        SyncReport { teller: Teller(options.tell), ..SyncReport::default() }
    }

    /// As many sessions as it takes; then its person signs out, if that is wished.
    pub(super) fn come_to_rest(
        &self,
        options: SyncOptions,
        signs_out: Option<Undecided>,
        report: &mut SyncReport,
    ) -> Result<(), DeviceError> {
        let began = edge::instant();
        let before_ms = report.duration_ms;
        let mut sessions = 0;
        // Something damaged was let go of: a session that finds nothing new compares digests, and brings it.
        let mut heals = false;
        loop {
            sessions += 1;
            match self.session(options, signs_out, report) {
                Err(DeviceError::Session(SessionError::Wiped)) => {
                    self.finish_leaving()?;
                    report.wiped = true;
                    break;
                }
                Ok(()) if std::mem::take(&mut heals) => {}
                Ok(()) if !self.carry_over(report)? => break,
                Ok(()) if sessions < SESSIONS_MAX => {}
                Ok(()) => return Err(TransportError::Silent.into()),
                Err(error) if sessions < SESSIONS_MAX => {
                    heals |= matches!(error, DeviceError::Session(SessionError::Damaged(_)));
                    self.overcome(error, report)?;
                }
                Err(error) => return Err(error),
            }
        }
        if !report.wiped {
            self.drop_repeated_tasks()?;
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        report.duration_ms = before_ms.saturating_add(took_ms);
        Ok(())
    }

    /// Sets right what stopped a session, if that is possible without anybody's help.
    pub(super) fn overcome(&self, error: DeviceError, report: &mut SyncReport) -> Result<(), DeviceError> {
        match error {
            DeviceError::Session(SessionError::NewGeneration(frame)) => {
                self.set_aside_and_renew(&frame, report)
            }
            DeviceError::Session(SessionError::Damaged(record)) => {
                Ok(self.store().transaction(|rows| content::let_go(rows, record))?)
            }
            // Another connection of this device used the same nonce; there is a new one now.
            DeviceError::Session(SessionError::Server { code, .. }) if code == code::STALE_NONCE => Ok(()),
            // Sending frees space: what keeps it from working may use the space kept for it.
            DeviceError::Store(Failure::DiskFull(_)) if self.store().release_reserve() => Ok(()),
            other => Err(other),
        }
    }

    /// Takes a new store generation: the store is set aside, and a fresh one starts where the server says.
    fn set_aside_and_renew(&self, frame: &NewGeneration, report: &mut SyncReport) -> Result<(), DeviceError> {
        report.counted = 0;
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let old = store.device()?.ok_or(Failure::Empty)?;
        let is_empty = old.store_generation == NOBODYS_GENERATION;
        let fresh = old.renewed(frame);
        if is_empty {
            // A store that only waited for its generation holds nothing yet.
            store.put_device(&fresh)?;
        } else {
            report.set_aside.extend(store.start_afresh(files::GENERATION, &fresh)?);
        }
        Ok(())
    }

    fn session(
        &self,
        options: SyncOptions,
        signs_out: Option<Undecided>,
        report: &mut SyncReport,
    ) -> Result<(), DeviceError> {
        let purpose = signs_out.map_or(Purpose::Rest, Purpose::SignOut);
        match options.road {
            Road::WebSocket => self.talk(options.patience, report, purpose),
            Road::Http => self.exchange(options.patience, report, signs_out),
            Road::Any => match self.talk(options.patience, report, purpose) {
                // Some networks let requests through and no WebSocket. If it was not that, the request says so too.
                Err(DeviceError::Transport(TransportError::NotRoadbook { .. })) => {
                    self.exchange(options.patience, report, signs_out)
                }
                other => other,
            },
        }
    }
}
