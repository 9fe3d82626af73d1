//! Where the binary reads the clock and takes chance. Everything else is handed both.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::Rng;

/// The wall clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the binary is a shell: time comes in here")]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A clock that never goes back, for measuring and for deadlines.
#[expect(clippy::disallowed_methods, reason = "the binary is a shell: time comes in here")]
pub fn instant() -> Instant {
    Instant::now()
}

/// Ten fresh random bytes, as ids need them.
#[expect(clippy::disallowed_methods, reason = "the binary is a shell: chance comes in here")]
pub fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
