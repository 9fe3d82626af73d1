//! What holds of every order and every catalogue, on random ones.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use roadbook_model::money::line_total_minor;
use roadbook_model::pricing::{Customer, Line, Order, Priced, RuleKind, Shelf, price};
use serde_json::{Value as Json, json};

use super::adds_up;

const SKUS: [&str; 5] = ["A", "B", "C", "D", "missing"];

fn shelf_of(values: &[(&'static str, String, Json)]) -> Shelf {
    let mut shelf = Shelf::default();
    values.iter().for_each(|(set, key, value)| shelf.put(set, key, value));
    shelf
}

fn promotion() -> impl Strategy<Value = Json> {
    let offer = prop_oneof![
        (1..=10_000_i64).prop_map(|bp| json!({ "kind": "percent_off", "discount_bp": bp })),
        (1..=3_000_i64)
            .prop_map(|minor| json!({ "kind": "amount_off", "amount_minor": minor, "currency": "EUR" })),
        (1..=9_i64, 1..=3_i64, 1..=10_000_i64).prop_map(
            |(buy, get, bp)| json!({ "kind": "buy_get", "buy": buy, "get": get, "discount_bp": bp })
        ),
        (1..=3_i64, 1..=3_i64, 0..=3_000_i64).prop_map(|(a, b, minor)| json!({
            "kind": "bundle", "price_minor": minor, "currency": "EUR",
            "items": [{ "sku": "A", "quantity": a }, { "sku": "B", "quantity": b }],
        })),
        (0..=50_000_i64, 1..=9_000_i64).prop_map(|(from, minor)| json!({
            "kind": "order_off", "threshold_minor": from, "currency": "EUR", "amount_minor": minor,
        })),
        (0..=50_000_i64, 1..=10_000_i64).prop_map(|(from, bp)| json!({
            "kind": "order_off", "threshold_minor": from, "currency": "EUR", "discount_bp": bp,
        })),
    ];
    let goods = prop_oneof![Just(json!([])), Just(json!(["A"])), Just(json!(["B", "C"]))];
    (offer, goods, any::<bool>(), -3..=3_i64).prop_map(|(mut value, goods, exclusive, priority)| {
        value["name"] = "P".into();
        value["exclusive"] = exclusive.into();
        value["priority"] = priority.into();
        if value["kind"] != "bundle" {
            value["skus"] = goods;
        }
        value
    })
}

fn catalogue() -> impl Strategy<Value = Vec<(&'static str, String, Json)>> {
    let prices = proptest::collection::vec(0..=5_000_i64, 4);
    let promotions = proptest::collection::vec(promotion(), 0..6);
    (prices, promotions, any::<bool>(), 0..=3_000_i64).prop_map(|(prices, promotions, gross, rate)| {
        let mut values = vec![
            ("price_lists", "L".to_owned(), json!({ "name": "L", "currency": "EUR", "gross": gross })),
            ("tiers", "gold".to_owned(), json!({ "name": "Gold", "discount_bp": 333 })),
            (
                "taxes",
                "T".to_owned(),
                json!({ "name": "T", "class": "standard", "countries": ["*"], "rate_bp": rate }),
            ),
            (
                "taxes",
                "F".to_owned(),
                json!({ "name": "F", "class": "freight", "countries": ["*"], "rate_bp": rate }),
            ),
            (
                "taxes",
                "Z".to_owned(),
                json!({ "name": "Z", "class": "food", "countries": ["*"], "rate_bp": 700 }),
            ),
        ];
        for ((sku, minor), class) in SKUS.iter().zip(&prices).zip(["standard", "food"].iter().cycle()) {
            let product =
                json!({ "name": sku, "unit_price_minor": minor, "currency": "EUR", "tax_class": class });
            values.push(("products", (*sku).to_owned(), product));
        }
        let breaks = json!([{ "from": 5, "unit_price_minor": prices[0] / 2 }]);
        values.push(("prices", "L/A".to_owned(), json!({ "unit_price_minor": prices[0], "breaks": breaks })));
        let numbered = promotions.into_iter().enumerate();
        values.extend(numbered.map(|(n, value)| ("promotions", format!("P{n}"), value)));
        values
    })
}

fn line() -> impl Strategy<Value = Line> {
    let own = proptest::option::weighted(0.2, 0..=5_000_i64);
    let discount = prop_oneof![Just(0), 0..=10_000_i64];
    (0..SKUS.len(), -1..=40_i64, own, discount).prop_map(|(sku, quantity, own_price_minor, discount_bp)| {
        Line { key: String::new(), sku: SKUS[sku].to_owned(), quantity, own_price_minor, discount_bp }
    })
}

fn order() -> impl Strategy<Value = Order> {
    let lines = proptest::collection::vec(line(), 0..12);
    (lines, 0..=10_000_i64, 0..=3_000_i64, 0..=2_000_i64, any::<bool>()).prop_map(
        |(lines, header_discount_bp, goodwill_minor, freight_minor, gold)| {
            let customer = Customer {
                tier: gold.then(|| "gold".to_owned()),
                country: Some("DE".to_owned()),
                ..Customer::default()
            };
            let mut order =
                Order { customer, lines, header_discount_bp, goodwill_minor, freight_minor, ..empty() };
            for (n, line) in order.lines.iter_mut().enumerate() {
                line.key = format!("{n:02}");
            }
            order
        },
    )
}

fn by_key(priced: Priced) -> BTreeMap<String, (i64, i64)> {
    priced.lines.into_iter().map(|line| (line.key, (line.net_minor, line.tax_minor))).collect()
}

/// An order of 1 March 2026 in EUR, without lines.
fn empty() -> Order {
    Order {
        currency: "EUR".to_owned(),
        date: NaiveDate::from_ymd_opt(2026, 3, 1).unwrap_or_default(),
        written_date: None,
        customer: Customer::default(),
        lines: Vec::new(),
        header_discount_bp: 0,
        goodwill_minor: 0,
        freight_minor: 0,
    }
}

fn plain(quantity: i64, discount_bp: i64) -> Order {
    let (key, sku) = ("1".to_owned(), "A".to_owned());
    Order { lines: vec![Line { key, sku, quantity, own_price_minor: None, discount_bp }], ..empty() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_make_the_whole_and_nothing_is_below_nothing(values in catalogue(), order in order()) {
        let priced = price(&order, &shelf_of(&values));
        adds_up(&priced);
        prop_assert!(priced.gross_minor >= 0);
    }

    #[test]
    fn the_order_of_lines_and_of_rules_changes_nothing(values in catalogue(), order in order(), turn in 0..12_usize) {
        let one = price(&order, &shelf_of(&values));
        let (mut turned, mut reversed) = (order.clone(), values.clone());
        turned.lines.rotate_left(turn % order.lines.len().max(1));
        turned.lines.reverse();
        reversed.reverse();
        prop_assert_eq!(&one, &price(&turned, &shelf_of(&reversed)));
        // Other keys: who is called what decides nothing about the whole.
        for line in &mut turned.lines {
            line.key = line.key.chars().rev().collect();
        }
        let other = price(&turned, &shelf_of(&values));
        prop_assert_eq!((one.net_minor, one.tax_minor), (other.net_minor, other.tax_minor));
    }

    #[test]
    fn no_step_after_the_first_makes_a_line_dearer(values in catalogue(), order in order()) {
        let shelf = shelf_of(&values);
        for line in price(&order, &shelf).lines {
            let later = line.steps.iter().filter(|it| !matches!(it.kind, RuleKind::List | RuleKind::OwnPrice));
            for step in later {
                prop_assert!(step.after_minor <= step.before_minor, "{:?}", step);
            }
        }
    }

    #[test]
    fn with_a_discount_alone_a_line_costs_what_it_always_did(minor in 0..=1_000_000_i64, quantity in 1..=10_000_i64, bp in 0..=10_000_i64) {
        let product = json!({ "name": "A", "unit_price_minor": minor, "currency": "EUR" });
        let priced = price(&plain(quantity, bp), &shelf_of(&[("products", "A".to_owned(), product)]));
        prop_assert_eq!(priced.net_minor, line_total_minor(quantity, minor, bp));
    }

    #[test]
    fn more_never_costs_more_apiece_and_without_breaks_never_less_in_all(minor in 1..=5_000_i64, from in 2..=50_i64, quantity in 1..=100_i64, bp in 0..=10_000_i64) {
        let list = json!({ "name": "L", "currency": "EUR" });
        let breaks = json!([{ "from": from, "unit_price_minor": minor / 2 }]);
        let with = |breaks: &Json| shelf_of(&[
            ("price_lists", "L".to_owned(), list.clone()),
            ("prices", "L/A".to_owned(), json!({ "unit_price_minor": minor, "breaks": breaks })),
        ]);
        let (broken, even) = (with(&breaks), with(&json!([])));
        let (few, more) = (plain(quantity, bp), plain(quantity + 1, bp));
        let unit = |order: &Order| price(order, &broken).lines[0].list_unit_minor;
        prop_assert!(unit(&more) <= unit(&few));
        prop_assert!(price(&more, &even).net_minor >= price(&few, &even).net_minor);
    }

    #[test]
    fn one_line_or_two_is_the_same_to_breaks_and_free_units(quantity in 2..=60_i64, cut in 1..=59_i64) {
        let values = [
            ("price_lists", "L".to_owned(), json!({ "name": "L", "currency": "EUR" })),
            ("prices", "L/A".to_owned(), json!({ "unit_price_minor": 700, "breaks": [{ "from": 20, "unit_price_minor": 650 }] })),
            ("promotions", "P".to_owned(), json!({ "name": "P", "kind": "buy_get", "buy": 5, "get": 1 })),
        ];
        let shelf = shelf_of(&values);
        let whole = plain(quantity, 0);
        let mut split = plain(cut.min(quantity - 1), 0);
        split.lines.push(Line { key: "2".to_owned(), quantity: quantity - cut.min(quantity - 1), ..split.lines[0].clone() });
        prop_assert_eq!(price(&whole, &shelf).net_minor, price(&split, &shelf).net_minor);
    }
}

#[test]
fn what_is_on_the_shelf_by_key_is_all_that_an_order_asks_for() {
    let list = |name: &str, segments: Json| json!({ "name": name, "currency": "EUR", "segments": segments });
    let mut shelf = Shelf::default();
    shelf.put("price_lists", "ALL", &list("All", json!([])));
    shelf.put("price_lists", "SEG", &list("Segment", json!(["x"])));
    let mut order = plain(1, 0);
    let wanted = shelf.missing(&order);
    assert_eq!(wanted, [("products", "A".to_owned()), ("prices", "ALL/A".to_owned())]);
    order.lines.clear();
    assert_eq!(by_key(price(&order, &shelf)), BTreeMap::new());
    assert_eq!(shelf.missing(&order), Vec::<(&str, String)>::new());
}
