//! The only place of this crate that reads a clock or takes randomness from the system. Everything else is handed both.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local};
use p256::elliptic_curve::rand_core::{OsRng, RngCore};

use crate::queries::Now;

/// The wall clock, in milliseconds since 1970.
pub(crate) fn unix_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the device's shell is where time comes in")]
    let now = SystemTime::now();
    let ms = |span: std::time::Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    now.duration_since(UNIX_EPOCH).map_or_else(|before| -ms(before.duration()), ms)
}

/// A moment with the local clock's distance from UTC then.
pub(crate) fn local(unix_ms: i64) -> Now {
    let offset = DateTime::from_timestamp_millis(unix_ms).map(|then| *then.with_timezone(&Local).offset());
    Now { unix_ms, utc_offset_s: offset.map_or(0, |offset| offset.local_minus_utc()) }
}

/// A clock that never goes back, for timeouts.
pub(crate) fn instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "timeouts of a real socket run on real time")]
    Instant::now()
}

/// Ten fresh random bytes, as ids need them.
pub(crate) fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
