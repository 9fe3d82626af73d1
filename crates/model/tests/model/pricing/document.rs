//! From the documents of an order and its account to what is priced.

use chrono::NaiveDate;
use roadbook_model::Value;
use roadbook_model::pricing::{Credit, Customer, Order};

use crate::support::{ITEM, fields, line, map, order, str};

#[test]
fn an_order_is_priced_as_its_document_says() {
    let mut written = order();
    written.insert("order_date".into(), str("2026-03-01"));
    written.insert("header_discount_bp".into(), Value::Int(150));
    let account = fields([("segment", str("A")), ("price_list", str("VIP")), ("country", str("Germany"))]);
    let customer = Customer::of_document("acme".into(), &account, vec!["north".into()]);
    let asked = Order::of_document(&written, customer, NaiveDate::default());
    assert_eq!((asked.currency.as_str(), asked.date.to_string().as_str()), ("EUR", "2026-03-01"));
    assert_eq!((asked.header_discount_bp, asked.goodwill_minor, asked.freight_minor), (150, 0, 499));
    assert_eq!(asked.customer.price_list.as_deref(), Some("VIP"));
    let [line] = asked.lines.as_slice() else { panic!("{asked:?}") };
    assert_eq!((line.key.as_str(), line.sku.as_str(), line.quantity), (ITEM, "CHAI", 2));
    assert_eq!(line.own_price_minor, None, "without a mark the rules say the price");
}

#[test]
fn a_price_that_is_marked_as_the_persons_own_stands() {
    let mut own = match line("CHAI", 2) {
        Value::Map(item) => item,
        other => panic!("{other:?}"),
    };
    own.insert("own_price".into(), Value::Bool(true));
    let mut written = order();
    written.insert("lines".into(), map([(ITEM, Value::Map(own))]));
    let asked = Order::of_document(&written, Customer::default(), NaiveDate::default());
    assert_eq!(asked.lines[0].own_price_minor, Some(250));
    assert_eq!(asked.date, NaiveDate::default(), "the day given counts if the order names none");
}

#[test]
fn goods_are_taxed_where_the_order_says_that_they_go() {
    let account = fields([("country", str("Germany")), ("region", str("Bayern"))]);
    let customer = Customer::of_document("acme".into(), &account, Vec::new());
    let to = |order: &[(&str, &str)]| {
        let order = order.iter().map(|(name, value)| ((*name).to_owned(), str(value))).collect();
        let customer = customer.clone().delivered(&order);
        (customer.country.unwrap_or_default(), customer.region)
    };
    assert_eq!(to(&[("ship_country", "AT")]), ("AT".to_owned(), None), "no region of another country");
    assert_eq!(
        to(&[("ship_country", "AT"), ("ship_region", "Tirol")]),
        ("AT".to_owned(), Some("Tirol".to_owned()))
    );
    let home = ("Germany".to_owned(), Some("Bayern".to_owned()));
    assert_eq!(
        [to(&[]), to(&[("ship_country", "")]), to(&[("ship_city", "Linz")])],
        [home.clone(), home.clone(), home]
    );
}

#[test]
fn an_account_owes_what_the_system_behind_says_and_its_open_orders() {
    let account = fields([
        ("currency", str("EUR")),
        ("credit_limit_minor", Value::Int(1_000)),
        ("credit_hold", Value::Bool(true)),
        ("owed_minor", Value::Int(300)),
    ]);
    let credit = Credit::of(&account, 500);
    assert_eq!((credit.open_minor, credit.hold), (800, true));
    assert_eq!((credit.left_minor(250, "EUR"), credit.left_minor(250, "USD")), (Some(-50), None));
    assert_eq!(Credit::of(&fields([]), 0), Credit::default());
}
