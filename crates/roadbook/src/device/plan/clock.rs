//! The clock that days are seen from: the device's, in UTC unless it is told otherwise.

use chrono::NaiveDate;
use clap::Args;
use roadbook_model::brief::Day;
use roadbook_model::plan::Clock;
use roadbook_model::plan::calendar::OFFSET_MINUTES;

use crate::edge;

/// Whose days.
#[derive(Debug, Args)]
pub struct ClockArgs {
    /// How far the clock is from UTC.
    #[arg(long, value_name = "+HH:MM", default_value = "+00:00", value_parser = offset, allow_hyphen_values = true)]
    utc_offset: i64,
    /// Judge what is due, missed or broken as of this day (YYYY-MM-DD) instead of today.
    #[arg(long, value_name = "DAY")]
    day: Option<NaiveDate>,
}

impl ClockArgs {
    /// The clock.
    pub fn clock(&self) -> Clock {
        let clock = Clock { now_ms: edge::now_ms(), offset_minutes: self.utc_offset };
        match self.day {
            Some(day) => Clock { now_ms: clock.start_ms(Day::of_date(day)), ..clock },
            None => clock,
        }
    }
}

fn offset(text: &str) -> Result<i64, String> {
    let wrong = || "a distance from UTC is +HH:MM or -HH:MM, at most 14 hours".to_owned();
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str, most: i64| {
        let is_written = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number: &i64| is_written && *number <= most).ok_or_else(wrong)
    };
    let offset = sign * (number(hours, 14)? * 60 + number(minutes, 59)?);
    if OFFSET_MINUTES.contains(&offset) { Ok(offset) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn a_distance_from_utc_is_written_in_one_way() {
        assert_eq!((offset("+00:00"), offset("-05:00"), offset("+05:45")), (Ok(0), Ok(-300), Ok(345)));
        assert_eq!(offset("+14:00"), Ok(840));
        for wrong in ["", "2", "02:00", "+2:00", "+14:01", "+0200", "+02:60", "+-2:00", "é1:00"] {
            assert!(offset(wrong).is_err(), "{wrong}");
        }
    }
}
