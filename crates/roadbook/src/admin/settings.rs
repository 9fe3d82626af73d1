//! `roadbook admin settings`: what the organisation itself decides about how it works.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::api::{Api, given, text};
use crate::output::{Output, table};

/// Where they stand.
const PATH: &str = "/v1/settings";

/// The organisation's settings.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin settings show
  roadbook admin settings set --offline-days 14")]
pub(super) struct SettingsArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the settings.
    #[command(after_help = "\
Examples:
  roadbook admin settings show
  roadbook admin settings show --json")]
    Show,
    /// Change what is named; the rest stays.
    Set(SetArgs),
}

/// What is to be otherwise.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin settings set --offline-days 14
  roadbook admin settings set --seller-name 'Northwind Traders' --seller-tax-id DE123456789
  roadbook admin settings set --order-terms ''

Devices hear of it with their next sync. An empty text takes one back.")]
#[group(required = true, multiple = true)]
struct SetArgs {
    /// Days without contact after which a device asks its person to sign in before it shows records.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=365))]
    offline_days: Option<u16>,
    /// The name under which the organisation sells: at the head of quotes and orders that leave the house.
    #[arg(long, value_name = "TEXT")]
    seller_name: Option<String>,
    /// Its address, in lines as on paper.
    #[arg(long, value_name = "TEXT")]
    seller_address: Option<String>,
    /// Its tax number.
    #[arg(long, value_name = "TEXT")]
    seller_tax_id: Option<String>,
    /// The terms under which it sells: at the foot of them.
    #[arg(long, value_name = "TEXT")]
    order_terms: Option<String>,
}

/// Looks at the settings, or changes some.
pub(super) fn run(api: &mut Api, args: &SettingsArgs, output: Output) -> Result<()> {
    let settings = match &args.verb {
        Verb::Show => api.get(PATH)?,
        Verb::Set(to) => {
            let seen = api.etag(PATH)?;
            let edit = json!({
                "offline_days": to.offline_days, "seller_name": to.seller_name, "seller_address": to.seller_address,
                "seller_tax_id": to.seller_tax_id, "order_terms": to.order_terms,
            });
            api.edit("PATCH", PATH, &seen, Some(&given(edit)))?
        }
    };
    output.show(&settings, || words(&settings))
}

fn words(settings: &Json) -> String {
    let row = |what: &str, value: &str| vec![what.to_owned(), value.replace('\n', ", ")];
    table(&[
        row("days without contact before a device asks for a sign-in", &settings["offline_days"].to_string()),
        row("seller", text(settings, "seller_name")),
        row("its address", text(settings, "seller_address")),
        row("its tax number", text(settings, "seller_tax_id")),
        row("terms of orders", text(settings, "order_terms")),
    ])
}
