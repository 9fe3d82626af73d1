//! `roadbook admin process`: publishing what the house does again and again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use super::terms::moment;
use crate::api::Api;
use crate::output::{Output, headed, table};
use crate::problem::Problem;

/// Where templates stand.
const PATH: &str = "/v1/reference/processes";

/// Processes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin process publish --shipped
  roadbook admin process publish --file complaint.json --dry-run
  roadbook admin process list
  roadbook admin process owners
  roadbook admin process practice complaint")]
pub(super) struct ProcessArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the versions that were published.
    #[command(after_help = "\
Examples:
  roadbook admin process list
  roadbook admin process list --json")]
    List,
    /// Show whether goals are met, by who answers for the processes.
    #[command(after_help = "\
Examples:
  roadbook admin process owners
  roadbook admin process owners --since 2026-11-01 --json")]
    Owners {
        /// Only runs that began on or after this day.
        #[arg(long, value_name = "DATE", value_parser = moment)]
        since: Option<DateTime<Utc>>,
    },
    /// Show who practised a version to the end, and who did not yet.
    #[command(after_help = "\
Examples:
  roadbook admin process practice complaint
  roadbook admin process practice complaint --version 2 --role rep --json

Practising is done on devices and never enters the record. What was practised is counted for each person, on all devices that the
person had.")]
    Practice {
        /// The process.
        process: String,
        /// The version; without it, the one that is offered.
        #[arg(long)]
        version: Option<i64>,
        /// Only people of this role.
        #[arg(long, value_parser = ["rep", "manager", "office", "admin"])]
        role: Option<String>,
    },
    /// Publish a version, or those that come with Roadbook.
    #[command(after_help = "\
Examples:
  roadbook admin process publish --shipped
  roadbook admin process publish --file complaint.json
  roadbook admin process publish --file complaint.json --dry-run

A file holds one version as a JSON object; docs/processes.md says its fields. A version that was published stays as it is, but
for whether it is offered: runs keep it.")]
    Publish(PublishArgs),
}

#[derive(Debug, Args)]
struct PublishArgs {
    /// A complaint, a stock-out and a refused order, with the departments that they hand tasks to.
    #[arg(long, required_unless_present = "file", conflicts_with = "file")]
    shipped: bool,
    /// The file.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Only check, and name everything that is wrong.
    #[arg(long, requires = "file")]
    dry_run: bool,
}

/// Lists or publishes.
pub(super) fn run(api: &mut Api, args: &ProcessArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List => list(api, output),
        Verb::Owners { since } => owners(api, *since, output),
        Verb::Practice { process, version, role } => {
            practice(api, process, *version, role.as_deref(), output)
        }
        Verb::Publish(PublishArgs { file: Some(file), dry_run, .. }) => {
            let value = read(file)?;
            publish(api, value, *dry_run, output)
        }
        Verb::Publish(_) => shipped(api, output),
    }
}

fn list(api: &mut Api, output: Output) -> Result<()> {
    let found = api.list(PATH, &[])?;
    output.show(&found, || {
        let line = |row: &Json| {
            let value = &row["value"];
            let offered = if value["is_offered"] == false { "not offered" } else { "offered" };
            let name = value["name"].as_str().unwrap_or_default();
            format!("{}  {offered}  {name}\n", row["key"].as_str().unwrap_or_default())
        };
        if found.is_empty() {
            "no process was published".to_owned()
        } else {
            found.iter().map(line).collect()
        }
    })
}

fn owners(api: &mut Api, since: Option<DateTime<Utc>>, output: Output) -> Result<()> {
    let since = since.map(|since| since.to_rfc3339());
    let filters: Vec<_> = since.iter().map(|since| ("since", since.as_str())).collect();
    let found = api.list("/v1/processes/owners", &filters)?;
    output.show(&found, || {
        let line = |name: &str, process: &str, figures: &Json| {
            let number = |name: &str| figures[name].to_string();
            let attained = match figures["met_bp"].as_u64() {
                Some(share) => format!("{}.{:02} %", share / 100, share % 100),
                None => "-".to_owned(),
            };
            let [name, process] = [name, process].map(str::to_owned);
            [name, process, number("runs"), number("running"), number("met"), number("missed"), attained]
        };
        let rows = found.iter().flat_map(|owner| {
            let own = owner["processes"].as_array().into_iter().flatten();
            let all = line(owner["name"].as_str().unwrap_or_default(), "all", &owner["figures"]);
            let each = own.map(|one| line("", one["name"].as_str().unwrap_or_default(), &one["figures"]));
            std::iter::once(all).chain(each)
        });
        headed(["owner", "process", "runs", "going on", "met", "missed", "attained"], rows)
    })
}

fn practice(
    api: &mut Api,
    process: &str,
    version: Option<i64>,
    role: Option<&str>,
    output: Output,
) -> Result<()> {
    let version = version.map(|version| version.to_string());
    let wanted = [("version", version.as_deref()), ("role", role)];
    let filters: Vec<_> = wanted.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let found = api.list(&format!("/v1/processes/{process}/practice"), &filters)?;
    output.show(&found, || {
        let row = |row: &Json| {
            let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let version = &row["version"];
            let practised = match (row["times"].as_i64().unwrap_or(0), row["latest_version"].as_i64()) {
                (0, None) => "not yet".to_owned(),
                (0, Some(other)) => format!("not version {version}; version {other}"),
                (1, _) => format!("once, on {}", day(&row["last_at"])),
                (times, _) => format!("{times} times, last on {}", day(&row["last_at"])),
            };
            vec![word("person_name"), word("role"), practised]
        };
        table(&found.iter().map(row).collect::<Vec<_>>())
    })
}

fn day(at: &Json) -> &str {
    at.as_str().and_then(|at| at.get(..10)).unwrap_or_default()
}

/// A JSON file.
pub(super) fn read(file: &Path) -> Result<Json> {
    let text = fs::read_to_string(file).map_err(|error| {
        Problem::new("unreadable_file", format!("{} cannot be read: {error}", file.display()))
    })?;
    let value: Json = serde_json::from_str(&text).map_err(|error| {
        Problem::new("unreadable_file", format!("{} is no JSON: {error}", file.display()))
    })?;
    Ok(value)
}

fn publish(api: &mut Api, value: Json, dry_run: bool, output: Output) -> Result<()> {
    let (process, version) = (value["process"].as_str().unwrap_or_default(), &value["version"]);
    let key = format!("{process}@{version}");
    let body = json!({ "items": { key.clone(): value }, "dry_run": dry_run });
    let done = api.post(PATH, &body)?;
    output.show(&done, || {
        let faults = faults(&done);
        match (dry_run, faults.is_empty(), done["position"].is_null()) {
            (true, true, _) => format!("{key} could be published"),
            (true, false, _) => faults,
            (false, _, true) => format!("{key} stands as it is"),
            (false, _, false) => format!("{key} is published"),
        }
    })
}

/// What is wrong with what was to be published, a line each.
pub(super) fn faults(done: &Json) -> String {
    let line = |fault: &Json| {
        let path: Vec<&str> =
            fault["path"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        format!("{}: {}\n", path.join("."), fault["text"].as_str().unwrap_or_default())
    };
    done["faults"].as_array().into_iter().flatten().map(line).collect()
}

fn shipped(api: &mut Api, output: Output) -> Result<()> {
    let done = api.post("/v1/processes/shipped", &Json::Null)?;
    output.show(&done, || {
        let names = |name: &str| {
            let words = done[name].as_array().into_iter().flatten().filter_map(Json::as_str);
            words.collect::<Vec<_>>().join(", ")
        };
        match (names("published").as_str(), names("departments").as_str()) {
            ("", _) => "all of them are there already".to_owned(),
            (published, "") => format!("published {published}"),
            (published, departments) => {
                format!("published {published}; added the departments {departments}: give them members")
            }
        }
    })
}
