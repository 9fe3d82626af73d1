//! The wall clock and chance: the one place where the server reads either. Everything below gets them passed in.

use chrono::{DateTime, Utc};
use rand::Rng;

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the shell's edge: the clock enters here")]
pub fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

/// Bytes nobody can guess.
#[expect(clippy::disallowed_methods, reason = "the shell's edge: chance enters here")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A moment for SQL; the nearest that a calendar has.
pub fn moment(unix_ms: i64) -> DateTime<Utc> {
    // Postgres ends in the year 294276; an open end ("no end of the grace") is written as one it can hold.
    const LAST_MS: i64 = 253_402_300_799_999;
    DateTime::from_timestamp_millis(unix_ms.clamp(0, LAST_MS)).unwrap_or(DateTime::UNIX_EPOCH)
}
