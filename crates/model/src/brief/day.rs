//! Calendar days, UTC: a brief speaks of days, and is the same wherever it is made.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

    /// A day of the calendar.
    pub const fn of_date(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The same as the calendar's.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// So many days later; the last day that a calendar has, if there is none so late.
    pub fn plus(self, days: u64) -> Self {
        Self(self.0.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX))
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

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a day is YYYY-MM-DD"))
    }
}
