//! Customers, their contacts and orders as records, and products as reference data.

use std::collections::BTreeMap;

use roadbook_model::rule::check_fields;
use roadbook_model::{AccountId, Envelope, Fields, Kind, PersonId, RecordId, Value, money};
use roadbook_protocol::entry::Decision;
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};

use super::fault::{Fault, Faults};
use super::id::derive;
use super::people::{midnight_ms, office_id, person_id, territory_id};
use super::rows::{Customer, Detail, Order, Product};
use super::table::{At, Table};
use super::tables::Tables;
use super::territory_rule::Place;
use super::towns::position;

/// The currency of every amount: Northwind names none, and its amounts are dollars.
pub const CURRENCY: &str = "USD";

/// The id of a customer's account.
pub fn account_id(customer: &str) -> AccountId {
    AccountId::from_bytes(derive("customers", customer))
}

fn contact_id(customer: &str) -> RecordId {
    RecordId::from_bytes(derive("contacts", customer))
}

/// The key under which a product is sold.
pub fn sku(product: i64) -> String {
    format!("{product:03}")
}

/// What is left out when it is missing, and a scalar string otherwise.
fn put(fields: &mut Fields, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), Value::Str(value.to_owned()));
    }
}

/// Accounts with their contacts, each account before its contact.
pub fn accounts(tables: &Tables, places: &BTreeMap<String, Place>, faults: &mut Faults) -> Vec<Imported> {
    let mut first_orders = BTreeMap::new();
    for At { row, .. } in &tables.orders {
        let first = first_orders.entry(row.customer.as_str()).or_insert(row.ordered);
        *first = row.ordered.min(*first);
    }
    let earliest = first_orders.values().min().copied().unwrap_or_default();
    let mut records = Vec::new();
    for At { line, row } in &tables.customers {
        let Some(place) = places.get(&row.id) else { continue };
        // Northwind does not say since when it knows a customer: since the first order, as far as one can tell.
        let captured_ms = midnight_ms(first_orders.get(row.id.as_str()).copied().unwrap_or(earliest));
        let creator = person_id(place.employee);
        let account = account_id(&row.id);
        let territory = Some(territory_id(&place.territory));
        let fields = account_fields(row);
        check::<Customer>(*line, Kind::ACCOUNT, &fields, faults);
        let envelope = envelope(account.record(), Kind::ACCOUNT, account, creator);
        records.push(Imported { envelope, fields, captured_ms, territory, decision: None });
        if let Some(fields) = contact_fields(row) {
            check::<Customer>(*line, Kind::CONTACT, &fields, faults);
            let envelope = self::envelope(contact_id(&row.id), Kind::CONTACT, account, creator);
            records.push(Imported { envelope, fields, captured_ms, territory: None, decision: None });
        }
    }
    records
}

fn envelope(id: RecordId, kind: Kind, account: AccountId, creator: PersonId) -> Envelope {
    Envelope { id, kind, account, creator, generation: 0 }
}

fn account_fields(row: &Customer) -> Fields {
    let mut fields = Fields::new();
    let values = [
        ("name", Some(&row.company)),
        ("external_id", Some(&row.id)),
        ("phone", row.phone.as_ref()),
        ("street", row.address.as_ref()),
        ("city", row.city.as_ref()),
        ("region", row.region.as_ref()),
        ("postal_code", row.postal_code.as_ref()),
        ("country", row.country.as_ref()),
    ];
    values.into_iter().for_each(|(name, value)| put(&mut fields, name, value.map(String::as_str)));
    if let Some((latitude, longitude)) = row.city.as_deref().and_then(position) {
        fields.insert("latitude_microdeg".to_owned(), Value::Int(latitude));
        fields.insert("longitude_microdeg".to_owned(), Value::Int(longitude));
    }
    put(&mut fields, "account_type", Some("customer"));
    put(&mut fields, "status", Some("active"));
    put(&mut fields, "currency", Some(CURRENCY));
    if let Some(fax) = &row.fax {
        fields.insert("description".to_owned(), Value::Text(format!("Fax {fax}")));
    }
    fields
}

fn contact_fields(row: &Customer) -> Option<Fields> {
    let (name, title) = row.contact.as_ref()?;
    let mut fields = Fields::new();
    put(&mut fields, "name", Some(name));
    put(&mut fields, "title", title.as_deref());
    put(&mut fields, "phone", row.phone.as_deref());
    put(&mut fields, "status", Some("active"));
    put(&mut fields, "external_id", Some(&row.id));
    Some(fields)
}

/// Orders, each accepted under its number on the day it was taken.
pub fn orders(tables: &Tables, faults: &mut Faults) -> Vec<Imported> {
    let products: BTreeMap<i64, &Product> = tables.products.iter().map(|at| (at.row.id, &at.row)).collect();
    let shippers: BTreeMap<i64, &str> =
        tables.shippers.iter().map(|at| (at.row.id, at.row.name.as_str())).collect();
    let with_contact: BTreeMap<&str, bool> =
        tables.customers.iter().map(|at| (at.row.id.as_str(), at.row.contact.is_some())).collect();
    let mut lines = BTreeMap::<i64, Vec<&Detail>>::new();
    for At { row, .. } in &tables.details {
        lines.entry(row.order).or_default().push(row);
    }
    let mut records = Vec::new();
    for At { line, row } in &tables.orders {
        let mut fields = order_fields(row, row.shipper.and_then(|id| shippers.get(&id).copied()));
        if with_contact.get(row.customer.as_str()) == Some(&true) {
            put(&mut fields, "contact_id", Some(&contact_id(&row.customer).to_string()));
        }
        let items = lines.remove(&row.id).unwrap_or_default();
        let items =
            items.into_iter().enumerate().map(|(place, detail)| item(place, detail, &products)).collect();
        fields.insert("lines".to_owned(), Value::Map(items));
        check::<Order>(*line, Kind::ORDER, &fields, faults);
        let id = RecordId::from_bytes(derive("orders", &row.id.to_string()));
        let envelope = envelope(id, Kind::ORDER, account_id(&row.customer), person_id(row.employee));
        let captured_ms = midnight_ms(row.ordered);
        let decision = Some(decision(&envelope, row, &fields));
        records.push(Imported { envelope, fields, captured_ms, territory: None, decision });
    }
    records
}

fn order_fields(row: &Order, shipper: Option<&str>) -> Fields {
    let mut fields = Fields::new();
    let required = row.required.map(|day| day.to_string());
    let values = [
        ("state", Some("draft")),
        ("currency", Some(CURRENCY)),
        ("delivery_date", required.as_deref()),
        ("ship_name", row.ship.name.as_deref()),
        ("ship_street", row.ship.address.as_deref()),
        ("ship_city", row.ship.city.as_deref()),
        ("ship_region", row.ship.region.as_deref()),
        ("ship_postal_code", row.ship.postal_code.as_deref()),
        ("ship_country", row.ship.country.as_deref()),
    ];
    values.into_iter().for_each(|(name, value)| put(&mut fields, name, value));
    put(&mut fields, "order_date", Some(&row.ordered.to_string()));
    put(&mut fields, "external_id", Some(&row.id.to_string()));
    put(&mut fields, "rep_id", Some(&person_id(row.employee).to_string()));
    fields.insert("freight_minor".to_owned(), Value::Int(row.freight_minor));
    let by = shipper.map(|shipper| format!(" with {shipper}")).unwrap_or_default();
    let note = match row.shipped {
        Some(day) => format!("Shipped on {day}{by}."),
        None => format!("Not shipped yet{}.", if by.is_empty() { "" } else { "; to go" }.to_owned() + &by),
    };
    fields.insert("notes".to_owned(), Value::Text(note));
    fields
}

/// One line, under a key of its own.
fn item(place: usize, detail: &Detail, products: &BTreeMap<i64, &Product>) -> (String, Value) {
    let mut item = Fields::new();
    let product = products.get(&detail.product);
    put(&mut item, "sku", Some(&sku(detail.product)));
    put(&mut item, "description", product.map(|product| product.name.as_str()));
    put(&mut item, "unit", product.and_then(|product| product.unit.as_deref()));
    let numbers = [
        ("position", i64::try_from(place).unwrap_or(i64::MAX)),
        ("quantity", detail.quantity),
        ("unit_price_minor", detail.unit_price_minor),
        ("discount_bp", detail.discount_bp),
    ];
    item.extend(numbers.map(|(name, number)| (name.to_owned(), Value::Int(number))));
    let key = RecordId::from_bytes(derive("order_details", &detail.key()));
    (key.to_string(), Value::Map(item))
}

fn decision(envelope: &Envelope, row: &Order, fields: &Fields) -> Decision {
    Decision {
        record: envelope.id,
        account: envelope.account,
        verb: "accept".to_owned(),
        state: "accepted".to_owned(),
        by: office_id(),
        request: None,
        number: Some(row.id.to_string()),
        total_minor: Some(money::order_total_minor(money::lines(fields).into_values(), row.freight_minor)),
        currency: Some(CURRENCY.to_owned()),
        heads: Vec::new(),
        effective_ms: Some(midnight_ms(row.ordered)),
        review: None,
        text: None,
    }
}

/// Products, by SKU.
pub fn products(tables: &Tables) -> Vec<(String, Json)> {
    let categories: BTreeMap<i64, &str> =
        tables.categories.iter().map(|at| (at.row.id, at.row.name.as_str())).collect();
    let suppliers: BTreeMap<i64, &str> =
        tables.suppliers.iter().map(|at| (at.row.id, at.row.name.as_str())).collect();
    let products = tables.products.iter().map(|At { row, .. }| {
        let json = json!({
            "sku": sku(row.id),
            "name": row.name,
            "category": row.category.and_then(|id| categories.get(&id)),
            "supplier": row.supplier.and_then(|id| suppliers.get(&id)),
            "quantity_per_unit": row.unit,
            "unit_price_minor": row.unit_price_minor,
            "currency": CURRENCY,
            "units_in_stock": row.in_stock,
            "units_on_order": row.on_order,
            "reorder_level": row.reorder_level,
            "discontinued": row.discontinued,
        });
        (sku(row.id), json)
    });
    products.collect()
}

/// Asks the model now, so that nothing is found wrong half-way through the import.
fn check<T: Table>(line: u64, kind: Kind, fields: &Fields, faults: &mut Faults) {
    if let Err(violation) = check_fields(kind.spec(), fields) {
        let column = violation.path.join(".");
        let text = format!("as a field of the {kind}: {}", violation.text);
        faults.add(Fault { file: T::FILE, line, column, code: violation.code, text });
    }
}
