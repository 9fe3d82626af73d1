//! Why something is in the record, is not, or is held.

use anyhow::Result;
use clap::{ArgGroup, Args};
use roadbook_model::{DeviceId, RecordId};
use roadbook_server::store::Store;
use roadbook_server::store::office::conflicts::index::from_hex;
use roadbook_server::store::office::why::{Why, WhySubject};

use crate::problem::Problem;

/// What is asked about.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").required(true).args(["record", "change", "number"]))]
#[command(after_help = "\
Examples:
  roadbook admin why --record 0196f3a0-0000-7000-8000-000000000001
  roadbook admin why --record 0196f3a0-0000-7000-8000-000000000001 --device 0196f3b0-0000-7000-8000-000000000002
  roadbook admin why --change 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  roadbook admin why --device 0196f3b0-0000-7000-8000-000000000002 --number 17

The answer is what the log says about it, in sentences with their positions.")]
pub struct WhyArgs {
    /// This record; with --device, also whether it is there.
    #[arg(long, value_name = "ID", conflicts_with_all = ["change", "number"])]
    record: Option<RecordId>,
    /// The change with this hash, in hexadecimal.
    #[arg(long, value_name = "HASH", conflicts_with_all = ["device", "number"])]
    change: Option<String>,
    /// On this device, or pushed by it.
    #[arg(long, value_name = "ID")]
    device: Option<DeviceId>,
    /// The item that the device pushed under this number.
    #[arg(long, requires = "device")]
    number: Option<u64>,
    /// The generation of the device's store when it pushed the item.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "number")]
    store_generation: u32,
}

/// Answers.
///
/// # Errors
/// `bad_hash`; `nothing_known`; when the database fails.
pub async fn why(store: Store, args: &WhyArgs) -> Result<Why> {
    let subject = match (args.record, &args.change, args.device, args.number) {
        (Some(record), ..) => WhySubject::Record(record, args.device),
        (None, Some(change), ..) => {
            let bad = || Problem::new("bad_hash", "a change's hash is 64 hexadecimal digits");
            WhySubject::Change(from_hex(change).ok_or_else(bad)?)
        }
        (None, None, Some(device), Some(number)) => WhySubject::Item(device, args.store_generation, number),
        _ => {
            return Err(Problem::new(
                "nothing_asked",
                "say what: --record, --change, or --device and --number",
            )
            .into());
        }
    };
    let none = || {
        let text =
            "nobody here knows it: it is still on the device that made it, or is of another organisation";
        Problem::new("nothing_known", text)
    };
    Ok(store.why(subject).await?.ok_or_else(none)?)
}

/// The answer in words.
pub fn words(why: &Why) -> String {
    let mut text = format!("{}\n", why.text);
    if let Some(there) = &why.on_device {
        text.push_str(&format!("{}\n", there.text));
    }
    if why.left_out > 0 {
        text.push_str(&format!("({} earlier steps are left out)\n", why.left_out));
    }
    for step in &why.steps {
        text.push_str(&format!(
            "{:>8}  {}  {}\n",
            step.position,
            step.at.format("%Y-%m-%d %H:%M UTC"),
            step.text
        ));
    }
    text
}
