//! A quote or an order as it leaves the house: what stands on it, once for every format. How it is found is the store's
//! affair ([`crate::store::office::sheets`]); a format adds nothing and leaves nothing out that it has a place for.

pub mod csv;
mod font;
pub mod pdf;
pub mod ubl;

use roadbook_model::money::minor_digits;
use roadbook_model::state::{ACCEPTED, SUBMITTED};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A quote or an order. Amounts are minor units of its currency, days are `YYYY-MM-DD`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderSheet {
    /// The record.
    pub id: Uuid,
    /// The record's version: the log position of its last change.
    pub version: i64,
    /// Whether it is a quote, which nobody has turned into an order.
    pub is_quote: bool,
    /// How it stands.
    pub state: String,
    /// Its number, once it was submitted; a quote's is made of its id.
    pub number: Option<String>,
    /// The day on which it was taken.
    pub order_date: Option<String>,
    /// The last day on which a quote holds.
    pub valid_until: Option<String>,
    /// The day by which the customer wants it.
    pub delivery_date: Option<String>,
    /// The customer's own order number.
    pub reference: Option<String>,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Who sells.
    pub seller: Seller,
    /// Who buys.
    pub buyer: Party,
    /// To whom it goes, if not to the buyer.
    pub delivery: Option<Party>,
    /// Who ordered.
    pub contact_name: Option<String>,
    /// Who took it.
    pub rep_name: Option<String>,
    /// What is ordered, in its order.
    pub lines: Vec<SheetLine>,
    /// The person's discount on all of it, in basis points; the lines have it in them.
    pub header_discount_bp: i64,
    /// What was taken off for goodwill; the lines have it in them.
    pub goodwill_minor: i64,
    /// Freight, before tax.
    pub freight_minor: i64,
    /// Lines and freight, before tax.
    pub net_minor: i64,
    /// The tax by rate. One without a rate is all of the tax, where its parts are not known any more.
    pub taxes: Vec<SheetTax>,
    /// All tax.
    pub tax_minor: i64,
    /// What is to be paid.
    pub gross_minor: i64,
    /// How and when it is to be paid.
    pub payment_terms: Option<String>,
    /// What was written to go with it.
    pub notes: Option<String>,
}

/// Who sells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Seller {
    /// The name under which the organisation sells; empty if it was not given.
    pub name: String,
    /// Its address, in lines as on paper.
    pub address: String,
    /// Its tax number.
    pub tax_id: String,
    /// The terms under which it sells.
    pub order_terms: String,
}

/// A party with its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Party {
    /// Its number in the system behind.
    pub external_id: Option<String>,
    /// What it is called.
    pub name: String,
    /// Street and house number.
    pub street: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State, county or canton.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, by name or ISO code.
    pub country: Option<String>,
    /// Its tax number.
    pub tax_id: Option<String>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SheetLine {
    /// The item in the record.
    pub id: String,
    /// Key of the product.
    pub sku: String,
    /// Name of the product, as offered.
    pub description: String,
    /// How many sales units.
    pub quantity: i64,
    /// The sales unit.
    pub unit: String,
    /// Price of one sales unit before discounts.
    pub unit_price_minor: i64,
    /// The person's discount on the line, in basis points.
    pub discount_bp: i64,
    /// What came off it beside that: tier, promotions, its share of what was taken off the order.
    pub other_discount_minor: i64,
    /// What the line comes to before tax, after every discount.
    pub net_minor: i64,
}

/// The tax of one rate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SheetTax {
    /// What it is called.
    pub name: String,
    /// Its rate, in basis points.
    pub rate_bp: Option<i64>,
    /// What it is on, before tax.
    pub base_minor: Option<i64>,
    /// The tax.
    pub tax_minor: i64,
}

impl OrderSheet {
    /// An amount as a decimal of the currency.
    pub fn amount(&self, minor: i64) -> String {
        decimal(minor, minor_digits(&self.currency))
    }

    /// Whether another system may take it for an order: it was handed in, nobody has still to say anything, and nobody took it back.
    pub fn stands(&self) -> bool {
        [SUBMITTED, ACCEPTED].contains(&self.state.as_str()) && !self.is_quote
    }

    /// What it is called on a file.
    pub fn file_name(&self, extension: &str) -> String {
        let word = if self.is_quote { "quote" } else { "order" };
        let of_number = self
            .number
            .as_deref()
            .filter(|number| number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        match of_number {
            Some(number) => format!("{word}-{number}.{extension}"),
            None => format!("{word}-{}.{extension}", self.id),
        }
    }
}

impl Party {
    /// The address in lines, as on paper.
    pub fn lines(&self) -> Vec<String> {
        let town =
            [&self.postal_code, &self.city].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        let rest = [self.street.clone(), Some(town), self.region.clone(), self.country.clone()];
        let all = std::iter::once(Some(self.name.clone())).chain(rest).flatten();
        all.filter(|line| !line.is_empty()).collect()
    }
}

/// Whole minor units with so many digits behind the point: exact.
pub(crate) fn decimal(minor: i64, digits: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let width = usize::try_from(digits).unwrap_or(2);
    let all = format!("{:0>1$}", minor.unsigned_abs(), width + 1);
    let (whole, rest) = all.split_at(all.len() - width);
    if width == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let of = |currency: &str, minor| {
            OrderSheet { currency: currency.into(), ..OrderSheet::default() }.amount(minor)
        };
        assert_eq!(
            [of("EUR", -5), of("EUR", 123_456), of("JPY", 7), of("KWD", 7)],
            ["-0.05", "1234.56", "7", "0.007"]
        );
        assert_eq!(of("EUR", i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn a_file_is_named_by_a_number_that_is_one() {
        let of = |number: &str| {
            OrderSheet { number: Some(number.into()), ..OrderSheet::default() }.file_name("pdf")
        };
        assert_eq!(of("4711"), "order-4711.pdf");
        assert_eq!(of("../x\"\r\n"), format!("order-{}.pdf", Uuid::nil()));
    }
}
