//! `roadbook admin import`: accounts, contacts, consents or reference data from a file, with a preview, progress, and the rows that were not taken.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use crate::api::{Api, text};
use crate::output::{Output, Progress, pass, table};
use crate::problem::Problem;

const EXAMPLES: &str = "\
Examples:
  roadbook admin import customers.csv --kind account --dry-run
  roadbook admin import customers.csv --kind account --map 'Debitor=external_id' --map 'Remark=' --failed failed.csv
  roadbook admin import people.vcf --kind contact
  roadbook admin import consents.csv --kind consent --dry-run
  roadbook admin import products.csv --kind products
  roadbook admin import shops.geojson --kind account --json

What each column is for is guessed from what it is called; --map says otherwise, and an empty field leaves the column out. A row
whose external_id (or id) is known changes that record, any other makes a new one; of reference data the key decides (a SKU, a list and
a SKU). A consent is entered at its contact, and none is changed. docs/import.md says what columns may be for. Case and blanks make no difference in an
external_id. Empty cells say nothing unless --clear-blank. A row that is not taken stops no other: --failed writes those
into a file with the reason, to be mended and imported again. What the verb began goes on in the server when it is stopped.";

/// Bytes of one part.
const PART_BYTES: usize = 512 * 1024;
/// How often it is asked how far the import is.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// Which file, and how to read it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// The file: CSV, or by its ending vCard (.vcf) or GeoJSON (.geojson, .json).
    file: PathBuf,
    /// What its rows are.
    #[arg(long)]
    kind: KindArg,
    /// What a column is for, such as 'Debitor=external_id'.
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,
    /// An empty cell empties the field.
    #[arg(long)]
    clear_blank: bool,
    /// Only say what it would do.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the rows that are not taken, as CSV.
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,
}

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum KindArg {
    /// Accounts.
    Account,
    /// Contacts.
    Contact,
    /// Consents of contacts.
    Consent,
    /// Products by SKU.
    Products,
    /// Price lists.
    PriceLists,
    /// Prices by list and SKU.
    Prices,
    /// Loyalty tiers.
    Tiers,
    /// Promotions.
    Promotions,
    /// Tax rates.
    Taxes,
    /// Limits of discretion.
    Discretion,
    /// Cadences by segment.
    Cadence,
    /// Goals.
    Goals,
}

/// Uploads the file, checks it, and carries it out unless it is only to be looked at.
pub(super) fn run(api: &mut Api, args: &ImportArgs, output: Output) -> Result<()> {
    let bytes = fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = args.kind.to_possible_value().map(|kind| kind.get_name().to_owned());
    let new = json!({ "kind": kind, "format": format(&args.file), "file_name": name });
    let progress = Progress::new(output);
    progress.step(&format!("uploading {name}"));
    let made = api.post("/v1/imports", &new)?;
    let path = format!("/v1/imports/{}", text(&made, "id"));
    for (place, part) in bytes.chunks(PART_BYTES).enumerate() {
        api.put(&format!("{path}/parts/{place}"), &json!({ "base64": STANDARD.encode(part) }))?;
    }
    progress.step("reading the file");
    api.post(&format!("{path}/check"), &json!({}))?;
    let mut found = wait(api, &path, &["reading", "checking"])?;
    if !args.map.is_empty() || args.clear_blank {
        let fields = mapped(&found, &args.map)?;
        api.post(&format!("{path}/check"), &json!({ "fields": fields, "clear_blank": args.clear_blank }))?;
        found = wait(api, &path, &["checking"])?;
    }
    if args.dry_run {
        save_failed(api, &path, args)?;
        api.post(&format!("{path}/cancel"), &json!({}))?;
    } else {
        progress.step("carrying it out");
        api.post(&format!("{path}/run"), &json!({}))?;
        found = wait(api, &path, &["running"])?;
        save_failed(api, &path, args)?;
    }
    progress.end();
    output.show(&found, || words(&found, args))
}

fn format(file: &Path) -> &'static str {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("vcf" | "vcard") => "vcard",
        Some("geojson" | "json") => "geojson",
        _ => "csv",
    }
}

/// Waits until the import is in none of these states.
fn wait(api: &mut Api, path: &str, states: &[&str]) -> Result<Json> {
    loop {
        let found = api.get(path)?;
        let state = text(&found, "state").to_owned();
        if state == "failed" || state == "cancelled" {
            let why = found["why"].as_str().unwrap_or("somebody cancelled the import").to_owned();
            return Err(Problem::new("import_failed", why).into());
        }
        if !states.contains(&state.as_str()) {
            return Ok(found);
        }
        pass(&format!("{state}: {} of {} rows", found["rows_passed"], found["rows"]));
        std::thread::sleep(ASK_AGAIN);
    }
}

/// What the columns are for, with what the caller says otherwise.
fn mapped(found: &Json, map: &[String]) -> Result<Vec<Json>> {
    let columns = found["columns"].as_array().cloned().unwrap_or_default();
    let mut fields: Vec<Json> = columns.iter().map(|column| column["field"].clone()).collect();
    for one in map {
        let wrong = |text: String| Problem::new("bad_map", text);
        let (column, field) = one
            .rsplit_once('=')
            .ok_or_else(|| wrong(format!("{one:?} is not COLUMN=FIELD, such as 'Debitor=external_id'")))?;
        let place = columns.iter().position(|known| text(known, "name") == column);
        let place = place.ok_or_else(|| wrong(format!("the file has no column {column:?}")))?;
        let field = if field.is_empty() { Json::Null } else { json!(field) };
        // What another column was guessed to be for is taken from it.
        fields.iter_mut().filter(|known| **known == field).for_each(|known| *known = Json::Null);
        fields[place] = field;
    }
    Ok(fields)
}

fn save_failed(api: &mut Api, path: &str, args: &ImportArgs) -> Result<()> {
    let Some(file) = &args.failed else { return Ok(()) };
    let mut into = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    api.save(&format!("{path}/failed"), "text/csv", &mut into)?;
    Ok(())
}

fn words(found: &Json, args: &ImportArgs) -> String {
    let columns = found["columns"].as_array().into_iter().flatten();
    let head = ["column", "is for", "for example"].map(str::to_owned).to_vec();
    let rows = columns.map(|column| {
        let sample = column["samples"][0].as_str().unwrap_or_default().to_owned();
        vec![
            text(column, "name").to_owned(),
            column["field"].as_str().unwrap_or("nothing").to_owned(),
            sample,
        ]
    });
    let mut lines = vec![table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())];
    let counts = &found["counts"];
    let would = if args.dry_run { "would be " } else { "" };
    lines.push(format!(
        "{} rows: {} {would}added, {} {would}changed, {} unchanged, {} not taken",
        found["rows"], counts["added"], counts["changed"], counts["unchanged"], counts["failed"]
    ));
    if counts["failed"].as_u64().unwrap_or(0) > 0 {
        lines.push(match &args.failed {
            Some(file) => format!("those that are not taken are in {}, with the reasons", file.display()),
            None => "--failed FILE writes those that are not taken into a file, with the reasons".to_owned(),
        });
    }
    lines.join("\n")
}
