//! The hand-over brief of an account, from the central record.

use anyhow::Result;
use clap::Args;
use roadbook_model::brief::words::{heading, nothing};
use roadbook_model::brief::{Day, Topic};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::api::{Api, text, with_query};
use crate::output::Output;
use crate::problem::Problem;

/// Whose brief.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin brief ALFKI
  roadbook admin brief ALFKI --day 1998-05-06 --json

Beside what a device with the account can tell offline, it says what has not arrived yet of those who had the account
before: devices that still hand it over, work that is held or came late.")]
pub(super) struct BriefArgs {
    /// The account, by id, number in the system behind, or name.
    account: String,
    /// Judge what is overdue or neglected as of this day (YYYY-MM-DD) instead of today.
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
}

/// Shows the brief of an account.
pub(super) fn run(api: &mut Api, args: &BriefArgs, output: Output) -> Result<()> {
    if let Some(text) = &args.day
        && Day::parse(text).is_none()
    {
        let text = format!("{text:?} is not a day; write it as 2026-05-31");
        return Err(Problem::new("bad_day", text).into());
    }
    let account = api.account(&args.account)?;
    let query: Vec<_> = args.day.iter().map(|day| ("day", day.as_str())).collect();
    let made = api.get(&with_query(&format!("/v1/accounts/{account}/brief"), &query))?;
    output.show(&made, || words(&made))
}

/// As [`roadbook_model::brief::Brief::to_text`] has it on a device. A section that this program does not know is left out:
/// a newer server may have more.
fn words(made: &Json) -> String {
    let day = text(made, "day");
    let day = Day::parse(day).map_or_else(|| day.to_owned(), Day::words);
    let mut words = format!("Brief: {}\nAs of {day}\n", text(made, "name"));
    for section in made["sections"].as_array().into_iter().flatten() {
        let Ok(topic) = Topic::deserialize(&section["section"]) else { continue };
        words.push_str(&format!("\n{}\n", heading(topic)));
        let statements = section["statements"].as_array().into_iter().flatten();
        let lines: Vec<String> = statements.map(|one| format!("- {}\n", text(one, "text"))).collect();
        match lines.is_empty() {
            true => words.push_str(&format!("  {}\n", nothing(topic))),
            false => words.push_str(&lines.concat()),
        }
        if let Some(more) = section["left_out"].as_u64().filter(|more| *more > 0) {
            words.push_str(&format!("  ({more} more)\n"));
        }
    }
    words
}
