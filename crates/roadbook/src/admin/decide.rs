//! `roadbook admin decide`: decisions on orders.

use anyhow::Result;
use clap::Args;
use roadbook_model::Verb as Decision;
use serde_json::json;

use crate::api::{Api, text};
use crate::output::Output;

/// A decision on an order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin decide accept 11078
  roadbook admin decide reject 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --by office@northwind.example")]
pub(super) struct DecideArgs {
    /// accept, reject, cancel or reopen.
    verb: Decision,
    /// The order, by number or id.
    order: String,
}

/// Decides.
pub(super) fn run(api: &mut Api, args: &DecideArgs, output: Output) -> Result<()> {
    let record = api.order(&args.order)?;
    let asked = json!({ "verb": args.verb.as_str() });
    let decided = api.post(&format!("/v1/records/{record}/requests"), &asked)?;
    let value = json!({
        "record": record,
        "number": decided["number"],
        "state": decided["state"],
        "total_minor": decided["total_minor"],
    });
    output.show(&value, || format!("order {} is {}", text(&value, "number"), text(&value, "state")))
}
