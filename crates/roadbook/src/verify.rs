//! `roadbook verify`: the log checked and folded a second time, beside the live record.

use anyhow::Result;
use clap::Args;
use roadbook_server::store::verify::{Tell, Verification};
use serde_json::json;

use crate::database::DatabaseArgs;
use crate::output::{self, Output, Progress};
use crate::problem::Problem;

/// Check the log's chain, rebuild the central record beside the live one, and compare.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook verify
  roadbook verify --data /var/lib/roadbook --json

It reads one moment of the database and changes nothing; a running server goes on meanwhile. It fails with
not_sound when something does not hold.")]
pub struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// How far it is.
fn tell(found: &Verification) {
    output::pass(&format!("{} entries checked, {} records folded", found.entries, found.records));
}

/// Verifies.
///
/// # Errors
/// `not_sound` when something does not hold; what the database says.
pub fn run(args: &VerifyArgs, output: Output) -> Result<()> {
    args.database.must_exist()?;
    let progress = Progress::new(output);
    if !output.json {
        output::pass("folding the log a second time");
    }
    let tell: Tell = if output.json { |_| {} } else { tell };
    let found = args.database.with_store(|store| async move { Ok(store.verify_telling(tell).await?) })?;
    progress.end();
    if !found.is_sound() {
        let mut text = format!("{} problems:", found.problem_count);
        for problem in &found.problems {
            text.push_str(&format!("\n  {problem}"));
        }
        return Err(Problem::new("not_sound", text).into());
    }
    let value = json!({
        "sound": true, "entries": found.entries, "records": found.records, "rows": found.rows,
        "changes": found.changes, "leases": found.leases, "receipts": found.receipts, "held": found.held,
        "requests": found.requests, "references": found.references,
    });
    output.show(&value, || {
        format!(
            "sound: {} entries of the log, {} records and {} rows of the central record hold; so do {} leases, {} receipts, \
             {} held or refused items, {} answered requests and {} keys of reference data",
            found.entries,
            found.records,
            found.rows,
            found.leases,
            found.receipts,
            found.held,
            found.requests,
            found.references
        )
    })
}
