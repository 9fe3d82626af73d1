//! `roadbook admin sample`: data to try things with, loaded and removed.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::output::{Output, Progress, number_of};

/// Where it stands.
const PATH: &str = "/v1/sample";

/// Sample data.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin sample show
  roadbook admin sample load
  roadbook admin sample remove

The sample is Northwind, a food wholesaler. Removing archives it: out of every list, search, figure and device, and still in
the log. Accounts on which somebody worked stay, unless --with-work.")]
pub(super) struct SampleArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what of it is here, and on what somebody worked.
    #[command(after_help = "Examples:\n  roadbook admin sample show\n  roadbook admin sample show --json")]
    Show,
    /// Load it, beside whatever is here.
    #[command(after_help = "Examples:\n  roadbook admin sample load")]
    Load,
    /// Remove it.
    #[command(
        after_help = "Examples:\n  roadbook admin sample remove\n  roadbook admin sample remove --with-work"
    )]
    Remove {
        /// Accounts on which somebody worked go, too, with that work.
        #[arg(long)]
        with_work: bool,
    },
}

/// Shows, loads or removes it.
pub(super) fn run(api: &mut Api, args: &SampleArgs, output: Output) -> Result<()> {
    let progress = Progress::new(output);
    let stands = match args.verb {
        Verb::Show => api.get(PATH)?,
        Verb::Load => {
            progress.step("loading the sample data");
            api.post(&format!("{PATH}/load"), &Json::Null)?
        }
        Verb::Remove { with_work } => {
            progress.step("removing the sample data");
            api.post(&format!("{PATH}/remove"), &json!({ "with_work": with_work }))?
        }
    };
    progress.end();
    output.show(&stands, || told(&stands))
}

fn told(stands: &Json) -> String {
    let count = |name: &str| stands[name].as_u64().unwrap_or_default();
    let state = match stands["state"].as_str().unwrap_or_default() {
        "absent" => return "the sample data was never loaded".to_owned(),
        "removed" => return "the sample data was removed".to_owned(),
        "partly" => "the sample data was removed, but for what somebody worked on",
        _ => "the sample data is loaded",
    };
    let number = |name: &str, one: &str| number_of(&stands[name], one);
    let mut lines = vec![format!(
        "{state}: {} with {}, {} people, {} territories",
        number("accounts", "account"),
        number("records", "record"),
        count("people"),
        count("territories")
    )];
    let devices = format!(
        "on {}, with {} unsent when last heard of",
        number("devices", "device"),
        number("unsent", "item")
    );
    lines.extend((count("devices") > 0).then_some(devices));
    lines.extend(stands["worked"].as_array().into_iter().flatten().map(|worked| {
        let name = worked["name"].as_str().unwrap_or_default();
        let joined = if worked["is_joined"] == true { ", one with an account of your own" } else { "" };
        let entries = match worked["entries"].as_u64() {
            Some(1) => "1 entry".to_owned(),
            _ => format!("{} entries", worked["entries"]),
        };
        format!("  worked on: {name}, {entries}{joined}")
    }));
    lines.join("\n")
}
