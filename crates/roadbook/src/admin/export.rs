//! `roadbook admin export`: accounts or contacts as a file that other programs read, and `admin import` too.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::import::KindArg;
use crate::api::{Api, with_query};
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  roadbook admin export accounts.csv --kind account
  roadbook admin export people.vcf --kind contact --format vcard
  roadbook admin export shops.geojson --kind account --format geojson

A cell of the CSV file that a spreadsheet might take for a formula begins with an apostrophe; an import leaves it out again.";

/// What, as what, and where to.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// The file to write.
    file: PathBuf,
    /// What to export.
    #[arg(long)]
    kind: KindArg,
    /// How to write it.
    #[arg(long, default_value = "csv")]
    format: FormatArg,
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
    let what = match args.kind {
        KindArg::Account => "accounts",
        KindArg::Contact => "contacts",
    };
    let mut file =
        File::create(&args.file).with_context(|| format!("cannot write {}", args.file.display()))?;
    let path = with_query(&format!("/v1/exports/{what}"), &[("format", word)]);
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
        format!("{what} are in {} ({size} bytes)", args.file.display())
    })
}
