//! `handovers`: the office's notes on accounts that came or left.

use anyhow::Result;
use clap::Args;
use roadbook_replica::Device;
use roadbook_replica::queries::Handover;

use crate::output::Output;

/// Whether what is shown was read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna handovers
  roadbook device --home ~/anna handovers --json
  roadbook device --home ~/anna handovers --read

A note stays until it was read; with --read it is shown once more and then forgotten.")]
pub struct HandoversArgs {
    /// Forget what is shown: it was read.
    #[arg(long)]
    read: bool,
}

/// Shows what the office says of accounts that changed hands.
///
/// # Errors
/// When the store fails.
pub fn handovers(device: &Device, args: &HandoversArgs, output: Output) -> Result<()> {
    let store = device.store();
    let found = store.handovers()?;
    if args.read {
        for handover in &found {
            store.dismiss_handover(handover.lease)?;
        }
    }
    output.show(&found, || match found.is_empty() {
        true => "no note on accounts that came or left that you have not read".to_owned(),
        false => found.iter().map(in_words).collect(),
    })
}

fn in_words(handover: &Handover) -> String {
    let id = handover.account.to_string();
    let name = handover.title.as_deref().unwrap_or(&id);
    let what = if handover.gained { "is yours now" } else { "went to somebody else" };
    format!("{name} {what}\n      {}\n", handover.note)
}
