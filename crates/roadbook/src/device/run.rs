//! `run`: many captures in one process, for scripts and other programs. A line in is a JSON object that says what to do,
//! a line out its answer. An answer with a record says that it is saved: it survives whatever happens next.

use std::io::BufRead;

use anyhow::Result;
use clap::Args;
use roadbook_model::projection::from_json;
use roadbook_model::{AccountId, Kind, RecordId, TerritoryId, Verb};
use roadbook_replica::{Device, SyncOptions};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::capture::kind_of;
use super::{content, sync};
use crate::output;
use crate::problem::Problem;

/// Reads what to do from standard input.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna run < day.jsonl
  make-visits | roadbook device --home ~/anna run --strict

Lines that it takes:
  {\"do\":\"create\",\"kind\":\"visit\",\"account\":\"<id>\",\"fields\":{\"state\":\"checked_out\",\"notes\":\"Hello.\"}}
  {\"do\":\"create\",\"kind\":\"account\",\"fields\":{\"name\":\"Harbour Deli\"}}
  {\"do\":\"edit\",\"record\":\"<id>\",\"fields\":{\"phone\":\"030-0074322\"}}
  {\"do\":\"ask\",\"verb\":\"submit\",\"record\":\"<id>\"}
  {\"do\":\"sync\"}
  {\"do\":\"status\"}

Each is answered with one line: {\"record\":\"<id>\"}, {\"sync\":{...}}, {\"status\":{...}} or {\"error\":{\"code\":...,\"text\":...}}.")]
pub struct RunArgs {
    /// End at the first line that fails, with its failure.
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Step {
    Create { kind: Kind, account: Option<AccountId>, territory: Option<TerritoryId>, fields: Json },
    Edit { record: RecordId, fields: Json },
    Ask { verb: Verb, record: RecordId },
    Sync,
    Status,
}

/// Does what standard input says, until it ends.
///
/// # Errors
/// With `--strict`, what the first failing line says; else only when standard input or output fail.
pub fn run(device: &Device, args: &RunArgs) -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        match step(device, &line) {
            Ok(answer) => output::line(&answer.to_string())?,
            Err(error) if args.strict => return Err(error),
            Err(error) => output::line(&sync::failure(&error).to_string())?,
        }
    }
    Ok(())
}

fn step(device: &Device, line: &str) -> Result<Json> {
    let step: Step = serde_json::from_str(line)
        .map_err(|error| Problem::new("bad_line", format!("this line cannot be read: {error}")))?;
    match step {
        Step::Create { kind, account, territory, fields } => {
            let fields = from_json(kind.spec(), &fields)?;
            let record = match account {
                Some(account) => device.create(kind, account, fields)?,
                None if kind == Kind::ACCOUNT => device.new_account(fields, territory)?.record(),
                None => return Err(Problem::new("required", format!("a {kind} needs its account")).into()),
            };
            Ok(json!({ "record": record }))
        }
        Step::Edit { record, fields } => {
            let kind = kind_of(device, record)?;
            device.edit(record, &content::edits_of_json(kind, &fields)?)?;
            Ok(json!({ "record": record }))
        }
        Step::Ask { verb, record } => {
            device.request(verb, record)?;
            Ok(json!({ "record": record }))
        }
        Step::Sync => Ok(json!({ "sync": device.sync(SyncOptions::default())? })),
        Step::Status => Ok(json!({ "status": device.status()? })),
    }
}
