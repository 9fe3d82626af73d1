//! The correction of an order that was handed in and is not accepted yet: taken back, changed, priced anew and handed in again,
//! in one go and under its number.

use anyhow::Result;
use clap::Args;
use roadbook_model::money::minor_digits;
use roadbook_model::projection::from_json;
use roadbook_model::value::str_of;
use roadbook_model::{Edit, Fields, Kind, Value};
use roadbook_replica::Device;
use serde_json::{Map, Value as Json};

use super::capture::Saved;
use super::content::edits_of_json;
use super::named;
use super::order::{Line, SavedOrder, fresh_key, item, line};
use super::price::{self, GrantedArgs};
use crate::decimal::Decimal;
use crate::northwind::PRODUCTS;
use crate::problem::Problem;

/// What is to be corrected.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna correct 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --line 011:6 --without 042
  roadbook device --home ~/anna correct 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --discount 2%

A line is SKU:QUANTITY, then @PRICE for a price of your own, then :DISCOUNT%: all that the order has of that product afterwards.
Lines that are not named stay. If the office accepts the order before this arrives, the correction is held, and lies in your
tray.")]
pub struct CorrectArgs {
    /// The order.
    order: String,
    /// A line as it is to be, or a new one; may be repeated.
    #[arg(long = "line", value_name = "SKU:QUANTITY[@PRICE][:DISCOUNT%]", value_parser = line)]
    lines: Vec<Line>,
    /// A product that is to go; may be repeated.
    #[arg(long, value_name = "SKU")]
    without: Vec<String>,
    #[command(flatten)]
    granted: GrantedArgs,
    /// Show each rule at work, with what it made of the line.
    #[arg(long)]
    pub(super) explain: bool,
}

/// A line of the order as it is to be: the item that it is in the record, if it is one, and its place.
struct Kept {
    key: Option<String>,
    position: i64,
    line: Line,
}

/// Prices the order as it is to be, and captures the correction at that price.
///
/// # Errors
/// As [`Device::correct`]; `unknown_line` for a product to go that the order has not; `unknown_product` for a line without
/// price whose product is not on this device.
pub fn correct(device: &Device, args: &CorrectArgs) -> Result<SavedOrder> {
    let record = named::record(device, &args.order, Some(Kind::ORDER))?;
    let unknown = || Problem::new("unknown_record", "this order is not on this device");
    let stored = device.store().record(record)?.ok_or_else(unknown)?;
    let before = from_json(Kind::ORDER.spec(), &stored.fields)?;
    let (kept, gone) = changed(kept(device, &before)?, args)?;
    let lines: Vec<Line> = kept.iter().map(|kept| kept.line.clone()).collect();
    let granted = GrantedArgs {
        discount: args.granted.discount.or_else(|| number(&before, "header_discount_bp")),
        goodwill: args.granted.goodwill.or_else(|| written(&before, "goodwill_minor", &before)),
        freight: args.granted.freight.or_else(|| written(&before, "freight_minor", &before)),
    };
    let answer = price::answer(device, stored.summary.account, &lines, granted, None, &before, &[record])?;
    let mut items = Map::new();
    for (place, Kept { key, position, line }) in kept.into_iter().enumerate() {
        let product = device.store().reference(PRODUCTS, &line.sku)?;
        let mut item = item(&line, place, product.as_ref(), &answer)?;
        item["position"] = Json::from(position);
        items.insert(key.unwrap_or_else(fresh_key), item);
    }
    let mut fields = Map::from_iter([
        ("state".to_owned(), Json::from("draft")),
        ("lines".to_owned(), Json::Object(items)),
        ("priced_tax_minor".to_owned(), Json::from(answer.priced.tax_minor)),
    ]);
    let amounts = [
        ("header_discount_bp", granted.discount),
        ("goodwill_minor", granted.goodwill.map(|_| answer.order.goodwill_minor)),
        ("freight_minor", granted.freight.map(|_| answer.order.freight_minor)),
    ];
    fields.extend(amounts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    let mut edits: Vec<Edit> =
        gone.into_iter().map(|key| Edit::Delete { path: vec!["lines".to_owned(), key] }).collect();
    edits.extend(edits_of_json(Kind::ORDER, &Json::Object(fields))?);
    device.correct(record, &edits)?;
    Ok(SavedOrder { saved: Saved { record, kind: Kind::ORDER }, answer })
}

/// The order's lines by their place. One whose product this device does not know keeps the price that was written.
fn kept(device: &Device, order: &Fields) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    let Some(Value::Map(items)) = order.get("lines") else { return Ok(kept) };
    for (key, item) in items {
        let Value::Map(item) = item else { continue };
        let sku = word(item, "sku").unwrap_or_default();
        let is_known = device.store().reference(PRODUCTS, &sku)?.is_some();
        let is_own = item.get("own_price") == Some(&Value::Bool(true));
        let line = Line {
            sku,
            quantity: number(item, "quantity").unwrap_or(0),
            price: written(item, "unit_price_minor", order).filter(|_| is_own || !is_known),
            discount_bp: number(item, "discount_bp"),
        };
        let position = number(item, "position").unwrap_or(0);
        kept.push(Kept { key: Some(key.clone()), position, line });
    }
    kept.sort_by_key(|kept| kept.position);
    Ok(kept)
}

/// The lines as they are to be, and the items that go.
fn changed(mut kept: Vec<Kept>, args: &CorrectArgs) -> Result<(Vec<Kept>, Vec<String>)> {
    let mut gone = Vec::new();
    for sku in &args.without {
        let before = kept.len();
        gone.extend(kept.extract_if(.., |kept| kept.line.sku == *sku).filter_map(|kept| kept.key));
        if kept.len() == before {
            let text = format!("this order has no line of {sku}; show says what it has");
            return Err(Problem::new("unknown_line", text).into());
        }
    }
    for line in &args.lines {
        match kept.iter().position(|kept| kept.line.sku == line.sku) {
            Some(first) => {
                kept[first].line = line.clone();
                let mut place = 0;
                let more = kept.extract_if(.., |kept| {
                    place += 1;
                    place > first + 1 && kept.line.sku == line.sku
                });
                gone.extend(more.filter_map(|kept| kept.key));
            }
            None => {
                let position = kept.iter().map(|kept| kept.position + 1).max().unwrap_or(0);
                kept.push(Kept { key: None, position, line: line.clone() });
            }
        }
    }
    Ok((kept, gone))
}

fn number(fields: &Fields, name: &str) -> Option<i64> {
    match fields.get(name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// An amount of an order, or of one of its lines, as one writes it.
fn written(fields: &Fields, name: &str, order: &Fields) -> Option<Decimal> {
    let digits = minor_digits(str_of(order, "currency").unwrap_or_default());
    number(fields, name).map(|minor| Decimal::of(minor, digits))
}

fn word(fields: &Fields, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(Value::Str(word)) => Some(word.clone()),
        _ => None,
    }
}
