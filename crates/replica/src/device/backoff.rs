//! When to try again: later after each failure, and never all devices at once.

use std::time::Duration;

/// The longest wait after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait at all.
const LONGEST: Duration = Duration::from_secs(60);

/// The wait before the next attempt.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It went well: the next failure counts as the first.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after another failure: any part of a span that doubles each time, by `chance`, so that devices
    /// that lost the same server do not come back together. Never less than what the server asked for.
    pub(super) fn next(&mut self, chance: u32, asked: Option<Duration>) -> Duration {
        let span = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let part = span.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        asked.unwrap_or_default() + part
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn waits_double_up_to_a_minute_and_start_over() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.next(u32::MAX, None).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.next(u32::MAX, None), Duration::from_secs(1));
    }

    #[test]
    fn chance_spreads_and_the_server_s_wish_comes_on_top() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(0, None), Duration::ZERO);
        assert_eq!(backoff.next(0, Some(Duration::from_secs(5))), Duration::from_secs(5));
        let half = backoff.next(u32::MAX / 2, None);
        assert!(half > Duration::from_millis(1990) && half < Duration::from_millis(2010), "{half:?}");
    }
}
