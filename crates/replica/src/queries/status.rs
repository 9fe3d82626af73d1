//! The line at the top of the screen: what waits, since when, what was not taken, and when the server was last reached.

use chrono::{DateTime, FixedOffset};
use roadbook_model::{AccountId, LeaseId};
use roadbook_protocol::entry::Subject;
use roadbook_sync::device::{LeaseState, Leaving};
use rusqlite::Connection;
use serde::Serialize;

use super::outbox::{NOW, reapply};
use crate::store::{Failure, Store, device, items, leases};

/// The moment at which a status is asked, and the clock on the wall there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970.
    pub unix_ms: i64,
    /// Seconds that local time is ahead of UTC.
    pub utc_offset_s: i32,
}

/// How the device stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Captured and not answered by the server.
    pub waiting: u32,
    /// Age of the oldest of them, in seconds.
    pub oldest_age_s: Option<i64>,
    /// In the held tray: held, and what builds on it.
    pub held: u32,
    /// Of those held, how many can be captured anew now: their accounts are on this device under a lease that is open.
    pub reappliable: u32,
    /// In the held tray: refused.
    pub refused: u32,
    /// Decisions of the office on work from here that its person has not read yet.
    pub notices: u32,
    /// Notes of the office on accounts that came or left, still to be read.
    pub handovers: u32,
    /// When the server last answered, in milliseconds since 1970.
    pub last_contact_ms: Option<i64>,
    /// The server was out of reach for so long that what is on the device is closed until the next sync. Capture and what
    /// waits are not touched.
    pub sign_in_due: bool,
    /// The device is being taken out of use: what waits is still sent, then it wipes itself.
    pub leaving: bool,
    /// Accounts that were handed over and are not closed yet.
    pub draining: Vec<Draining>,
    /// Records on the device.
    pub records: u32,
    /// How far the log is applied.
    pub cursor: u64,
    /// Deliveries of earlier records that are not complete.
    pub open_fills: u32,
    /// All of it in a line.
    pub text: String,
}

/// An account that was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draining {
    /// The lease.
    pub lease: LeaseId,
    /// The account.
    pub account: AccountId,
    /// What the admin said about it.
    pub note: Option<String>,
}

impl Store {
    /// How the device stands at this moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status(&self, now: Now) -> Result<Status, Failure> {
        self.read(|c| {
            let device = device::lookup(c)?.ok_or(Failure::Empty)?;
            // A lease's close is the device's own affair: people wait for what they captured.
            let sql = "SELECT count(*), min(captured_ms) FROM item INDEXED BY item_waiting WHERE outcome IS NULL AND tray = 0 AND record IS NOT NULL";
            let (waiting, oldest_ms): (u32, Option<i64>) =
                c.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let refused = count(c, "SELECT count(*) FROM item WHERE tray = 1 AND outcome = 'refused'")?;
            let tray = count(c, "SELECT count(*) FROM item WHERE tray = 1")?;
            let mut status = Status {
                waiting,
                oldest_age_s: oldest_ms.map(|oldest| now.unix_ms.saturating_sub(oldest).max(0) / 1000),
                held: tray.saturating_sub(refused),
                reappliable: reappliable(c)?,
                refused,
                notices: count(c, "SELECT count(*) FROM notice")?,
                handovers: count(c, "SELECT count(*) FROM handover")?,
                last_contact_ms: (device.contact_ms > 0).then_some(device.contact_ms),
                sign_in_due: device.is_sign_in_due(now.unix_ms),
                leaving: device.leaving != Leaving::No,
                draining: draining(c)?,
                records: count(c, "SELECT count(*) FROM record")?,
                cursor: device.cursor.position,
                open_fills: count(c, "SELECT count(*) FROM fill")?,
                text: String::new(),
            };
            status.text = status.in_words(now);
            Ok(status)
        })
    }
}

impl Status {
    fn in_words(&self, now: Now) -> String {
        let mut parts = Vec::new();
        if self.sign_in_due {
            parts.push("sign in: sync with a connection to open what is on this device".to_owned());
        }
        parts.push(match (self.waiting, self.oldest_age_s) {
            (0, _) | (_, None) => "nothing waiting".to_owned(),
            (waiting, Some(age_s)) => format!("{waiting} waiting, oldest {}", age(age_s)),
        });
        match (self.held, self.reappliable) {
            (0, _) => {}
            (held, 0) => parts.push(format!("{held} held")),
            (held, now) => parts.push(format!("{held} held, {now} of them can be re-applied now")),
        }
        if self.refused > 0 {
            parts.push(format!("{} refused", self.refused));
        }
        if self.notices > 0 {
            parts.push(format!("{} decided by the office, to read", self.notices));
        }
        if self.handovers > 0 {
            parts.push(format!("{} handed over with a note, to read", self.handovers));
        }
        if self.leaving {
            parts.push("this device is being taken out of use and wipes itself once all is sent".to_owned());
        }
        parts.push(match self.last_contact_ms {
            Some(ms) => format!("last contact {}", clock(ms, now)),
            None => "no contact yet".to_owned(),
        });
        parts.join("; ")
    }
}

fn reappliable(connection: &Connection) -> Result<u32, Failure> {
    let held = items::list(connection, "SELECT * FROM item WHERE tray = 1 AND outcome = 'held'", [])?;
    let now = held.iter().filter(|row| reapply(connection, row).as_deref() == Some(NOW));
    Ok(u32::try_from(now.count()).unwrap_or(u32::MAX))
}

fn draining(connection: &Connection) -> Result<Vec<Draining>, Failure> {
    let mut leases = leases::in_state(connection, LeaseState::Frozen)?;
    leases.extend(leases::in_state(connection, LeaseState::Closing)?);
    let accounts = leases.into_iter().filter_map(|row| match row.subject {
        Subject::Account(account) => Some(Draining { lease: row.lease, account, note: row.note }),
        Subject::Territory(_) => None,
    });
    Ok(accounts.collect())
}

fn count(connection: &Connection, sql: &str) -> Result<u32, Failure> {
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// An age as people say it: the largest unit that fits.
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "under a minute".to_owned(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A moment on the wall's clock; with its day, unless that is today.
fn clock(ms: i64, now: Now) -> String {
    let local = |ms: i64| {
        let zone = FixedOffset::east_opt(now.utc_offset_s)?;
        Some(DateTime::from_timestamp_millis(ms)?.with_timezone(&zone))
    };
    match (local(ms), local(now.unix_ms)) {
        (Some(then), Some(today)) if then.date_naive() == today.date_naive() => {
            then.format("%H:%M").to_string()
        }
        (Some(then), _) => then.format("%Y-%m-%d %H:%M").to_string(),
        (None, _) => "at an unknown time".to_owned(),
    }
}
