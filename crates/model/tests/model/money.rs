//! Money, against arithmetic that is slower and plainer.

use proptest::prelude::*;
use roadbook_model::money::{Line, line_total_minor, lines, order_total_minor};
use roadbook_model::schema;
use roadbook_model::{Fields, Value};

use crate::support::{Done, ITEM, order};

#[test]
fn a_half_is_rounded_away_from_zero() {
    assert_eq!(line_total_minor(1, 5, 5000), 3);
    assert_eq!(line_total_minor(-1, 5, 5000), -3);
    assert_eq!(line_total_minor(1, 1, 5001), 0);
    assert_eq!(line_total_minor(1, 1, 4999), 1);
    assert_eq!(line_total_minor(7, 100, 10_000), 0);
}

#[test]
fn the_published_examples_hold() -> Done {
    let emitted = schema::emit();
    let examples = emitted["money"]["examples"].as_array().ok_or("no examples")?;
    for example in examples {
        let number = |name: &str| example[name].as_i64().ok_or("not a number");
        let total =
            line_total_minor(number("quantity")?, number("unit_price_minor")?, number("discount_bp")?);
        assert_eq!(total, number("line_total_minor")?);
    }
    Ok(())
}

#[test]
fn an_order_is_the_sum_of_its_rounded_lines_and_freight() {
    let line = Line { quantity: 1, unit_price_minor: 5, discount_bp: 5000, priced_minor: None };
    assert_eq!(order_total_minor([line, line], 10), 16);
    assert_eq!(order_total_minor([], 0), 0);
}

#[test]
fn what_no_number_holds_becomes_the_nearest() {
    assert_eq!(line_total_minor(i64::MAX, i64::MAX, 0), i64::MAX);
    assert_eq!(line_total_minor(i64::MIN, i64::MAX, 0), i64::MIN);
    assert_eq!(line_total_minor(i64::MIN, i64::MIN, i64::MIN), i64::MAX);
}

#[test]
fn lines_are_read_from_the_order_and_missing_numbers_count_nothing() {
    let order = order();
    let line = Line { quantity: 2, unit_price_minor: 250, discount_bp: 0, priced_minor: None };
    assert_eq!(lines(&order).into_iter().collect::<Vec<_>>(), [(ITEM, line)]);
}

#[test]
fn a_priced_line_comes_to_its_price_until_one_of_its_numbers_differs() {
    let mut order = order();
    let priced = [("priced_net_minor", Value::Int(444)), ("priced_as", Value::Str("2x250-0/0/0".into()))];
    let item = |order: &mut Fields, name: &str, value: Value| {
        let Some(Value::Map(lines)) = order.get_mut("lines") else { return };
        let Some(Value::Map(item)) = lines.get_mut(ITEM) else { return };
        item.insert(name.to_owned(), value);
    };
    let total = |order: &Fields| lines(order)[ITEM].total_minor();
    priced.into_iter().for_each(|(name, value)| item(&mut order, name, value));
    assert_eq!(total(&order), 444);
    let mut fewer = order.clone();
    item(&mut fewer, "quantity", Value::Int(1));
    assert_eq!(total(&fewer), 250, "an edit without pricing counts by its own numbers");
    order.insert("header_discount_bp".into(), Value::Int(100));
    assert_eq!(total(&order), 500, "so does one of the whole order's");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_agrees_with_plain_arithmetic(
        quantity in -1_000_000_i64..=1_000_000,
        price in 0_i64..=1_000_000_000,
        discount in 0_i64..=10_000,
    ) {
        let exact = i128::from(quantity) * i128::from(price) * i128::from(10_000 - discount);
        let rounded = (exact.abs() + 5000) / 10_000 * exact.signum();
        prop_assert_eq!(i128::from(line_total_minor(quantity, price, discount)), rounded);
    }

    #[test]
    fn it_never_overflows(quantity: i64, price: i64, discount: i64) {
        line_total_minor(quantity, price, discount);
    }
}
