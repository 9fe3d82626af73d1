//! On what terms people lose accounts, and times, as flags.

use chrono::{DateTime, NaiveDate, Utc};
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

/// A day (its beginning in UTC), or a moment as RFC 3339.
pub(super) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return Ok(at);
    }
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    day.map(|day| day.and_utc())
        .ok_or_else(|| "write a day, 2027-07-01, or a moment, 2027-07-01T06:00:00Z".to_owned())
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
