//! `roadbook admin rescue`: work out of a rescue file that a phone wrote when nothing else could bring it here.

mod file;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::DateTime;
use clap::Args;
use serde_json::{Value as Json, json};

use self::file::{Content, Written};
use crate::api::{Api, text, when};
use crate::output::{Output, table};
use crate::session::secret_line;

const EXAMPLES: &str = "\
Examples:
  roadbook admin rescue nancy.rescue
  roadbook admin rescue nancy.rescue --dry-run
  roadbook admin rescue nancy.rescue --json < passphrase.txt

The passphrase is asked for on the terminal, or is the first line of standard input. Each item is judged as if the phone had
sent it now: it comes into the record in time or late, is held for you, or is refused. Loading a file twice changes nothing,
and neither does the phone when it sends the same work after all.";

/// Which file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RescueArgs {
    /// The file.
    file: PathBuf,
    /// Only say what is in it.
    #[arg(long)]
    dry_run: bool,
}

/// Opens the file, and brings what it holds.
pub(super) fn run(api: &mut Api, args: &RescueArgs, output: Output) -> Result<()> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    file::check(&bytes)?;
    let content = file::open(&bytes, &secret_line("Passphrase of the file: ")?)?;
    let answers = if args.dry_run { Answers::default() } else { bring(api, &content)? };
    let items: Vec<Json> = content.items.iter().map(|item| item_json(item, &answers)).collect();
    let value = json!({
        "device_id": content.device, "person_name": content.person_name, "made_ms": content.made_ms, "items": items,
        "stopped": answers.stopped,
    });
    output.show(&value, || words(&content, &items, &answers, args.dry_run))
}

/// What the server said.
#[derive(Default)]
struct Answers {
    /// By store generation and push number.
    by_number: BTreeMap<(u64, u64), Json>,
    /// Why it took no more.
    stopped: Option<Json>,
}

/// Brings push after push, and stops where the server does: what follows builds on it.
fn bring(api: &mut Api, content: &Content) -> Result<Answers> {
    let mut answers = Answers::default();
    for push in &content.pushes {
        let generation = push["store_generation"].as_u64().unwrap_or(0);
        let mut done = api.post(&format!("/v1/devices/{}/rescue", content.device), push)?;
        for item in done["items"].as_array().into_iter().flatten() {
            let number = item["number"].as_u64().unwrap_or(0);
            answers.by_number.insert((generation, number), item.clone());
        }
        if !done["stopped"].is_null() {
            answers.stopped = Some(done["stopped"].take());
            break;
        }
    }
    Ok(answers)
}

fn item_json(item: &Written, answers: &Answers) -> Json {
    let answer = answers.by_number.get(&(item.store_generation, item.number));
    json!({
        "number": item.number, "store_generation": item.store_generation, "kind": item.kind, "record_id": item.record,
        "account_id": item.account, "captured_ms": item.captured_ms, "wrote": item.wrote, "answer": answer,
    })
}

fn words(content: &Content, items: &[Json], answers: &Answers, is_look: bool) -> String {
    let made = when(&moment(content.made_ms));
    let mut lines = vec![format!("written by {}'s device {} at {made}", content.person_name, content.device)];
    let head = ["number", "what", "captured", "outcome", "why"].map(str::to_owned).to_vec();
    let rows = items.iter().map(|item| {
        let answer = &item["answer"];
        vec![
            item["number"].to_string(),
            text(item, "kind").to_owned(),
            when(&moment(item["captured_ms"].as_i64().unwrap_or(0))),
            outcome(answer, is_look),
            text(answer, "text").to_owned(),
        ]
    });
    lines.push(table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()));
    if let Some(stopped) = &answers.stopped {
        lines.push(format!("the server took no more: {} ({})", text(stopped, "text"), text(stopped, "code")));
    }
    lines.join("\n")
}

fn outcome(answer: &Json, is_look: bool) -> String {
    match (text(answer, "outcome"), answer["known"].as_bool()) {
        ("", _) if is_look => String::new(),
        ("", _) => "not loaded".to_owned(),
        (outcome, Some(true)) => format!("{}, as before", outcome.replace('_', " ")),
        (outcome, _) => outcome.replace('_', " "),
    }
}

fn moment(unix_ms: i64) -> Json {
    DateTime::from_timestamp_millis(unix_ms).map_or(Json::Null, |at| json!(at))
}
