//! Days and periods on somebody's clock: a fixed distance from UTC, so that a device and the office find the same day.

use std::ops::RangeInclusive;

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use crate::brief::Day;
use crate::rule::YEARS;

/// How far a clock may be from UTC, in minutes, east positive.
pub const OFFSET_MINUTES: RangeInclusive<i64> = -14 * 60..=14 * 60;
const DAY_MS: i64 = 86_400_000;

/// Somebody's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// How many minutes its days begin before those of UTC.
    pub offset_minutes: i64,
}

impl Clock {
    /// The day of a moment, if a calendar has it.
    pub fn day_of(&self, unix_ms: i64) -> Option<Day> {
        Day::of_ms(unix_ms.checked_add(self.offset_minutes * 60_000)?)
    }

    /// Today.
    pub fn today(&self) -> Day {
        self.day_of(self.now_ms).unwrap_or_else(Day::epoch)
    }

    /// When a day begins, in milliseconds since 1970.
    pub fn start_ms(&self, day: Day) -> i64 {
        day.start_ms() - self.offset_minutes * 60_000
    }
}

/// A day, a month, a quarter or a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// As it is written: `2026-11-28`, `2026-11`, `2026-Q4` or `2026`.
    pub period: String,
    /// Its first day.
    pub first: Day,
    /// Its last day.
    pub last: Day,
}

impl Period {
    /// A period by its word.
    pub fn parse(word: &str) -> Option<Self> {
        let (first, months) = match *word.split('-').collect::<Vec<_>>() {
            [year] => (month(year, "01")?, 12),
            [year, "Q1"] => (month(year, "01")?, 3),
            [year, "Q2"] => (month(year, "04")?, 3),
            [year, "Q3"] => (month(year, "07")?, 3),
            [year, "Q4"] => (month(year, "10")?, 3),
            [year, of_year] => (month(year, of_year)?, 1),
            _ => {
                let day = Day::parse(word).filter(|day| day.to_string() == word)?;
                return Self::of(word, day.date(), day.date());
            }
        };
        let last = first.checked_add_months(Months::new(months))?.pred_opt()?;
        Self::of(word, first, last)
    }

    fn of(word: &str, first: NaiveDate, last: NaiveDate) -> Option<Self> {
        let period = word.to_owned();
        let named = Self { period, first: Day::of_date(first), last: Day::of_date(last) };
        YEARS.contains(&first.year()).then_some(named)
    }

    /// Whether a day is in it.
    pub fn holds(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Its first moment and the first after it, on a clock.
    pub fn span_ms(&self, clock: &Clock) -> (i64, i64) {
        (clock.start_ms(self.first), clock.start_ms(self.last) + DAY_MS)
    }
}

/// The first day of a month, of which year and month have their usual number of digits.
fn month(year: &str, month: &str) -> Option<NaiveDate> {
    let is_written =
        |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_written(year, 4) || !is_written(month, 2) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
}
