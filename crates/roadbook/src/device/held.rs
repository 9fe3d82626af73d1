//! The held tray: what is in it, and what its person makes of it.

use anyhow::Result;
use clap::Args;
use roadbook_replica::{Device, Store};
use roadbook_sync::device::reapply::Discarded;
use serde_json::json;

use super::look;
use crate::output::Output;

/// What to do with the tray.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna held
  roadbook device --home ~/anna held --reapply 17
  roadbook device --home ~/anna held --discard 17

Re-applying captures the work anew on the record as it is now; what others changed since stays, and is listed. Either way
the item leaves the tray with the next sync.")]
pub struct HeldArgs {
    /// Capture the item with this number anew.
    #[arg(long, value_name = "NUMBER", conflicts_with = "discard")]
    reapply: Option<u64>,
    /// Give up on the item with this number.
    #[arg(long, value_name = "NUMBER")]
    discard: Option<u64>,
}

/// Shows the tray, or decides on an item of it.
///
/// # Errors
/// `not_held`, `underway`, what stands in the way of capturing anew; when the store fails.
pub fn held(device: &Device, args: &HeldArgs, output: Output) -> Result<()> {
    match (args.reapply, args.discard) {
        (Some(number), _) => reapply(device, number, output),
        (None, Some(number)) => discard(device, number, output),
        (None, None) => look::items(device, Store::held_tray, "nothing is held or refused", output),
    }
}

fn reapply(device: &Device, number: u64, output: Output) -> Result<()> {
    let done = device.reapply(number)?;
    let value = json!({ "reapplied": number, "by": done });
    output.show(&value, || {
        let mut text =
            format!("number {number} is captured anew as number {}; sync to send it\n", done.number);
        for field in &done.overruled {
            let (path, theirs) = (field.path.join("/"), &field.theirs);
            text.push_str(&format!("{path}: others changed it since, {theirs} stands\n"));
        }
        text
    })
}

fn discard(device: &Device, number: u64, output: Output) -> Result<()> {
    let asked = match device.discard_held(number)? {
        Discarded::Gone => None,
        Discarded::Asked(asked) => Some(asked),
    };
    output.show(&json!({ "discarded": number, "number": asked }), || match asked {
        None => format!("number {number} is given up"),
        Some(_) => format!("number {number} is given up; sync to tell the server"),
    })
}
