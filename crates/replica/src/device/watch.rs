//! Staying connected: what is captured is sent as it comes, and what is new arrives as it happens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use roadbook_sync::device::SessionError;

use super::backoff::Backoff;
use super::report::SyncReport;
use super::sync::SyncOptions;
use super::{Device, DeviceError};
use crate::edge;

/// How long one look at the wish to stop takes.
const LOOK: Duration = Duration::from_millis(100);

/// Obstacles in a row that are overcome without telling: a server that always wants another store is not followed.
const OVERCOME_MAX: u32 = 3;

/// What a watch tells.
#[derive(Debug)]
pub enum WatchEvent<'a> {
    /// Everything is answered and applied, for now. The report counts from the start of the connection.
    AtRest(&'a SyncReport),
    /// The connection ended; the next attempt comes after this wait.
    Failed(&'a DeviceError, Duration),
}

/// Who watches: told of what happens, asked whether to go on.
pub struct Watcher<'a> {
    /// Set when the watch is to end.
    pub stop: &'a AtomicBool,
    /// Told of what happens.
    pub tell: &'a mut dyn FnMut(WatchEvent<'_>),
}

/// A watcher's ear on one connection.
pub(super) struct Listener<'a> {
    stop: &'a AtomicBool,
    tell: &'a mut dyn FnMut(WatchEvent<'_>),
    told: Option<SyncReport>,
    rested: bool,
}

impl Listener<'_> {
    /// Tells, once for each time that something happened in between. Says whether it is the connection's first rest.
    pub(super) fn at_rest(&mut self, report: &SyncReport) -> bool {
        let first = !self.rested;
        self.rested = true;
        if self.told.as_ref() != Some(report) {
            (self.tell)(WatchEvent::AtRest(report));
            self.told = Some(report.clone());
        }
        first
    }

    pub(super) fn has_heard_enough(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Device {
    /// Stays connected until the watcher stops it, and connects again whenever the connection ends.
    ///
    /// # Errors
    /// What trying again cannot help: a device that was blocked, a forged page, a store that fails.
    pub fn watch(&self, options: SyncOptions, watcher: &mut Watcher<'_>) -> Result<(), DeviceError> {
        let mut backoff = Backoff::default();
        let mut overcome = 0;
        while !watcher.stop.load(Ordering::Relaxed) {
            let mut report = SyncReport::default();
            let mut listener =
                Listener { stop: watcher.stop, tell: &mut *watcher.tell, told: None, rested: false };
            let ended = self.talk(options.patience, &mut report, Some(&mut listener));
            if listener.rested {
                backoff.reset();
                overcome = 0;
                self.drop_repeated_tasks()?;
            }
            let Err(mut error) = ended else { continue };
            if matches!(error, DeviceError::Session(SessionError::Wiped)) {
                self.finish_leaving()?;
                return Err(error);
            }
            if overcome < OVERCOME_MAX {
                match self.overcome(error, &mut report) {
                    Ok(()) => {
                        overcome += 1;
                        continue;
                    }
                    Err(unchanged) => error = unchanged,
                }
            }
            if !error.is_passing() {
                return Err(error);
            }
            let [a, b, c, d, ..] = edge::random();
            let wait = backoff.next(u32::from_be_bytes([a, b, c, d]), error.retry_after());
            (watcher.tell)(WatchEvent::Failed(&error, wait));
            self.wait(wait, watcher.stop);
        }
        Ok(())
    }

    fn wait(&self, wait: Duration, stop: &AtomicBool) {
        let until = edge::instant() + wait;
        while !stop.load(Ordering::Relaxed) {
            let rest = until.saturating_duration_since(edge::instant());
            if rest.is_zero() {
                return;
            }
            std::thread::sleep(rest.min(LOOK));
        }
    }
}
