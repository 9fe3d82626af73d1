//! What an order costs, offline: the engine's answer with its trace, what the person may grant, and the account's credit.

use anyhow::Result;
use chrono::NaiveDate;
use clap::Args;
use roadbook_model::money::minor_digits;
use roadbook_model::pricing::{self, Catalogue, Consent, Credit, Customer, Judgement, Order, Priced};
use roadbook_model::value::str_of;
use roadbook_model::{AccountId, Fields, Kind, RecordId};
use roadbook_replica::Device;
use serde::Serialize;

use super::capture::MoreFields;
use super::named;
use super::order::{Line, line, word};
use crate::decimal::{Decimal, display_minor};
use crate::edge;
use crate::northwind::PRODUCTS;
use crate::output::{Output, table};
use crate::problem::Problem;

/// The currency where neither account nor products name one.
const CURRENCY: &str = "USD";

/// What is to be priced.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna price --account ALFKI --line 011:12 --explain
  roadbook device --home ~/anna price --account QUICK --line 034:60 --line 011:5@19.50 --discount 2% --json

A line is SKU:QUANTITY, then @PRICE for a price of your own, then :DISCOUNT%.")]
pub struct PriceArgs {
    /// Who would order.
    #[arg(long)]
    account: String,
    /// What; may be repeated.
    #[arg(long = "line", required = true, value_name = "SKU:QUANTITY[@PRICE][:DISCOUNT%]", value_parser = line)]
    lines: Vec<Line>,
    #[command(flatten)]
    granted: GrantedArgs,
    /// The day whose prices count (YYYY-MM-DD) instead of today.
    #[arg(long, value_name = "DAY")]
    day: Option<NaiveDate>,
    /// Show each rule at work, with what it made of the line.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    more: MoreFields,
}

/// What the person takes off or adds.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct GrantedArgs {
    /// Your own discount on all of it.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) discount: Option<i64>,
    /// What you take off for goodwill.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(super) goodwill: Option<Decimal>,
    /// Freight, before tax.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(super) freight: Option<Decimal>,
}

/// A priced order, with all that was asked on the way.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// As it was priced.
    pub(super) order: Order,
    /// What it costs.
    pub(super) priced: Priced,
    /// What the person may grant.
    pub(super) judgement: Judgement,
    /// What the account may owe.
    pub(super) credit: Credit,
}

/// In hundredths of a percent.
fn percent(text: &str) -> Result<i64, String> {
    let read = amount(text.strip_suffix('%').unwrap_or(text))?;
    read.at_scale(2).ok_or_else(|| "it has more than two decimals".to_owned())
}

/// As it was written: how many decimals it may have, its currency says.
pub(super) fn amount(text: &str) -> Result<Decimal, String> {
    Decimal::parse(text).map_err(str::to_owned)
}

/// An amount in minor units of its currency.
fn minor(amount: Decimal, currency: &str) -> Result<i64, Problem> {
    let digits = minor_digits(currency);
    amount.at_scale(digits).ok_or_else(|| {
        let text = format!("an amount in {currency} has at most {digits} decimals");
        Problem::new("too_many_decimals", text)
    })
}

/// Says what an order would cost.
///
/// # Errors
/// `unknown_record` or `ambiguous_name` for the account; when the store cannot be read.
pub fn price(device: &Device, args: &PriceArgs, output: Output) -> Result<()> {
    let account = named::account(device, &args.account)?;
    let more = args.more.fields(Kind::ORDER)?;
    let answer = answer(device, account, &args.lines, args.granted, args.day, &more, &[])?;
    output.show(&answer, || answer.words(args.explain))
}

/// Today, by the device's clock.
pub(super) fn today() -> NaiveDate {
    chrono::DateTime::from_timestamp_millis(edge::now_ms()).unwrap_or_default().date_naive()
}

/// Prices lines for an account on this device, delivered to where the order's other fields say. The key of a line is its place,
/// from 1. What the account owes is counted without these orders, whose place this takes. Without a day to ask about, it is
/// an order that is handed in today.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn answer(
    device: &Device,
    account: AccountId,
    lines: &[Line],
    granted: GrantedArgs,
    day: Option<NaiveDate>,
    more: &Fields,
    without: &[RecordId],
) -> Result<Answer> {
    // Rule M5: what was merged into another is priced as that one. And a profile that was not taken must not keep an order from being
    // captured.
    let account = device.store().root_of(account)?;
    let profile = device.store().content(account.record())?;
    let territories = device.store().territories_of(account)?;
    let customer = Customer::of_document(account.to_string(), &profile, territories).delivered(more);
    let currency = str_of(more, "currency").or_else(|| str_of(&profile, "currency")).map(str::to_owned);
    let written = str_of(more, "order_date").and_then(|day| day.parse().ok());
    let date = day.or(written).unwrap_or_else(today);
    let order = order(device, customer, currency, lines, granted, date)?;
    let order = if day.is_none() { order.handed_in(today(), false) } else { order };
    let shelf = device.store().shelf(&order)?;
    let priced = pricing::price(&order, &shelf);
    let credit = device.store().credit(account, &profile, without)?;
    let judgement =
        pricing::judge(device.identity().role, &order, &priced, shelf.discretion(), Some(&credit));
    Ok(Answer { order, priced, judgement, credit })
}

fn order(
    device: &Device,
    customer: Customer,
    mut currency: Option<String>,
    lines: &[Line],
    granted: GrantedArgs,
    date: NaiveDate,
) -> Result<Order> {
    for line in lines {
        if currency.is_none() {
            let product = device.store().reference(PRODUCTS, &line.sku)?;
            currency = word(product.as_ref(), "currency");
        }
    }
    let currency = currency.unwrap_or_else(|| CURRENCY.to_owned());
    let in_minor = |amount: Option<Decimal>| amount.map(|amount| minor(amount, &currency)).transpose();
    let priced_line = |(place, line): (usize, &Line)| -> Result<pricing::Line, Problem> {
        Ok(pricing::Line {
            key: format!("{}", place + 1),
            sku: line.sku.clone(),
            quantity: line.quantity,
            own_price_minor: in_minor(line.price)?,
            discount_bp: line.discount_bp.unwrap_or(0),
        })
    };
    let lines = lines.iter().enumerate().map(priced_line).collect::<Result<_, _>>()?;
    let (goodwill, freight) = (in_minor(granted.goodwill)?, in_minor(granted.freight)?);
    Ok(Order {
        currency,
        date,
        written_date: None,
        customer,
        lines,
        header_discount_bp: granted.discount.unwrap_or(0),
        goodwill_minor: goodwill.unwrap_or(0),
        freight_minor: freight.unwrap_or(0),
    })
}

impl Answer {
    /// For people; with every rule, if `explain`.
    pub(super) fn words(&self, explain: bool) -> String {
        format!("{}{}", self.amounts(explain), self.grant())
    }

    fn money(&self, minor: i64) -> String {
        format!("{} {}", self.plain(minor), self.order.currency)
    }

    fn plain(&self, minor: i64) -> String {
        display_minor(minor, &self.order.currency)
    }

    fn amounts(&self, explain: bool) -> String {
        let mut rows = Vec::new();
        for line in &self.priced.lines {
            let list = line.list_unit_minor.map(|minor| self.plain(minor)).unwrap_or_else(|| "-".to_owned());
            let quantity = format!("{} x {list}", line.quantity);
            let tax = format!("tax {}", self.plain(line.tax_minor));
            rows.push(vec![line.sku.clone(), quantity, self.plain(line.net_minor), tax]);
            for step in line.steps.iter().filter(|_| explain) {
                let after = self.plain(step.after_minor);
                rows.push(vec![String::new(), step.why.clone(), after, step.rule.clone()]);
            }
        }
        let mut text = table(&rows);
        if self.priced.freight_minor > 0 {
            text += &format!("freight {}\n", self.money(self.priced.freight_minor));
        }
        for tax in &self.priced.taxes {
            let (amount, base) = (self.money(tax.tax_minor), self.money(tax.base_minor));
            text += &format!("tax {}: {amount} on {base}\n", tax.rule);
        }
        let Priced { net_minor, tax_minor, gross_minor, .. } = self.priced;
        let [net, tax, gross] = [net_minor, tax_minor, gross_minor].map(|minor| self.money(minor));
        text += &format!("net {net}, tax {tax}, to pay {gross}\n");
        for problem in &self.priced.problems {
            text += &format!("{}: {}\n", problem.code, problem.text);
        }
        text
    }

    fn grant(&self) -> String {
        let mut text = match (self.judgement.consent, self.judgement.approver) {
            (Consent::NeedsApproval, Some(role)) => format!("needs the word of the {role}:\n"),
            _ => "within what you may grant\n".to_owned(),
        };
        for reason in &self.judgement.reasons {
            text += &format!("  {}: {}\n", reason.code, reason.text);
        }
        if let Some(left) = self.judgement.credit_left_minor {
            let (open, left) = (self.money(self.credit.open_minor), self.money(left));
            text += &format!("open {open}, left to owe after this {left}\n");
        }
        text
    }
}
