//! From the documents of an order and its account to what is priced.

use chrono::NaiveDate;
use roadbook_model::pricing::credit::{owed_at, owed_since};
use roadbook_model::pricing::{Credit, Customer, Order, Standing};
use roadbook_model::{Edit, Fields, Kind, Value};

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

#[test]
fn an_accepted_order_is_owed_until_what_is_owed_is_said_anew() {
    let order = fields([("currency", str("EUR")), ("priced_tax_minor", Value::Int(19))]);
    let account = |owed_at: Option<i64>| {
        let mut profile = fields([("currency", str("EUR")), ("owed_minor", Value::Int(300))]);
        profile.extend(owed_at.map(|ms| ("owed_at".to_owned(), Value::Timestamp(ms))));
        profile
    };
    let owed = |state, accepted_ms, profile: &Fields| {
        Credit::of_order(&order, Standing { state, decided_minor: Some(100), accepted_ms }, profile)
    };
    assert_eq!(owed("submitted", None, &account(None)), 119);
    assert_eq!(owed("accepted", Some(2_000), &account(Some(1_999))), 119);
    assert_eq!(owed("accepted", Some(2_000), &account(Some(2_000))), 0, "the system behind knows of it");
    // Nobody said since when: as before, it is the affair of the system behind.
    assert_eq!(owed("accepted", Some(2_000), &account(None)), 0);
    assert_eq!(owed("accepted", None, &account(Some(1_999))), 0);
    assert_eq!(owed("cancelled", Some(2_000), &account(Some(1_999))), 0);
    let mut in_yen = account(Some(1_999));
    in_yen.insert("currency".to_owned(), str("JPY"));
    assert_eq!(owed("accepted", Some(2_000), &in_yen), 0);
}

#[test]
fn what_is_owed_is_so_now_unless_somebody_says_when() {
    let put = |field: &str, value| Edit::Put { path: vec![field.to_owned()], value };
    let says = put("owed_minor", Value::Int(0));
    let now = |edits: &[Edit]| owed_at(Kind::ACCOUNT, edits, 7);
    assert_eq!(now(std::slice::from_ref(&says)), Some(put("owed_at", Value::Timestamp(7))));
    assert_eq!(now(&[put("owed_minor", Value::Null)]), Some(put("owed_at", Value::Null)));
    assert_eq!(now(&[says.clone(), put("owed_at", Value::Timestamp(5))]), None);
    assert_eq!(now(&[put("name", str("Ernst Handel"))]), None);
    assert_eq!(owed_at(Kind::VISIT, &[says], 7), None);
    let made = owed_since(Kind::ACCOUNT, fields([("owed_minor", Value::Int(0))]), 7);
    assert_eq!(made.get("owed_at"), Some(&Value::Timestamp(7)));
    let dated = fields([("owed_minor", Value::Int(0)), ("owed_at", Value::Timestamp(5))]);
    assert_eq!(owed_since(Kind::ACCOUNT, dated.clone(), 7), dated);
    assert_eq!(owed_since(Kind::ACCOUNT, fields([]), 7), fields([]));
}
