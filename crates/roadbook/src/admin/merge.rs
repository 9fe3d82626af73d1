//! `roadbook admin merge`: two accounts that turned out to be one customer.

use anyhow::Result;
use clap::Args;
use serde_json::{Value as Json, json};

use super::terms::TermsArgs;
use crate::api::{Api, text, when};
use crate::output::{Output, table};

const EXAMPLES: &str = "\
Examples:
  roadbook admin merge BLAUS --into ALFKI --dry-run
  roadbook admin merge BLAUS --into ALFKI --note 'The same shop, entered twice.'

The records of the first account (contacts, visits, orders, tasks, comments) stand under the second from then on, on every
device and in the central record, with the ids and authors that they have. The first stays readable, marked as merged, and
goes where the second goes. What devices still send for it comes in as ever. A merge is not undone.";

/// Which two, and on what terms.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MergeArgs {
    /// The account that is merged, by id, number in the system behind, or name.
    account: String,
    /// The account that it becomes a part of.
    #[arg(long, value_name = "ACCOUNT")]
    into: String,
    #[command(flatten)]
    terms: TermsArgs,
    /// Only say what it would do, which devices are concerned and what they had unsent.
    #[arg(long)]
    dry_run: bool,
}

/// Merges them, or only looks.
pub(super) fn run(api: &mut Api, args: &MergeArgs, output: Output) -> Result<()> {
    let (account, into) = (api.account(&args.account)?, api.account(&args.into)?);
    let body = json!({ "into_id": into, "terms": args.terms.body(), "dry_run": args.dry_run });
    let done = api.post(&format!("/v1/accounts/{account}/merge"), &body)?;
    output.show(&done, || words(&done, args))
}

fn words(done: &Json, args: &MergeArgs) -> String {
    let records = done["records"].as_object().into_iter().flatten();
    let records: Vec<String> = records.map(|(kind, count)| format!("{count} {kind}")).collect();
    let verb = if done["position"].is_null() { "would be merged" } else { "is merged" };
    let mut lines = vec![format!("{} {verb} into {}: {}", args.account, args.into, records.join(", "))];
    if let Some(held) = done["held"].as_i64().filter(|held| *held > 0) {
        lines.push(format!("{held} held items of it still wait for somebody to decide"));
    }
    let devices: Vec<&Json> = done["devices"].as_array().into_iter().flatten().collect();
    if !devices.is_empty() {
        lines.push(concerned(&devices));
    }
    lines.join("\n")
}

fn concerned(devices: &[&Json]) -> String {
    let head = ["person", "device", "", "last seen", "unsent"].map(str::to_owned).to_vec();
    let rows = devices.iter().map(|device| {
        let how = if device["loses"].as_u64().unwrap_or(0) > 0 { "loses" } else { "gets" };
        vec![
            text(device, "person_name").to_owned(),
            text(device, "name").to_owned(),
            how.to_owned(),
            when(&device["last_seen_at"]),
            device["unsent"].to_string(),
        ]
    });
    table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}
