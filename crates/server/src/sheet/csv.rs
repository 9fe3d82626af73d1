//! An order as CSV: a row for each line, with what the order says in each of them, so that a row can be read by itself.

use super::{OrderSheet, SheetLine};
use crate::exchange;

const COLUMNS: [&str; 22] = [
    "order",
    "kind",
    "state",
    "order_date",
    "valid_until",
    "delivery_date",
    "reference",
    "account_number",
    "account",
    "currency",
    "position",
    "sku",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "other_discount",
    "net",
    "order_net",
    "order_tax",
    "order_gross",
];

/// The order as a table in UTF-8, its first row the names of the columns. What people wrote is no formula to a spreadsheet.
pub fn csv(sheet: &OrderSheet) -> Vec<u8> {
    [head(), rows(sheet)].concat()
}

/// The names of the columns.
pub fn head() -> Vec<u8> {
    exchange::csv::write([COLUMNS])
}

/// The order's lines.
pub fn rows(sheet: &OrderSheet) -> Vec<u8> {
    exchange::csv::write(sheet.lines.iter().enumerate().map(|(place, line)| row(sheet, place, line)))
}

fn row(sheet: &OrderSheet, place: usize, line: &SheetLine) -> [String; 22] {
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    [
        word(&sheet.number),
        if sheet.is_quote { "quote" } else { "order" }.to_owned(),
        sheet.state.clone(),
        word(&sheet.order_date),
        word(&sheet.valid_until),
        word(&sheet.delivery_date),
        word(&sheet.reference),
        word(&sheet.buyer.external_id),
        sheet.buyer.name.clone(),
        sheet.currency.clone(),
        (place + 1).to_string(),
        line.sku.clone(),
        line.description.clone(),
        line.quantity.to_string(),
        line.unit.clone(),
        sheet.amount(line.unit_price_minor),
        super::decimal(line.discount_bp, 2),
        sheet.amount(line.other_discount_minor),
        sheet.amount(line.net_minor),
        sheet.amount(sheet.net_minor),
        sheet.amount(sheet.tax_minor),
        sheet.amount(sheet.gross_minor),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_text_and_never_a_formula() {
        let line = SheetLine {
            sku: "=1+1".into(),
            description: "+SUM(A1)\",\r\n@x".into(),
            quantity: 2,
            unit: " -2".into(),
            unit_price_minor: 500,
            discount_bp: 1_250,
            net_minor: -875,
            ..SheetLine::default()
        };
        let sheet = OrderSheet {
            currency: "EUR".into(),
            reference: Some("\t=cmd|' /C calc'!A0".into()),
            lines: vec![line],
            ..OrderSheet::default()
        };
        let bytes = csv(&sheet);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let row = reader.records().next().and_then(Result::ok).unwrap_or_default();
        let cells: Vec<&str> = row.iter().collect();
        assert_eq!(cells[6], "'\t=cmd|' /C calc'!A0");
        assert_eq!(
            &cells[11..19],
            ["'=1+1", "'+SUM(A1)\",\r\n@x", "2", "' -2", "5.00", "12.50", "0.00", "-8.75"]
        );
        assert!(reader.headers().is_ok_and(|head| head.len() == COLUMNS.len()));
    }
}
