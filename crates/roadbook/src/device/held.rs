//! The held tray: what is in it, and what its person makes of it.

use anyhow::Result;
use clap::Args;
use roadbook_replica::queries::Notice;
use roadbook_replica::{Device, Store};
use roadbook_sync::device::reapply::Discarded;
use serde_json::json;

use super::look;
use crate::output::Output;
use crate::problem::Problem;

/// What to do with the tray.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna held
  roadbook device --home ~/anna held --reapply 17
  roadbook device --home ~/anna held --discard 17

Re-applying captures the work anew on the record as it is now; what others changed since stays, is listed, and is kept as a
notice until that is dismissed. Either way the item leaves the tray with the next sync.")]
pub struct HeldArgs {
    /// Capture the item with this number anew.
    #[arg(long, value_name = "NUMBER", conflicts_with = "discard")]
    reapply: Option<u64>,
    /// Give up on the item with this number.
    #[arg(long, value_name = "NUMBER")]
    discard: Option<u64>,
}

/// What to do with the office's decisions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna notices
  roadbook device --home ~/anna notices --json
  roadbook device --home ~/anna notices --dismiss 17

A notice stays until it is dismissed; with --json it holds all that had been written.")]
pub struct NoticesArgs {
    /// Forget the notice about the item of this number: it was read.
    #[arg(long, value_name = "NUMBER")]
    dismiss: Option<u64>,
}

/// Shows what the office decided about held work, or dismisses one of these notices.
///
/// # Errors
/// `unknown_notice`; when the store fails.
pub fn notices(device: &Device, args: &NoticesArgs, output: Output) -> Result<()> {
    let Some(number) = args.dismiss else {
        let found = device.store().notices()?;
        return output.show(&found, || match found.is_empty() {
            true => "nothing became of held work that you have not read".to_owned(),
            false => found.iter().map(in_words).collect(),
        });
    };
    if !device.store().dismiss(number)? {
        return Err(Problem::new(
            "unknown_notice",
            "there is no notice of this number; list them without --dismiss",
        )
        .into());
    }
    output.show(&json!({ "dismissed": number }), || format!("the notice about number {number} is gone"))
}

fn in_words(notice: &Notice) -> String {
    let title = notice.item["title"].as_str().unwrap_or_default();
    let what = match notice.fate.as_str() {
        "re_authored" => "the office took over what it would have changed",
        "overruled" => "does not stand in all of it: others wrote the same meanwhile",
        _ => "the office gave it up: it is not in the record",
    };
    format!("{:>4}  {title}  {what}\n      {}\n", notice.number, notice.text)
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
        let mut text = format!("number {} does that for number {number}; sync to send it\n", done.number);
        for field in &done.overruled {
            let (path, theirs) = (field.path.join("/"), &field.theirs);
            text.push_str(&format!("{path}: others changed it since, {theirs} stands; see the notices\n"));
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
