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
  roadbook admin decide keep_price 11079
  roadbook admin decide decline 11080 --text 'First the bill of March.'
  roadbook admin decide reject 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --text 'Sold out.' --by office@northwind.example")]
pub(super) struct DecideArgs {
    /// accept, reject, cancel, reopen, approve, decline, keep_price or take_price.
    verb: Decision,
    /// The order, by number or id.
    order: String,
    /// Why, for whoever made the order; to decline or reject, one has to say it.
    #[arg(long, value_name = "WHY")]
    text: Option<String>,
}

/// Decides.
pub(super) fn run(api: &mut Api, args: &DecideArgs, output: Output) -> Result<()> {
    let record = api.order(&args.order)?;
    let asked = match &args.text {
        Some(text) => json!({ "verb": args.verb.as_str(), "text": text }),
        None => json!({ "verb": args.verb.as_str() }),
    };
    let decided = api.post(&format!("/v1/records/{record}/requests"), &asked)?;
    let value = json!({
        "record": record,
        "number": decided["number"],
        "state": decided["state"],
        "total_minor": decided["total_minor"],
    });
    output.show(&value, || format!("order {} is {}", text(&value, "number"), text(&value, "state")))
}
