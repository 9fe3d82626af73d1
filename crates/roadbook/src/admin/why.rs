//! Why something is in the record, is not, or is held.

use anyhow::Result;
use clap::{ArgGroup, Args};
use roadbook_model::{DeviceId, RecordId};
use serde_json::Value as Json;

use crate::api::{Api, text, when, with_query};
use crate::output::Output;
use crate::problem::{self, Problem};

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
pub(super) struct WhyArgs {
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
pub(super) fn run(api: &mut Api, args: &WhyArgs, output: Output) -> Result<()> {
    if args.change.as_ref().is_some_and(|hash| !is_hash(hash)) {
        return Err(Problem::new("bad_hash", "a change's hash is 64 hexadecimal digits").into());
    }
    let generation = args.number.map(|_| args.store_generation.to_string());
    let asked = [
        ("record", args.record.map(|id| id.to_string())),
        ("change", args.change.clone()),
        ("device", args.device.map(|id| id.to_string())),
        ("number", args.number.map(|number| number.to_string())),
        ("store_generation", generation),
    ];
    let query: Vec<_> = asked.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let told = api.get(&with_query("/v1/why", &query)).map_err(|error| {
        if problem::code(&error) == "not_found" {
            let text =
                "nobody here knows it: it is still on the device that made it, or is of another organisation";
            return Problem::new("nothing_known", text).into();
        }
        error
    })?;
    output.show(&told, || words(&told))
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The answer in words.
fn words(why: &Json) -> String {
    let mut words = format!("{}\n", text(why, "text"));
    if let Some(there) = why["on_device"]["text"].as_str() {
        words.push_str(&format!("{there}\n"));
    }
    if let Some(left_out) = why["left_out"].as_u64().filter(|count| *count > 0) {
        words.push_str(&format!("({left_out} earlier steps are left out)\n"));
    }
    for step in why["steps"].as_array().into_iter().flatten() {
        let position = step["position"].to_string();
        words.push_str(&format!("{position:>8}  {}  {}\n", when(&step["at"]), text(step, "text")));
    }
    words
}
