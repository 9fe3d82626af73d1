//! `roadbook admin process`: publishing what the house does again and again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::output::Output;
use crate::problem::Problem;

/// Where templates stand.
const PATH: &str = "/v1/reference/processes";

/// Processes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin process publish --shipped
  roadbook admin process publish --file complaint.json --dry-run
  roadbook admin process list")]
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
