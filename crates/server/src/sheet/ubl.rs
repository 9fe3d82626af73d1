//! An order as UBL 2.1 `Order`, element by element in the order that its schema demands.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{OrderSheet, Party, SheetLine, SheetTax};

const ORDER: &str = "urn:oasis:names:specification:ubl:schema:xsd:Order-2";
const AGGREGATES: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASICS: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
/// "One", in the list of units of UN/ECE recommendation 20: the sales unit itself stands in words beside it.
const UNIT: &str = "C62";
/// For whom tax is due to nobody in particular: the scheme's name in words, as the office called the rate.
const SCHEME: &str = "VAT";

type Xml = Writer<Vec<u8>>;
type Done = std::io::Result<()>;

/// The order as an XML file in UTF-8.
///
/// # Errors
/// Never: what it is written into takes everything.
pub fn ubl(sheet: &OrderSheet) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let spaces = [("xmlns", ORDER), ("xmlns:cac", AGGREGATES), ("xmlns:cbc", BASICS)];
    xml.create_element("Order").with_attributes(spaces).write_inner_content(|xml| order(xml, sheet))?;
    Ok(xml.into_inner())
}

fn order(xml: &mut Xml, sheet: &OrderSheet) -> Done {
    let id = sheet.number.clone().unwrap_or_else(|| sheet.id.to_string());
    basic(xml, "UBLVersionID", "2.1")?;
    basic(xml, "ID", &id)?;
    basic(xml, "UUID", &sheet.id.to_string())?;
    basic(xml, "IssueDate", sheet.order_date.as_deref().unwrap_or_default())?;
    some(xml, "Note", sheet.notes.as_deref())?;
    basic(xml, "DocumentCurrencyCode", &sheet.currency)?;
    some(xml, "CustomerReference", sheet.reference.as_deref())?;
    basic(xml, "LineCountNumeric", &sheet.lines.len().to_string())?;
    aggregate(xml, "BuyerCustomerParty", |xml| party(xml, &sheet.buyer, sheet.contact_name.as_deref()))?;
    aggregate(xml, "SellerSupplierParty", |xml| seller(xml, sheet))?;
    if sheet.delivery.is_some() || sheet.delivery_date.is_some() {
        aggregate(xml, "Delivery", |xml| delivery(xml, sheet))?;
    }
    let terms = [sheet.payment_terms.as_deref(), Some(sheet.seller.order_terms.as_str())];
    for note in terms.into_iter().flatten().filter(|note| !note.trim().is_empty()) {
        aggregate(xml, "PaymentTerms", |xml| basic(xml, "Note", note))?;
    }
    if sheet.freight_minor > 0 {
        aggregate(xml, "AllowanceCharge", |xml| {
            basic(xml, "ChargeIndicator", "true")?;
            basic(xml, "AllowanceChargeReason", "Freight")?;
            amount(xml, "Amount", sheet, sheet.freight_minor)
        })?;
    }
    aggregate(xml, "TaxTotal", |xml| taxes(xml, sheet))?;
    aggregate(xml, "AnticipatedMonetaryTotal", |xml| totals(xml, sheet))?;
    sheet.lines.iter().enumerate().try_for_each(|(place, line)| order_line(xml, sheet, place + 1, line))
}

fn totals(xml: &mut Xml, sheet: &OrderSheet) -> Done {
    let lines = sheet.lines.iter().map(|line| line.net_minor).fold(0_i64, i64::saturating_add);
    amount(xml, "LineExtensionAmount", sheet, lines)?;
    amount(xml, "TaxExclusiveAmount", sheet, sheet.net_minor)?;
    amount(xml, "TaxInclusiveAmount", sheet, sheet.gross_minor)?;
    if sheet.freight_minor > 0 {
        amount(xml, "ChargeTotalAmount", sheet, sheet.freight_minor)?;
    }
    amount(xml, "PayableAmount", sheet, sheet.gross_minor)
}

fn taxes(xml: &mut Xml, sheet: &OrderSheet) -> Done {
    amount(xml, "TaxAmount", sheet, sheet.tax_minor)?;
    let known = sheet.taxes.iter().filter_map(|tax| Some((tax, tax.rate_bp?, tax.base_minor?)));
    known.into_iter().try_for_each(|(tax, rate_bp, base_minor)| {
        aggregate(xml, "TaxSubtotal", |xml| subtotal(xml, sheet, tax, rate_bp, base_minor))
    })
}

fn subtotal(xml: &mut Xml, sheet: &OrderSheet, tax: &SheetTax, rate_bp: i64, base_minor: i64) -> Done {
    amount(xml, "TaxableAmount", sheet, base_minor)?;
    amount(xml, "TaxAmount", sheet, tax.tax_minor)?;
    aggregate(xml, "TaxCategory", |xml| {
        some(xml, "Name", Some(tax.name.as_str()))?;
        basic(xml, "Percent", &super::decimal(rate_bp, 2))?;
        aggregate(xml, "TaxScheme", |xml| basic(xml, "ID", SCHEME))
    })
}

fn seller(xml: &mut Xml, sheet: &OrderSheet) -> Done {
    aggregate(xml, "Party", |xml| {
        aggregate(xml, "PartyName", |xml| basic(xml, "Name", &sheet.seller.name))?;
        let mut lines = sheet.seller.address.lines().filter(|line| !line.trim().is_empty()).peekable();
        if lines.peek().is_some() {
            aggregate(xml, "PostalAddress", |xml| {
                lines.try_for_each(|line| aggregate(xml, "AddressLine", |xml| basic(xml, "Line", line)))
            })?;
        }
        tax_id(xml, Some(sheet.seller.tax_id.as_str()))?;
        match sheet.rep_name.as_deref() {
            Some(name) => aggregate(xml, "Contact", |xml| basic(xml, "Name", name)),
            None => Ok(()),
        }
    })
}

fn party(xml: &mut Xml, party: &Party, contact: Option<&str>) -> Done {
    aggregate(xml, "Party", |xml| {
        if let Some(id) = party.external_id.as_deref() {
            aggregate(xml, "PartyIdentification", |xml| basic(xml, "ID", id))?;
        }
        aggregate(xml, "PartyName", |xml| basic(xml, "Name", &party.name))?;
        aggregate(xml, "PostalAddress", |xml| address(xml, party))?;
        tax_id(xml, party.tax_id.as_deref())?;
        match contact {
            Some(name) => aggregate(xml, "Contact", |xml| basic(xml, "Name", name)),
            None => Ok(()),
        }
    })
}

fn address(xml: &mut Xml, party: &Party) -> Done {
    some(xml, "StreetName", party.street.as_deref())?;
    some(xml, "CityName", party.city.as_deref())?;
    some(xml, "PostalZone", party.postal_code.as_deref())?;
    some(xml, "CountrySubentity", party.region.as_deref())?;
    let Some(country) = party.country.as_deref().filter(|country| !country.is_empty()) else { return Ok(()) };
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let name = if is_code { "IdentificationCode" } else { "Name" };
    aggregate(xml, "Country", |xml| basic(xml, name, country))
}

fn tax_id(xml: &mut Xml, id: Option<&str>) -> Done {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(()) };
    aggregate(xml, "PartyTaxScheme", |xml| {
        basic(xml, "CompanyID", id)?;
        aggregate(xml, "TaxScheme", |xml| basic(xml, "ID", SCHEME))
    })
}

fn delivery(xml: &mut Xml, sheet: &OrderSheet) -> Done {
    if let Some(to) = &sheet.delivery {
        aggregate(xml, "DeliveryAddress", |xml| address(xml, to))?;
    }
    if let Some(day) = sheet.delivery_date.as_deref() {
        aggregate(xml, "RequestedDeliveryPeriod", |xml| basic(xml, "EndDate", day))?;
    }
    match sheet.delivery.as_ref().filter(|to| !to.name.is_empty()) {
        Some(to) => aggregate(xml, "DeliveryParty", |xml| {
            aggregate(xml, "PartyName", |xml| basic(xml, "Name", &to.name))
        }),
        None => Ok(()),
    }
}

fn order_line(xml: &mut Xml, sheet: &OrderSheet, place: usize, line: &SheetLine) -> Done {
    let full = i128::from(line.quantity) * i128::from(line.unit_price_minor);
    let off = i64::try_from(full - i128::from(line.net_minor)).unwrap_or(0);
    aggregate(xml, "OrderLine", |xml| {
        aggregate(xml, "LineItem", |xml| {
            basic(xml, "ID", &place.to_string())?;
            quantity(xml, "Quantity", line.quantity)?;
            amount(xml, "LineExtensionAmount", sheet, line.net_minor)?;
            if off != 0 {
                aggregate(xml, "AllowanceCharge", |xml| {
                    basic(xml, "ChargeIndicator", if off < 0 { "true" } else { "false" })?;
                    basic(xml, "AllowanceChargeReason", "From price to line")?;
                    amount(xml, "Amount", sheet, off.saturating_abs())
                })?;
            }
            aggregate(xml, "Price", |xml| {
                amount(xml, "PriceAmount", sheet, line.unit_price_minor)?;
                quantity(xml, "BaseQuantity", 1)
            })?;
            aggregate(xml, "Item", |xml| item(xml, line))
        })
    })
}

fn item(xml: &mut Xml, line: &SheetLine) -> Done {
    let name = if line.description.is_empty() { &line.sku } else { &line.description };
    basic(xml, "Name", name)?;
    some(xml, "AdditionalInformation", Some(line.unit.as_str()))?;
    aggregate(xml, "SellersItemIdentification", |xml| basic(xml, "ID", &line.sku))
}

fn aggregate(xml: &mut Xml, name: &str, write: impl FnOnce(&mut Xml) -> Done) -> Done {
    xml.create_element(format!("cac:{name}")).write_inner_content(write)?;
    Ok(())
}

fn basic(xml: &mut Xml, name: &str, text: &str) -> Done {
    xml.create_element(format!("cbc:{name}")).write_text_content(BytesText::new(&writable(text)))?;
    Ok(())
}

/// An element that says something, or none.
fn some(xml: &mut Xml, name: &str, text: Option<&str>) -> Done {
    text.filter(|text| !text.trim().is_empty()).map_or(Ok(()), |text| basic(xml, name, text))
}

fn amount(xml: &mut Xml, name: &str, sheet: &OrderSheet, minor: i64) -> Done {
    let of_currency = ("currencyID", writable(&sheet.currency));
    let element = xml.create_element(format!("cbc:{name}"));
    element
        .with_attribute((of_currency.0, of_currency.1.as_str()))
        .write_text_content(BytesText::new(&sheet.amount(minor)))?;
    Ok(())
}

fn quantity(xml: &mut Xml, name: &str, number: i64) -> Done {
    let element = xml.create_element(format!("cbc:{name}")).with_attribute(("unitCode", UNIT));
    element.write_text_content(BytesText::new(&number.to_string()))?;
    Ok(())
}

/// Without the characters that no XML file may hold, however they are written.
fn writable(text: &str) -> String {
    let is_writable = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    text.chars().filter(is_writable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_no_xml_file_may_hold_are_left_out_and_the_rest_is_text() -> std::io::Result<()> {
        let sheet = OrderSheet {
            number: Some("1".into()),
            currency: "EUR\"><x y=\"".into(),
            notes: Some("a\0b\u{1}c\u{fffe}d</cbc:Note>]]>&#0;".into()),
            lines: vec![SheetLine { quantity: 2, unit_price_minor: 5, net_minor: 9, ..SheetLine::default() }],
            ..OrderSheet::default()
        };
        let xml = String::from_utf8(ubl(&sheet)?).unwrap_or_default();
        assert!(xml.contains("<cbc:Note>abcd&lt;/cbc:Note&gt;]]&gt;&amp;#0;</cbc:Note>"), "{xml}");
        assert!(!xml.contains("<x y"), "{xml}");
        assert!(
            xml.contains("<cbc:AllowanceChargeReason>From price to line</cbc:AllowanceChargeReason>"),
            "{xml}"
        );
        Ok(())
    }
}
