//! `roadbook admin conflicts`: fields that several people wrote at once, or that late work would have written over.

use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand};
use roadbook_model::RecordId;
use serde_json::{Value as Json, json};

use super::held::dotted;
use crate::api::{Api, encoded, text, when};
use crate::output::Output;
use crate::problem::Problem;

/// Conflicts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin conflicts list
  roadbook admin conflicts list --account ALFKI --json
  roadbook admin conflicts resolve 0196f3a0-0000-7000-8000-000000000001 phone --take kept
  roadbook admin conflicts resolve 0196f3a0-0000-7000-8000-000000000001 phone --value '\"030-0074321\"'")]
pub(super) struct ConflictsArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the open ones, oldest first, each value with who wrote it.
    #[command(after_help = "\
Examples:
  roadbook admin conflicts list
  roadbook admin conflicts list --account ALFKI")]
    List {
        /// Of this account, by id, number in the system behind, or name.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
    },
    /// Settle one, once for everybody.
    Resolve(ResolveArgs),
}

/// Which, and how.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("choice").required(true).args(["take", "value"]), after_help = "\
Examples:
  roadbook admin conflicts resolve 0196f3a0-0000-7000-8000-000000000001 phone --take late
  roadbook admin conflicts resolve 0196f3a0-0000-7000-8000-000000000001 phone --value null

What was seen is what `conflicts list` says now; should somebody change the record in between, nothing is done (stale).")]
struct ResolveArgs {
    /// The record.
    record: RecordId,
    /// The field, its names joined by points.
    field: String,
    /// By one of the conflict's values, by the word that stands before it.
    #[arg(long, value_name = "WORD")]
    take: Option<String>,
    /// By another value, as JSON; null clears the field.
    #[arg(long, value_name = "JSON")]
    value: Option<String>,
}

/// Looks at conflicts, or settles one.
pub(super) fn run(api: &mut Api, args: &ConflictsArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List { account } => {
            let account = account.as_deref().map(|name| api.account(name)).transpose()?;
            let query: Vec<_> = account.iter().map(|id| ("account", id.as_str())).collect();
            let open = api.list("/v1/conflicts", &query)?;
            output.show(&open, || words(&open))
        }
        Verb::Resolve(args) => resolve(api, args, output),
    }
}

fn resolve(api: &mut Api, args: &ResolveArgs, output: Output) -> Result<()> {
    let choice = match (&args.take, &args.value) {
        (Some(take), _) => json!({ "take": take }),
        (None, value) => {
            let bad = |error| Problem::new("bad_value", format!("the value is not JSON: {error}"));
            let value: Json = serde_json::from_str(value.as_deref().unwrap_or("null")).map_err(bad)?;
            json!({ "value": value })
        }
    };
    let path = format!("/v1/records/{}/conflicts", args.record);
    let open = api.list(&path, &[])?;
    let found = open.iter().find(|conflict| dotted(&conflict["path"]) == args.field);
    let none = || {
        let text =
            format!("{} has no conflict in {:?}; somebody may have settled it", args.record, args.field);
        Problem::new("no_conflict", text)
    };
    let seen = format!("\"{}\"", found.ok_or_else(none)?["version"]);
    let done = api.edit("POST", &format!("{path}/{}", encoded(&args.field)), &seen, Some(&choice))?;
    output.show(&done, || format!("settled; the record's version is {}", done["version"]))
}

fn words(open: &[Json]) -> String {
    if open.is_empty() {
        return "no conflict is open".to_owned();
    }
    let mut words = String::new();
    for conflict in open {
        words.push_str(&format!(
            "{} {} of {}: {}\n",
            text(conflict, "kind"),
            text(conflict, "record_id"),
            text(conflict, "account_name"),
            dotted(&conflict["path"])
        ));
        for side in conflict["values"].as_array().into_iter().flatten() {
            let stands = if side["stands"] == true { "  (stands)" } else { "" };
            words.push_str(&format!(
                "  {}: {} by {}, {}{stands}\n",
                text(side, "take"),
                side["value"],
                side["person_name"].as_str().unwrap_or("somebody"),
                when(&side["at"])
            ));
        }
    }
    words
}
