//! Orders: lines by product, and what is asked of the office about them.

use anyhow::Result;
use clap::Args;
use roadbook_model::pricing;
use roadbook_model::state::quote_day;
use roadbook_model::{Kind, RecordId, Verb, money};
use roadbook_replica::Device;
use serde_json::{Map, Value as Json, json};

use super::capture::{MoreFields, Saved, create};
use super::content::Draft;
use super::named;
use super::price::{self, Answer, GrantedArgs};
use crate::decimal::Decimal;
use crate::edge;
use crate::northwind::PRODUCTS;
use crate::problem::Problem;

/// An order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna order --account ALFKI --line 011:12 --submit
  roadbook device --home ~/anna order --account ALFKI --line 034:10@9.80:5% --quote --notes 'Holds until Friday.'

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
    /// The last day on which a quote holds, if not thirty days on.
    #[arg(long, value_name = "YYYY-MM-DD", requires = "quote")]
    valid_until: Option<String>,
    #[command(flatten)]
    granted: GrantedArgs,
    /// Show each rule at work, with what it made of the line.
    #[arg(long)]
    pub(super) explain: bool,
    /// What one should know to handle it.
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    more: MoreFields,
}

/// A line as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub(super) sku: String,
    pub(super) quantity: i64,
    /// The person's own, in the order's currency.
    pub(super) price: Option<Decimal>,
    pub(super) discount_bp: Option<i64>,
}

pub(super) fn line(text: &str) -> Result<Line, String> {
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
        price: price.map(price::amount).transpose().map_err(|why| format!("the price: {why}"))?,
        discount_bp: discount.map(|percent| number(percent, 2, "the discount")).transpose()?,
    })
}

/// A saved order, and what it costs.
#[derive(Debug)]
pub struct SavedOrder {
    /// What was saved.
    pub saved: Saved,
    /// What it costs, and what may be granted.
    pub answer: Answer,
}

/// Prices an order with what is on this device, and captures it at that price.
///
/// # Errors
/// As [`Device::create`]; `unknown_product` for a line without price whose product is not on this device.
pub fn order(device: &Device, args: &OrderArgs) -> Result<SavedOrder> {
    let account = named::account(device, &args.account)?;
    let today = price::today();
    let more = args.more.fields(Kind::ORDER)?;
    let answer = price::answer(device, account, &args.lines, args.granted, None, &more, &[])?;
    let mut items = Map::new();
    for (place, line) in args.lines.iter().enumerate() {
        let product = device.store().reference(PRODUCTS, &line.sku)?;
        items.insert(fresh_key(), item(line, place, product.as_ref(), &answer)?);
    }
    let holds_until = || quote_day(today).to_string();
    let valid_until = args.quote.then(|| args.valid_until.clone().unwrap_or_else(holds_until));
    let draft = Draft::default()
        .put("state", Some(if args.quote { "quote" } else { "draft" }))
        .put("order_date", Some(today.to_string()))
        .put("currency", Some(answer.order.currency.clone()))
        .put("rep_id", Some(device.identity().person.to_string()))
        .put("reference", args.reference.clone())
        .put("delivery_date", args.delivery_date.clone())
        .put("valid_until", valid_until)
        .put("freight_minor", args.granted.freight.map(|_| answer.order.freight_minor))
        .put("header_discount_bp", args.granted.discount)
        .put("goodwill_minor", args.granted.goodwill.map(|_| answer.order.goodwill_minor))
        .put("priced_tax_minor", Some(answer.priced.tax_minor))
        .put("notes", args.notes.clone())
        .put("lines", Some(Json::Object(items)));
    let saved = create(device, Kind::ORDER, account, draft, &args.more)?;
    if args.submit {
        device.request(Verb::Submit, saved.record)?;
    }
    Ok(SavedOrder { saved, answer })
}

/// The key of a new line.
pub(super) fn fresh_key() -> String {
    RecordId::new(edge::now_ms().max(0).unsigned_abs(), edge::random()).to_string()
}

pub(super) fn word(json: Option<&Json>, name: &str) -> Option<String> {
    json?.get(name)?.as_str().map(str::to_owned)
}

pub(super) fn item(line: &Line, place: usize, product: Option<&Json>, answer: &Answer) -> Result<Json> {
    let key = format!("{}", place + 1);
    let priced = answer.priced.lines.iter().find(|priced| priced.key == key);
    let listed = priced.and_then(|priced| priced.list_unit_minor);
    let (discount, order) = (line.discount_bp.unwrap_or(0), &answer.order);
    let own = order.lines.get(place).and_then(|line| line.own_price_minor);
    let price = own.or(listed).ok_or_else(|| unpriced(line, &key, answer))?;
    let terms =
        money::priced_as(line.quantity, price, discount, order.header_discount_bp, order.goodwill_minor);
    let mut item = json!({
        "position": place,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price_minor": price,
        "discount_bp": discount,
        "own_price": own.is_some(),
        "priced_net_minor": priced.map_or(0, |priced| priced.net_minor),
        "priced_as": terms,
    });
    for (name, from) in [("description", "name"), ("unit", "quantity_per_unit")] {
        if let Some(word) = word(product, from) {
            item[name] = Json::from(word);
        }
    }
    Ok(item)
}

/// Why a line has no price here.
fn unpriced(line: &Line, key: &str, answer: &Answer) -> Problem {
    let problems = &answer.priced.problems;
    let is_other = |it: &&pricing::Problem| it.code == "currency_mix" && it.line.as_deref() == Some(key);
    match problems.iter().find(is_other) {
        Some(mix) => {
            let currency = &answer.order.currency;
            let text = format!("{} Give its price in {currency} after @, or order it by itself.", mix.text);
            Problem::new(mix.code, text)
        }
        None => {
            let text = format!(
                "no product on this device has the SKU {} and a price; sync, or give its price after @",
                line.sku
            );
            Problem::new("unknown_product", text)
        }
    }
}

/// A wish for a decision.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna ask submit 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a")]
pub struct AskArgs {
    /// submit, accept, reject, cancel, reopen, approve, keep_price or take_price; your role says which.
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
        let price = Some(Decimal::of(980, 2));
        let full = Line { sku: "034".into(), quantity: 10, price, discount_bp: Some(550) };
        assert_eq!(line("034:10@9.80:5.5%"), Ok(full.clone()));
        assert_eq!(line("034:10"), Ok(Line { price: None, discount_bp: None, ..full }));
        for bad in ["034", ":1", "034:", "034:1.5", "034:1@x", "034:1@1,5", "034:1:5%:6"] {
            assert!(line(bad).is_err(), "{bad}");
        }
    }
}
