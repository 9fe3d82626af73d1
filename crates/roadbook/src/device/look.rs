//! Looking: what is on the device. Nothing here changes anything.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use roadbook_model::{Kind, RecordId};
use roadbook_protocol::entry::Subject;
use roadbook_replica::queries::{Item, Record, Summary};
use roadbook_replica::store::Failure;
use roadbook_replica::{Device, Store};
use roadbook_sync::device::{LeaseState, StoreError};
use serde_json::{Value as Json, json};

use super::named;
use crate::decimal::display_minor;
use crate::northwind::PRODUCTS;
use crate::output::{Output, table};
use crate::problem::Problem;

/// What to show.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna show 'Alfreds Futterkiste'
  roadbook device --home ~/anna show --json")]
pub struct ShowArgs {
    /// The record; without it, the device.
    record: Option<String>,
}

/// Shows a record or the device.
///
/// # Errors
/// `unknown_record`; when the store cannot be read.
pub fn show(device: &Device, args: &ShowArgs, output: Output) -> Result<()> {
    let Some(name) = &args.record else { return show_device(device, output) };
    let id = named::record(device, name, None)?;
    let record = device.store().record(id)?.ok_or_else(|| {
        Problem::new("unknown_record", "this record is not on this device; sync, or see the held tray")
    })?;
    output.show(&record, || record_in_words(&record))
}

fn record_in_words(record: &Record) -> String {
    let summary = &record.summary;
    let mut text = format!("{} {}\n{}\n", summary.kind, summary.record, summary.title);
    let mut rows = vec![vec!["sync".to_owned(), summary.sync.as_str().to_owned()]];
    if let Some(decision) = &record.decision {
        let number = decision.number.as_deref().unwrap_or("without number");
        let currency = decision.currency.as_deref().unwrap_or_default();
        let total = decision.total_minor.map(|minor| display_minor(minor, currency)).unwrap_or_default();
        rows.push(vec!["decided".to_owned(), format!("{} {number} {total} {currency}", decision.state)]);
    }
    for (name, value) in record.fields.as_object().into_iter().flatten() {
        rows.push(vec![name.clone(), plain(value)]);
    }
    text.push_str(&table(&rows));
    for conflict in &record.conflicts {
        let sides: Vec<String> = conflict.values.iter().map(|side| plain(&side.value)).collect();
        text.push_str(&format!("written twice: {}: {}\n", conflict.path.join("/"), sides.join(" | ")));
    }
    text.push_str(&items_in_words(&record.items));
    text
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.replace('\n', " / "),
        other => other.to_string(),
    }
}

/// Who the device is and how much it holds, with the digests by which two replicas are compared.
fn show_device(device: &Device, output: Output) -> Result<()> {
    let row = device.store().device()?.ok_or(Failure::Empty)?;
    let mut counts = BTreeMap::new();
    for kind in Kind::all() {
        counts.insert(kind.name(), all(device, kind)?.len());
    }
    let accounts = account_digests(device)?;
    let value = json!({
        "identity": device.identity(),
        "store_generation": row.store_generation,
        "cursor": row.cursor.position,
        "digest": format!("{:016x}", row.digest),
        "counts": counts,
        "account_digests": accounts,
        "status": device.status()?,
    });
    output.show(&value, || {
        let identity = device.identity();
        let mut rows = vec![
            vec!["device".to_owned(), format!("{} ({})", identity.device, identity.name)],
            vec!["person".to_owned(), format!("{} ({})", identity.person_name, identity.role)],
            vec!["server".to_owned(), identity.server.clone()],
            vec!["digest".to_owned(), format!("{:016x} at position {}", row.digest, row.cursor.position)],
        ];
        rows.extend(counts.iter().map(|(kind, count)| vec![(*kind).to_owned(), count.to_string()]));
        table(&rows)
    })
}

/// The digests of the accounts that the device is kept up to date with: those under an open lease.
fn account_digests(device: &Device) -> Result<BTreeMap<String, String>> {
    let found = device.store().transaction(|rows| {
        let mut found = BTreeMap::new();
        for (account, digest) in rows.account_digests()? {
            let leases = rows.leases_on(Subject::Account(account))?;
            if leases.iter().any(|lease| lease.state == LeaseState::Open) {
                found.insert(account.to_string(), format!("{digest:016x}"));
            }
        }
        Ok::<_, StoreError>(found)
    });
    Ok(found.map_err(Failure::from)?)
}

fn all(device: &Device, kind: Kind) -> Result<Vec<Summary>> {
    const PIECE: usize = 500;
    let mut found = Vec::new();
    let mut after: Option<RecordId> = None;
    loop {
        let page = device.store().list(kind, None, PIECE, after)?;
        found.extend(page.records);
        after = page.after;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// What to list.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna list account
  roadbook device --home ~/anna list visit --account ALFKI --limit 10")]
pub struct ListArgs {
    /// The kind, such as account, visit or case.
    #[arg(value_parser = named::kind)]
    kind: Kind,
    /// Only those of this account.
    #[arg(long)]
    account: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Those that follow this record.
    #[arg(long, value_name = "RECORD")]
    after: Option<RecordId>,
}

/// Lists records of a kind.
///
/// # Errors
/// When the account is not on the device, or the store cannot be read.
pub fn list(device: &Device, args: &ListArgs, output: Output) -> Result<()> {
    let account = args.account.as_deref().map(|name| named::account(device, name)).transpose()?;
    let page = device.store().list(args.kind, account, args.limit, args.after)?;
    output.show(&page, || {
        let mut text = summaries(&page.records);
        if let Some(after) = page.after {
            text.push_str(&format!("more: --after {after}\n"));
        }
        text
    })
}

/// What to search for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna search futter --kind account")]
pub struct SearchArgs {
    /// Words, or the beginnings of words.
    text: String,
    /// Only records of this kind.
    #[arg(long, value_parser = named::kind)]
    kind: Option<Kind>,
    /// At most so many.
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

/// Searches the device.
///
/// # Errors
/// When the store cannot be read.
pub fn search(device: &Device, args: &SearchArgs, output: Output) -> Result<()> {
    let found = device.store().search(&args.text, args.kind, args.limit)?;
    output.show(&found, || summaries(&found))
}

fn summaries(found: &[Summary]) -> String {
    if found.is_empty() {
        return "nothing found".to_owned();
    }
    let row = |one: &Summary| {
        let state = one.state.clone().unwrap_or_default();
        vec![
            one.record.to_string(),
            one.kind.clone(),
            state,
            one.sync.as_str().to_owned(),
            one.title.clone(),
            one.subtitle.clone(),
        ]
    };
    table(&found.iter().map(row).collect::<Vec<_>>())
}

/// Which products.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna products tofu
  roadbook device --home ~/anna products 011")]
pub struct ProductsArgs {
    /// A SKU, or words of the name; without it, all.
    text: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

/// Looks products up.
///
/// # Errors
/// When the store cannot be read.
pub fn products(device: &Device, args: &ProductsArgs, output: Output) -> Result<()> {
    let store = device.store();
    let found = match &args.text {
        Some(text) => store.find_reference(PRODUCTS, text, args.limit)?,
        None => store.references(PRODUCTS, "", args.limit)?,
    };
    output.show(&found, || {
        let word =
            |json: &Json, name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|one| {
                let currency = word(&one.value, "currency");
                let price = one.value.get("unit_price_minor").and_then(Json::as_i64);
                let price = price.map(|minor| display_minor(minor, &currency)).unwrap_or_default();
                let price = format!("{price} {currency}");
                vec![one.key.clone(), price, word(&one.value, "name"), word(&one.value, "quantity_per_unit")]
            })
            .collect();
        if rows.is_empty() { "no such product on this device".to_owned() } else { table(&rows) }
    })
}

/// Shows items: the outbox or the held tray.
///
/// # Errors
/// When the store cannot be read.
pub fn items(
    device: &Device,
    read: impl FnOnce(&Store) -> Result<Vec<Item>, Failure>,
    none: &str,
    output: Output,
) -> Result<()> {
    let found = read(&device.store())?;
    output.show(&found, || if found.is_empty() { none.to_owned() } else { items_in_words(&found) })
}

fn items_in_words(items: &[Item]) -> String {
    let mut text = String::new();
    for item in items {
        let title = item.title.as_deref().unwrap_or_default();
        text.push_str(&format!("{:>4}  {}  {}  {title}\n", item.number, item.sync.as_str(), item.what));
        if let Some(reason) = &item.reason {
            text.push_str(&format!("      {} [{}]\n", reason.text, reason.code));
        }
        if item.reapply.as_deref() == Some("now") {
            text.push_str(&format!("      it can be re-applied now: held --reapply {}\n", item.number));
        }
    }
    text
}

/// How the device stands.
///
/// # Errors
/// When the store cannot be read.
pub fn status(device: &Device, output: Output) -> Result<()> {
    let status = device.status()?;
    output.show(&status, || {
        let mut text = format!("{}\n", status.text);
        for draining in &status.draining {
            let note = draining.note.as_deref().unwrap_or("handed over");
            text.push_str(&format!("handing over account {} ({note})\n", draining.account));
        }
        text
    })
}
