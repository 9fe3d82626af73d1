//! The hand-over brief, offline.

use anyhow::Result;
use clap::Args;
use roadbook_model::brief::Day;
use roadbook_replica::Device;

use super::named;
use crate::output::Output;
use crate::problem::Problem;

/// Whose brief.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna brief 'Alfreds Futterkiste'
  roadbook device --home ~/anna brief ALFKI --html > alfreds.html
  roadbook device --home ~/anna brief ALFKI --day 1998-05-06 --json")]
pub struct BriefArgs {
    /// The account.
    account: String,
    /// Judge what is overdue or neglected as of this day (YYYY-MM-DD) instead of today.
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
    /// As a page to print.
    #[arg(long)]
    html: bool,
}

/// Shows the brief of an account.
///
/// # Errors
/// `unknown_record`; `bad_day`; when the store cannot be read.
pub fn brief(device: &Device, args: &BriefArgs, output: Output) -> Result<()> {
    let account = named::account(device, &args.account)?;
    let made = match &args.day {
        None => device.brief(account)?,
        Some(text) => {
            let text = text.as_str();
            let day = Day::parse(text).ok_or_else(|| {
                Problem::new("bad_day", format!("{text:?} is not a day; write it as 2026-05-31"))
            })?;
            device.brief_at(account, day.start_ms())?
        }
    };
    let made = made.ok_or_else(|| {
        Problem::new("unknown_record", "this account is not on this device; sync, or ask who has it")
    })?;
    if args.html {
        print!("{}", made.to_html());
        return Ok(());
    }
    output.show(&made, || made.to_text())
}
