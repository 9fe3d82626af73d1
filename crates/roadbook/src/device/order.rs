//! Orders: lines by product, and what is asked of the office about them.

use anyhow::Result;
use clap::Args;
use roadbook_model::{AccountId, Kind, RecordId, Verb};
use roadbook_replica::Device;
use serde_json::{Map, Value as Json, json};

use super::capture::{MoreFields, Saved, create};
use super::content::Draft;
use super::named;
use crate::decimal::Decimal;
use crate::edge;
use crate::northwind::PRODUCTS;
use crate::problem::Problem;

/// The currency of an order whose account and products name none.
const CURRENCY: &str = "USD";

/// An order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna order --account ALFKI --line 011:12 --submit
  roadbook device --home ~/anna order --account ALFKI --line 042:10@9.80:5% --quote --notes 'Holds until Friday.'

A line is SKU:QUANTITY, then @PRICE if it is not the product's own, then :DISCOUNT%. Look products up with
`roadbook device products`.")]
pub struct OrderArgs {
    /// Who orders.
    #[arg(long)]
    account: String,
    /// What is ordered; may be repeated.
    #[arg(long = "line", value_name = "SKU:QUANTITY[@PRICE][:DISCOUNT%]", value_parser = line)]
    lines: Vec<Line>,
    /// A quote instead of an order.
    #[arg(long, conflicts_with = "submit")]
    quote: bool,
    /// Hand it in at once.
    #[arg(long)]
    submit: bool,
    /// The customer's own order number.
    #[arg(long)]
    reference: Option<String>,
    /// The day by which the customer wants it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    delivery_date: Option<String>,
    /// What one should know to handle it.
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    more: MoreFields,
}

/// A line as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    sku: String,
    quantity: i64,
    unit_price_minor: Option<i64>,
    discount_bp: Option<i64>,
}

fn line(text: &str) -> Result<Line, String> {
    let number = |text: &str, scale: u32, what: &str| {
        let read = Decimal::parse(text).map_err(|why| format!("{what}: {why}"))?;
        read.at_scale(scale).ok_or_else(|| format!("{what} has too many decimals"))
    };
    let mut parts = text.split(':');
    let (Some(sku), Some(quantity)) = (parts.next().filter(|sku| !sku.is_empty()), parts.next()) else {
        return Err("write it as SKU:QUANTITY, such as 011:12".to_owned());
    };
    let (quantity, price) = quantity.split_once('@').map_or((quantity, None), |(n, price)| (n, Some(price)));
    let discount = parts.next().map(|part| part.strip_suffix('%').unwrap_or(part));
    if parts.next().is_some() {
        return Err("a line has at most SKU:QUANTITY@PRICE:DISCOUNT%".to_owned());
    }
    Ok(Line {
        sku: sku.to_owned(),
        quantity: number(quantity, 0, "the quantity")?,
        unit_price_minor: price.map(|price| number(price, 2, "the price")).transpose()?,
        discount_bp: discount.map(|percent| number(percent, 2, "the discount")).transpose()?,
    })
}

/// Captures an order.
///
/// # Errors
/// As [`Device::create`]; `unknown_product` for a line without price whose product is not on this device.
pub fn order(device: &Device, args: &OrderArgs) -> Result<Saved> {
    let account = named::account(device, &args.account)?;
    let mut currency = currency_of(device, account)?;
    let mut items = Map::new();
    for (place, line) in args.lines.iter().enumerate() {
        let product = device.store().reference(PRODUCTS, &line.sku)?;
        if currency.is_none() {
            currency = word(product.as_ref(), "currency");
        }
        let key = RecordId::new(edge::now_ms().max(0).unsigned_abs(), edge::random());
        items.insert(key.to_string(), item(line, place, product.as_ref())?);
    }
    let today = chrono::DateTime::from_timestamp_millis(edge::now_ms()).unwrap_or_default().date_naive();
    let draft = Draft::default()
        .put("state", Some(if args.quote { "quote" } else { "draft" }))
        .put("order_date", Some(today.to_string()))
        .put("currency", Some(currency.unwrap_or_else(|| CURRENCY.to_owned())))
        .put("rep_id", Some(device.identity().person.to_string()))
        .put("reference", args.reference.clone())
        .put("delivery_date", args.delivery_date.clone())
        .put("notes", args.notes.clone())
        .put("lines", Some(Json::Object(items)));
    let saved = create(device, Kind::ORDER, account, draft, &args.more)?;
    if args.submit {
        device.request(Verb::Submit, saved.record)?;
    }
    Ok(saved)
}

fn currency_of(device: &Device, account: AccountId) -> Result<Option<String>> {
    let profile = device.store().record(account.record())?;
    Ok(word(profile.map(|profile| profile.fields).as_ref(), "currency"))
}

fn word(json: Option<&Json>, name: &str) -> Option<String> {
    json?.get(name)?.as_str().map(str::to_owned)
}

fn item(line: &Line, place: usize, product: Option<&Json>) -> Result<Json> {
    let listed = product.and_then(|product| product.get("unit_price_minor")).and_then(Json::as_i64);
    let price = line.unit_price_minor.or(listed).ok_or_else(|| {
        let text =
            format!("no product on this device has the SKU {}; sync, or give its price after @", line.sku);
        Problem::new("unknown_product", text)
    })?;
    let mut item = json!({
        "position": place,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price_minor": price,
        "discount_bp": line.discount_bp.unwrap_or(0),
    });
    for (name, from) in [("description", "name"), ("unit", "quantity_per_unit")] {
        if let Some(word) = word(product, from) {
            item[name] = Json::from(word);
        }
    }
    Ok(item)
}

/// A wish for a decision.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna ask submit 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
pub struct AskArgs {
    /// submit, accept, reject, cancel or reopen; your role says which.
    verb: Verb,
    /// The order.
    record: String,
}

/// Asks for a decision.
///
/// # Errors
/// As [`Device::request`].
pub fn ask(device: &Device, args: &AskArgs) -> Result<Saved> {
    let record = named::record(device, &args.record, Some(Kind::ORDER))?;
    device.request(args.verb, record)?;
    Ok(Saved { record, kind: Kind::ORDER })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_sku_quantity_price_and_discount() {
        let full =
            Line { sku: "042".into(), quantity: 10, unit_price_minor: Some(980), discount_bp: Some(550) };
        assert_eq!(line("042:10@9.80:5.5%"), Ok(full.clone()));
        assert_eq!(line("042:10"), Ok(Line { unit_price_minor: None, discount_bp: None, ..full }));
        for bad in ["042", ":1", "042:", "042:1.5", "042:1@x", "042:1@1.005", "042:1:5%:6"] {
            assert!(line(bad).is_err(), "{bad}");
        }
    }
}
