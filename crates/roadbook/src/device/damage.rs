//! Loses a record from the store, as a damaged disk would: how the conformance kit shows that the digest finds what is
//! missing (rules D1 and D2). In debug builds only; nothing that people use removes a record.

use anyhow::Result;
use clap::Args;
use roadbook_model::RecordId;
use roadbook_replica::Device;
use roadbook_sync::device::content;
use serde_json::json;

use crate::output::Output;

/// What is lost.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna damage 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
pub(super) struct DamageArgs {
    /// The record.
    record: RecordId,
}

pub(super) fn damage(device: &Device, args: &DamageArgs, output: Output) -> Result<()> {
    device.store().transaction(|rows| content::remove(rows, args.record))?;
    output.show(&json!({ "record": args.record }), || format!("lost {}", args.record))
}
