//! `roadbook admin duplicates`: accounts that are likely one, and the word that two are not.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::api::{Api, text, when};
use crate::output::{Output, table};

/// Likely duplicates.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin duplicates list
  roadbook admin duplicates list --account ALFKI
  roadbook admin duplicates apart ALFKI BLAUS
  roadbook admin duplicates apart ALFKI BLAUS --undo
  roadbook admin merge BLAUS --into ALFKI --dry-run")]
pub(super) struct DuplicatesArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show pairs of accounts that are likely one, the most alike first, and what agrees.
    #[command(after_help = "\
Examples:
  roadbook admin duplicates list
  roadbook admin duplicates list --apart --json

Those that are one are merged by `roadbook admin merge`.")]
    List {
        /// Pairs that this account is one of: its id, number in the system behind, or name.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// Those that somebody set apart, with who and when, the latest first.
        #[arg(long)]
        apart: bool,
    },
    /// Say that two accounts are not one: they are not listed any more.
    #[command(after_help = "\
Examples:
  roadbook admin duplicates apart ALFKI BLAUS
  roadbook admin duplicates apart ALFKI BLAUS --undo")]
    Apart {
        /// One of them, by id, number in the system behind, or name.
        account: String,
        /// The other.
        other: String,
        /// Take it back.
        #[arg(long)]
        undo: bool,
    },
}

/// Looks at pairs, or sets one apart.
pub(super) fn run(api: &mut Api, args: &DuplicatesArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List { account, apart } => {
            let account = account.as_deref().map(|name| api.account(name)).transpose()?;
            let mut query: Vec<_> = account.iter().map(|id| ("account", id.as_str())).collect();
            if *apart {
                query.push(("apart", "true"));
            }
            let pairs = api.list("/v1/duplicates", &query)?;
            output.show(&pairs, || words(&pairs, *apart))
        }
        Verb::Apart { account, other, undo } => {
            let (one, two) = (api.account(account)?, api.account(other)?);
            let body = json!({ "account_id": one, "other_id": two, "apart": !undo });
            api.post("/v1/duplicates/apart", &body)?;
            let said = if *undo { "may be one again" } else { "are not one" };
            output.show(&body, || format!("{account} and {other} {said}"))
        }
    }
}

fn words(pairs: &[Json], apart: bool) -> String {
    if pairs.is_empty() {
        return if apart { "nobody set any apart" } else { "no accounts are likely one" }.to_owned();
    }
    let last = if apart { "set apart" } else { "points" };
    let head = ["account", "other", "what agrees", last].map(str::to_owned).to_vec();
    let rows = pairs.iter().map(|pair| {
        let reasons = pair["reasons"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let end = match apart {
            true => format!("{} by {}", when(&pair["apart_at"]), text(pair, "apart_by_name")),
            false => pair["points"].to_string(),
        };
        vec![side(&pair["account"]), side(&pair["other"]), reasons.collect::<Vec<_>>().join(", "), end]
    });
    table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

/// An account by what one tells it by.
fn side(account: &Json) -> String {
    let fields = &account["fields"];
    let parts =
        [text(account, "name"), text(fields, "external_id"), text(fields, "street"), text(fields, "city")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
