//! `roadbook admin export`: accounts or contacts as a file that other programs read, and `admin import` too; consents with
//! their proof; the orders of some days.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::api::{Api, with_query};
use crate::output::Output;
use crate::problem::Problem;

const EXAMPLES: &str = "\
Examples:
  roadbook admin export accounts.csv --kind account
  roadbook admin export people.vcf --kind contact --format vcard
  roadbook admin export shops.geojson --kind account --format geojson
  roadbook admin export consents.csv --kind consent --as-at 2026-06-30
  roadbook admin export orders.csv --kind order --from 2026-11-01 --to 2026-11-30 --state accepted

A cell of the CSV file that a spreadsheet might take for a formula begins with an apostrophe; an import leaves it out again.";

/// What, as what, and where to.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// The file to write.
    file: PathBuf,
    /// What to export.
    #[arg(long)]
    kind: WhatArg,
    /// How to write it.
    #[arg(long, default_value = "csv")]
    format: FormatArg,
    /// Consents: only of this account, by id, number in the system behind, or name.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Consents: as they were known at the end of this day, UTC; without it, of today.
    #[arg(long, value_name = "DAY")]
    as_at: Option<NaiveDate>,
    /// Orders: taken on this day or later.
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<NaiveDate>,
    /// Orders: taken on this day or earlier.
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<NaiveDate>,
    /// Orders: only those that stand so, such as accepted.
    #[arg(long, requires = "from")]
    state: Option<String>,
}

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WhatArg {
    /// Accounts.
    Account,
    /// Contacts.
    Contact,
    /// What contacts consented to and took back, with proof; CSV.
    Consent,
    /// Orders and quotes, a row for each line; CSV.
    Order,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// Cells with commas.
    Csv,
    /// vCard 4, for contacts.
    Vcard,
    /// GeoJSON, for accounts that have a position.
    Geojson,
}

/// Writes the file.
pub(super) fn run(api: &mut Api, args: &ExportArgs, output: Output) -> Result<()> {
    let (word, kind) = match args.format {
        FormatArg::Csv => ("csv", "text/csv"),
        FormatArg::Vcard => ("vcard", "text/vcard"),
        FormatArg::Geojson => ("geojson", "application/geo+json"),
    };
    let path = path(api, args, word)?;
    let mut file =
        File::create(&args.file).with_context(|| format!("cannot write {}", args.file.display()))?;
    let size = match api.save(&path, kind, &mut file) {
        Ok(size) => size,
        Err(error) => {
            // Half a file is worth less than none.
            let _ = std::fs::remove_file(&args.file);
            return Err(error);
        }
    };
    file.sync_all()?;
    output.show(&json!({ "file": args.file, "bytes": size }), || {
        format!("{} is written ({size} bytes)", args.file.display())
    })
}

/// Where the file is asked for. A narrower question than the file can answer is refused, not widened.
fn path(api: &mut Api, args: &ExportArgs, format: &str) -> Result<String> {
    let refuse = |code, text: &str| Err(Problem::new(code, text).into());
    let is_csv = args.format == FormatArg::Csv;
    if args.kind != WhatArg::Consent && (args.account.is_some() || args.as_at.is_some()) {
        return refuse(
            "wrong_option",
            "--account and --as-at choose consents; leave them out, or say --kind consent",
        );
    }
    if args.kind != WhatArg::Order && args.from.is_some() {
        return refuse(
            "wrong_option",
            "--from, --to and --state choose orders; leave them out, or say --kind order",
        );
    }
    match args.kind {
        WhatArg::Account => Ok(with_query("/v1/exports/accounts", &[("format", format)])),
        WhatArg::Contact => Ok(with_query("/v1/exports/contacts", &[("format", format)])),
        WhatArg::Consent | WhatArg::Order if !is_csv => {
            refuse("format_does_not_fit", "consents and orders are written as CSV")
        }
        WhatArg::Consent => {
            let account = args.account.as_deref().map(|name| api.account(name)).transpose()?;
            let as_at = args.as_at.map(|day| day.to_string());
            Ok(asked("/v1/exports/consents", [("account", account), ("as_at", as_at)]))
        }
        WhatArg::Order => {
            let (Some(from), Some(to)) = (args.from, args.to) else {
                return refuse("days_required", "say of which days: --from 2026-11-01 --to 2026-11-30");
            };
            let (from, to) = (Some(from.to_string()), Some(to.to_string()));
            Ok(asked("/v1/exports/orders", [("from", from), ("to", to), ("state", args.state.clone())]))
        }
    }
}

/// A path with those of the questions that are asked.
fn asked<const N: usize>(path: &str, query: [(&str, Option<String>); N]) -> String {
    let query: Vec<_> = query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    with_query(path, &query)
}
