//! On what terms people lose accounts, and times, as flags.

use chrono::{DateTime, Local, NaiveDate, TimeZone, Utc};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use crate::output::number_of;

/// On what terms people lose accounts.
#[derive(Debug, Args)]
pub(super) struct TermsArgs {
    /// What happens to work that was captured before and comes after.
    #[arg(long, value_enum, default_value_t = Policy::Accept)]
    policy: Policy,
    /// For how many days the policy holds.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=3650))]
    grace: u16,
    /// A word for the people concerned.
    #[arg(long)]
    note: Option<String>,
}

impl TermsArgs {
    /// As a request says it.
    pub(super) fn body(&self) -> Json {
        json!({ "policy": self.policy.word(), "grace_days": self.grace, "note": self.note })
    }
}

/// A late policy, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Policy {
    /// Into the record, marked late.
    Accept,
    /// Held for review.
    Review,
    /// Held as refused.
    Refuse,
}

impl Policy {
    /// As a request says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Refuse => "refuse",
        }
    }
}

/// A day, which begins where the caller is, or a moment as RFC 3339.
pub(super) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    moment_in(text, &Local)
}

fn moment_in(text: &str, zone: &impl TimeZone) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return Ok(at);
    }
    let wrong = || "write a day, 2027-07-01, or a moment, 2027-07-01T06:00:00Z".to_owned();
    let day = text.parse::<NaiveDate>().map_err(|_| wrong())?;
    // Where the clock is put forward at midnight, the day begins at one.
    let begins = (0..=3).find_map(|hour| {
        let at = day.and_hms_opt(hour, 0, 0)?;
        zone.from_local_datetime(&at).earliest()
    });
    begins.map(|at| at.with_timezone(&Utc)).ok_or_else(wrong)
}

/// A moment, or that there is none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// With no end.
    Never,
    /// Until then.
    At(DateTime<Utc>),
}

impl Until {
    /// As a request says it: null for no end.
    pub(super) fn at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Never => None,
            Self::At(at) => Some(at),
        }
    }
}

/// A moment, or `never`.
pub(super) fn until(text: &str) -> Result<Until, String> {
    if text == "never" {
        return Ok(Until::Never);
    }
    moment(text).map(Until::At).map_err(|text| format!("{text}, or never"))
}

/// What was done for accounts and devices, in words.
pub(super) fn counted(done: &Json) -> String {
    format!(
        "{} moved; devices: {} gain, {} lose",
        number_of(&done["accounts"], "account"),
        done["gaining_devices"],
        done["losing_devices"]
    )
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn a_day_begins_where_the_caller_is() {
        let east = FixedOffset::east_opt(2 * 3600).unwrap();
        assert_eq!(moment_in("2027-07-01", &east).unwrap().to_rfc3339(), "2027-06-30T22:00:00+00:00");
        assert_eq!(moment_in("2027-07-01", &Utc).unwrap().to_rfc3339(), "2027-07-01T00:00:00+00:00");
        let said = moment_in("2027-07-01T06:00:00+02:00", &Utc).unwrap();
        assert_eq!(said.to_rfc3339(), "2027-07-01T04:00:00+00:00");
        assert!(moment_in("July", &east).unwrap_err().contains("2027-07-01"));
    }
}
