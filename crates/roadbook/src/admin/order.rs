//! `roadbook admin order`: an order or a quote as it leaves the house.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::api::{Api, with_query};
use crate::output::Output;

/// Which order, as what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin order 11078 --as pdf --out order-11078.pdf
  roadbook admin order 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --as pdf --language de --out angebot.pdf
  roadbook admin order 11078 --as ubl --out order-11078.xml")]
pub(super) struct OrderArgs {
    /// The order, by number or id.
    order: String,
    /// As what.
    #[arg(long = "as", value_enum, default_value = "pdf")]
    format: Format,
    /// The language of a PDF.
    #[arg(long, value_enum)]
    language: Option<Language>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What an order can be had as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, to print.
    Pdf,
    /// A row for each line.
    Csv,
    /// UBL 2.1 `Order`, for the customer's system.
    Ubl,
    /// All that stands on it.
    Json,
}

/// A language of PDFs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// English.
    En,
    /// German.
    De,
}

/// Writes the file.
pub(super) fn run(api: &mut Api, args: &OrderArgs, output: Output) -> Result<()> {
    let record = api.order(&args.order)?;
    let path = format!("/v1/orders/{record}");
    let (path, kind) = match args.format {
        Format::Pdf => (format!("{path}/pdf"), "application/pdf"),
        Format::Csv => (format!("{path}/csv"), "text/csv"),
        Format::Ubl => (format!("{path}/ubl"), "application/xml"),
        Format::Json => (path, "application/json"),
    };
    let language = args.language.filter(|_| args.format == Format::Pdf).map(|language| match language {
        Language::En => "en",
        Language::De => "de",
    });
    let query: Vec<_> = language.iter().map(|word| ("language", *word)).collect();
    let mut bytes = Vec::new();
    api.save(&with_query(&path, &query), kind, &mut bytes)?;
    let file = &args.out;
    std::fs::write(file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
    let value = json!({ "record": record, "file": file.display().to_string(), "bytes": bytes.len() });
    output.show(&value, || format!("{} bytes in {}", bytes.len(), file.display()))
}
