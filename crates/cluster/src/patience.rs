//! Waiting for a condition without looking at a clock: the pauses are counted, not the time.

use std::thread;
use std::time::Duration;

/// Asks every `step` until there is an answer, for about `limit`; `None` when there was none.
pub(crate) fn poll<T>(limit: Duration, step: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if waited >= limit {
            return None;
        }
        thread::sleep(step);
        waited += step;
    }
}
