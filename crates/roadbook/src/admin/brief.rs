//! The hand-over brief of an account, from the central record.

use anyhow::Result;
use chrono::DateTime;
use clap::Args;
use roadbook_model::brief::{Brief, Day};
use roadbook_server::store::Store;

use super::account;
use crate::edge;
use crate::problem::Problem;

/// Whose brief.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin brief ALFKI
  roadbook admin brief ALFKI --day 1998-05-06 --json

Beside what a device with the account can tell offline, it says what has not arrived yet of those who had the account
before: devices that still hand it over, work that is held or came late.")]
pub struct BriefArgs {
    /// The account, by id, number in the system behind, or name.
    account: String,
    /// Judge what is overdue or neglected as of this day (YYYY-MM-DD) instead of today.
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
}

/// Makes the brief of an account.
///
/// # Errors
/// `unknown_account`; `bad_day`; when the database fails.
pub async fn brief(store: Store, args: &BriefArgs) -> Result<Brief> {
    let now_ms = match &args.day {
        None => edge::now_ms(),
        Some(text) => Day::parse(text).map(Day::start_ms).ok_or_else(|| {
            Problem::new("bad_day", format!("{text:?} is not a day; write it as 2026-05-31"))
        })?,
    };
    let id = account(&store, &args.account).await?;
    let made = store.brief_at(id, DateTime::from_timestamp_millis(now_ms).unwrap_or_default()).await?;
    let gone =
        || Problem::new("unknown_account", format!("there is no account {:?} in the record", args.account));
    Ok(made.ok_or_else(gone)?)
}
