//! `roadbook admin late`: work that came after its account had changed hands, and was taken. Nothing waits for a decision.

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_model::ReassignmentId;
use serde_json::Value as Json;

use crate::api::{Api, text, when};
use crate::output::{Output, headed};

/// Late work.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin late list
  roadbook admin late list --move 0196f3a0-0000-7000-8000-000000000001")]
pub(super) struct LateArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show late work, the latest first, each piece with the move that made it late.
    #[command(after_help = "\
Examples:
  roadbook admin late list
  roadbook admin late list --move 0196f3a0-0000-7000-8000-000000000001 --json

A cover that was ended by hand and somebody who left make work late, too; no move is said then.")]
    List {
        /// That this move made late.
        #[arg(long = "move", value_name = "ID")]
        of: Option<ReassignmentId>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
}

/// Looks at late work.
pub(super) fn run(api: &mut Api, args: &LateArgs, output: Output) -> Result<()> {
    let Verb::List { of, limit } = &args.verb;
    let of = of.map(|id| id.to_string());
    let query: Vec<_> = of.iter().map(|id| ("reassignment", id.as_str())).collect();
    let rows = api.list_some("/v1/late", &query, *limit)?;
    output.show(&rows, || {
        if rows.is_empty() {
            return "nothing came late".to_owned();
        }
        headed(["taken", "who", "account", "what", "move"], rows.iter().map(row))
    })
}

fn row(late: &Json) -> [String; 5] {
    let entry = &late["entry"];
    let what = [text(&entry["summary"], "action"), text(entry, "kind")].join(" ");
    [
        when(&entry["at"]),
        text(entry, "person_name").to_owned(),
        text(entry, "account_name").to_owned(),
        what.trim_end().to_owned(),
        late["reassignment"]["id"].as_str().unwrap_or("-").to_owned(),
    ]
}
