//! `roadbook admin reference`: what the office publishes and devices read, set by set.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use super::process::{faults, read};
use crate::api::{Api, encoded, text};
use crate::output::Output;

/// Reference data.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin reference list cadence
  roadbook admin reference publish cadence cadence.json --dry-run
  roadbook admin reference publish products products.json
  roadbook admin import products.csv --kind products --dry-run")]
pub(super) struct ReferenceArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what a set says, by key.
    #[command(after_help = "\
Examples:
  roadbook admin reference list cadence
  roadbook admin reference list products --json")]
    List {
        /// The set, such as products or cadence.
        set: String,
    },
    /// Publish items of a set; those with the same keys are replaced.
    #[command(after_help = "\
Examples:
  roadbook admin reference publish cadence cadence.json
  roadbook admin reference publish cadence cadence.json --dry-run

The file is a JSON object: each item under its key, null for one that is to end. Keys that it does not name stay as they are. What the
sets hold: docs/pricing.md, docs/plan.md. A CSV file, with a preview and the rows that are not taken: roadbook admin import.")]
    Publish {
        /// The set.
        set: String,
        /// The file.
        file: PathBuf,
        /// Only check, and name everything that is wrong.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Shows or publishes reference data.
pub(super) fn run(api: &mut Api, args: &ReferenceArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List { set } => {
            let items = api.list(&path(set), &[])?;
            output.show(&items, || {
                let line = |item: &Json| format!("{}  {}\n", text(item, "key"), item["value"]);
                if items.is_empty() { "nothing is here".to_owned() } else { items.iter().map(line).collect() }
            })
        }
        Verb::Publish { set, file, dry_run } => {
            let body = json!({ "items": read(file)?, "dry_run": dry_run });
            let done = api.post(&path(set), &body)?;
            output.show(&done, || {
                let found = faults(&done);
                match (dry_run, found.is_empty(), done["position"].is_null()) {
                    (true, true, _) => "it could be published".to_owned(),
                    (true, false, _) => found,
                    (false, _, true) => "it stands like that already".to_owned(),
                    (false, _, false) => "it is published".to_owned(),
                }
            })
        }
    }
}

fn path(set: &str) -> String {
    format!("/v1/reference/{}", encoded(set))
}
