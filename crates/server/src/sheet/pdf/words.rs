//! The words of a sheet and how numbers are written, in each language that a customer may want.

use serde::Deserialize;
use utoipa::ToSchema;

/// A language of sheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// Its word in a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

pub(super) struct Words {
    pub quote: &'static str,
    pub order: &'static str,
    pub number: &'static str,
    pub state: &'static str,
    /// How an order stands, by the word of its state.
    states: [(&'static str, &'static str); 7],
    pub date: &'static str,
    pub valid_until: &'static str,
    pub delivery_date: &'static str,
    pub reference: &'static str,
    pub account: &'static str,
    pub contact: &'static str,
    pub rep: &'static str,
    pub buyer: &'static str,
    pub delivery: &'static str,
    pub tax_id: &'static str,
    pub position: &'static str,
    pub item: &'static str,
    pub quantity: &'static str,
    pub price: &'static str,
    pub discount: &'static str,
    /// What else came off a line.
    pub other: &'static str,
    pub amount: &'static str,
    pub header_discount: &'static str,
    pub goodwill: &'static str,
    pub freight: &'static str,
    pub net: &'static str,
    pub tax: &'static str,
    pub tax_on: &'static str,
    pub gross: &'static str,
    pub payment_terms: &'static str,
    pub notes: &'static str,
    pub terms: &'static str,
    point: char,
    group: char,
}

static EN: Words = Words {
    quote: "Quote",
    order: "Order",
    number: "Number",
    state: "Status",
    states: [
        ("draft", "Draft"),
        ("submitted", "Submitted"),
        ("to_approve", "Waits for approval"),
        ("prices_differ", "Prices differ"),
        ("accepted", "Accepted"),
        ("rejected", "Rejected"),
        ("cancelled", "Cancelled"),
    ],
    date: "Date",
    valid_until: "Holds until",
    delivery_date: "Wanted by",
    reference: "Your number",
    account: "Customer",
    contact: "Ordered by",
    rep: "Taken by",
    buyer: "Customer",
    delivery: "Deliver to",
    tax_id: "Tax number",
    position: "No.",
    item: "Item",
    quantity: "Quantity",
    price: "Price",
    discount: "Discount",
    other: "Tier, promotions and what was taken off the order:",
    amount: "Amount",
    header_discount: "Discount on the order, in the amounts above",
    goodwill: "Goodwill, in the amounts above",
    freight: "Freight",
    net: "Total before tax",
    tax: "Tax",
    tax_on: "on",
    gross: "To pay",
    payment_terms: "Payment",
    notes: "Notes",
    terms: "Terms",
    point: '.',
    group: ',',
};

static DE: Words = Words {
    quote: "Angebot",
    order: "Auftrag",
    number: "Nummer",
    state: "Stand",
    states: [
        ("draft", "Entwurf"),
        ("submitted", "Abgesendet"),
        ("to_approve", "Wartet auf Freigabe"),
        ("prices_differ", "Preise weichen ab"),
        ("accepted", "Angenommen"),
        ("rejected", "Abgelehnt"),
        ("cancelled", "Storniert"),
    ],
    date: "Datum",
    valid_until: "Gültig bis",
    delivery_date: "Gewünscht bis",
    reference: "Ihre Nummer",
    account: "Kunde",
    contact: "Besteller",
    rep: "Aufgenommen von",
    buyer: "Kunde",
    delivery: "Lieferung an",
    tax_id: "Steuernummer",
    position: "Pos.",
    item: "Artikel",
    quantity: "Menge",
    price: "Preis",
    discount: "Rabatt",
    other: "Stufe, Aktionen und Nachlass auf den Auftrag:",
    amount: "Betrag",
    header_discount: "Rabatt auf den Auftrag, in den Beträgen enthalten",
    goodwill: "Kulanz, in den Beträgen enthalten",
    freight: "Fracht",
    net: "Summe vor Steuer",
    tax: "Steuer",
    tax_on: "auf",
    gross: "Zu zahlen",
    payment_terms: "Zahlung",
    notes: "Hinweise",
    terms: "Bedingungen",
    point: ',',
    group: '.',
};

pub(super) fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::De => &DE,
    }
}

impl Words {
    /// How an order stands. A state that this version does not know is its own word: it must not look like any other.
    pub(super) fn state(&self, state: &str) -> String {
        let known = self.states.iter().find(|(word, _)| *word == state);
        known.map_or(state, |(_, said)| said).to_owned()
    }

    /// A decimal as people of the language write it, in groups of three.
    pub(super) fn decimal(&self, plain: &str) -> String {
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(self.group);
            }
            grouped.push(digit);
        }
        if rest.is_empty() {
            format!("{sign}{grouped}")
        } else {
            format!("{sign}{grouped}{}{rest}", self.point)
        }
    }

    /// A whole number.
    pub(super) fn whole(&self, number: i64) -> String {
        self.decimal(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(EN.decimal("-1234567.50"), "-1,234,567.50");
        assert_eq!([DE.decimal("1234.50"), DE.whole(-999), DE.whole(1_000)], ["1.234,50", "-999", "1.000"]);
    }
}
