//! Calendar days, UTC: a brief speaks of days, and is the same wherever it is made.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use serde::{Serialize, Serializer};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day of a moment in milliseconds since 1970, if a calendar has it.
    pub fn of_ms(unix_ms: i64) -> Option<Self> {
        Some(Self(DateTime::from_timestamp_millis(unix_ms)?.date_naive()))
    }

    /// The first of January 1970.
    pub fn epoch() -> Self {
        Self(NaiveDate::default())
    }

    /// A day as fields hold it: `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)
    }

    /// Its first moment, in milliseconds since 1970.
    pub fn start_ms(self) -> i64 {
        self.0.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
    }

    /// How many days later `other` is; negative if it is earlier.
    pub fn until(self, other: Self) -> i64 {
        other.0.signed_duration_since(self.0).num_days()
    }

    /// The day in English: `4 July 1996`.
    pub fn words(self) -> String {
        let month = MONTHS.get(self.0.month0() as usize).copied().unwrap_or_default();
        format!("{} {month} {}", self.0.day(), self.0.year())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
