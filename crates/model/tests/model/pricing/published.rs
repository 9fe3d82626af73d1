//! What may be published, and what is refused: one code and one path for each fault.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::pricing::reference::{
    DISCRETION, PRICE_LISTS, PRICES, PRODUCTS, PROMOTIONS, TAXES, TIERS, check, check_set,
};
use serde_json::{Value as Json, json};

fn faults(set: &str, key: &str, value: &Json) -> Vec<String> {
    check(set, key, value).iter().map(|it| format!("{} {}", it.code, it.path.join("."))).collect()
}

#[test]
fn each_fault_has_its_code_and_its_path() {
    let table = [
        (PRODUCTS, "A", json!([]), "not_an_object A"),
        (PRODUCTS, "A", json!({}), "required A.name"),
        (PRODUCTS, "A", json!({ "name": "x", "unit_price_minor": 1 }), "required A.currency"),
        (
            PRODUCTS,
            "A",
            json!({ "name": "x", "unit_price_minor": -1, "currency": "EUR" }),
            "out_of_range A.unit_price_minor",
        ),
        (
            PRODUCTS,
            "A",
            json!({ "name": "x", "unit_price_minor": 1.5, "currency": "EUR" }),
            "wrong_type A.unit_price_minor",
        ),
        (
            PRODUCTS,
            "A",
            json!({ "name": "x", "unit_price_minor": 1, "currency": "eur" }),
            "bad_currency A.currency",
        ),
        (PRODUCTS, "A/B", json!({ "name": "x" }), "bad_key A/B"),
        (PRODUCTS, " A", json!({ "name": "x" }), "bad_key  A"),
        (
            PRICE_LISTS,
            "L",
            json!({ "name": "x", "currency": "EUR", "valid_form": "2026-01-01" }),
            "unknown_field L.valid_form",
        ),
        (
            PRICE_LISTS,
            "L",
            json!({ "name": "x", "currency": "EUR", "valid_from": "2026-02-30" }),
            "bad_date L.valid_from",
        ),
        (
            PRICE_LISTS,
            "L",
            json!({ "name": "x", "currency": "EUR", "valid_from": "2026-2-3" }),
            "bad_date L.valid_from",
        ),
        (
            PRICE_LISTS,
            "L",
            json!({ "name": "x", "currency": "EUR", "valid_from": "2026-02-02", "valid_until": "2026-02-01" }),
            "never_valid L.valid_until",
        ),
        (
            PRICE_LISTS,
            "L",
            json!({ "name": "x", "currency": "EUR", "segments": "A" }),
            "wrong_type L.segments",
        ),
        (
            PRICE_LISTS,
            "L",
            json!({ "name": "x", "currency": "EUR", "segments": ["A", ""] }),
            "required L.segments.1",
        ),
        (PRICE_LISTS, "L", json!({ "name": "x\u{0}", "currency": "EUR" }), "bad_character L.name"),
        (PRICES, "L", json!({ "unit_price_minor": 1 }), "bad_key L"),
        (PRICES, "L/A/B", json!({ "unit_price_minor": 1 }), "bad_key L/A/B"),
        (PRICES, "L/A", json!({}), "required L/A.unit_price_minor"),
        (
            PRICES,
            "L/A",
            json!({ "unit_price_minor": 5, "breaks": [{ "from": 10, "unit_price_minor": 6 }] }),
            "break_rises L/A.breaks.0",
        ),
        (
            PRICES,
            "L/A",
            json!({ "unit_price_minor": 5, "breaks": [{ "from": 10, "unit_price_minor": 4 }, { "from": 10, "unit_price_minor": 3 }] }),
            "break_order L/A.breaks.1",
        ),
        (
            PRICES,
            "L/A",
            json!({ "unit_price_minor": 5, "breaks": [{ "from": 1, "unit_price_minor": 4 }] }),
            "out_of_range L/A.breaks.0.from",
        ),
        (
            PRICES,
            "L/A",
            json!({ "unit_price_minor": 5, "breaks": [{ "from": 2, "price": 4, "unit_price_minor": 4 }] }),
            "unknown_field L/A.breaks.0.price",
        ),
        (
            PRICES,
            "L/A",
            json!({ "unit_price_minor": 5, "breaks": [{ "from": 10, "unit_price_minor": 4 }, { "from": 5, "unit_price_minor": 3 }] }),
            "break_order L/A.breaks.1",
        ),
        // A price is in its list's currency, and in no other.
        (PRICES, "L/A", json!({ "unit_price_minor": 5, "currency": "USD" }), "unknown_field L/A.currency"),
        // No promotion names another, so that none can lead back to itself.
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "percent_off", "discount_bp": 1, "promotions": ["P"] }),
            "unknown_field P.promotions",
        ),
        (TIERS, "gold", json!({ "name": "Gold", "discount_bp": 10_001 }), "out_of_range gold.discount_bp"),
        (PROMOTIONS, "P", json!({ "name": "x", "kind": "lottery" }), "not_a_choice P.kind"),
        (PROMOTIONS, "P", json!({ "name": "x", "kind": "percent_off" }), "required P.discount_bp"),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "percent_off", "discount_bp": 1, "buy": 2 }),
            "foreign_field P.buy",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "amount_off", "amount_minor": 5 }),
            "required P.currency",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "buy_get", "buy": 0, "get": 1 }),
            "out_of_range P.buy",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "bundle", "items": [], "price_minor": 1, "currency": "EUR" }),
            "out_of_range P.items",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "bundle", "items": [{ "sku": "A", "quantity": 1 }, { "sku": "A", "quantity": 2 }], "price_minor": 1, "currency": "EUR" }),
            "duplicate P.items",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "bundle", "items": [{ "sku": "A", "quantity": 1 }], "price_minor": 1, "currency": "EUR", "skus": ["B"] }),
            "foreign_field P.skus",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "order_off", "threshold_minor": 0, "currency": "EUR" }),
            "one_of P.discount_bp",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "order_off", "threshold_minor": 0, "currency": "EUR", "discount_bp": 1, "amount_minor": 1 }),
            "one_of P.discount_bp",
        ),
        (
            PROMOTIONS,
            "P",
            json!({ "name": "x", "kind": "percent_off", "discount_bp": 1, "exclusive": 1 }),
            "wrong_type P.exclusive",
        ),
        (TAXES, "T", json!({ "name": "x", "class": "standard", "rate_bp": 1900 }), "required T.countries"),
        (
            DISCRETION,
            "rep",
            json!({ "role": "boss", "line_discount_bp_max": 0, "header_discount_bp_max": 0, "goodwill_minor_max": 0, "currency": "EUR" }),
            "not_a_choice rep.role",
        ),
    ];
    for (set, key, value, expected) in table {
        assert_eq!(faults(set, key, &value), [expected], "{set} {value}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let value = json!({ "kind": "percent_off", "discount_bp": 0, "moon": 1, "valid_from": "soon" });
    let found = faults(PROMOTIONS, "P", &value);
    assert_eq!(
        found,
        ["unknown_field P.moon", "required P.name", "out_of_range P.discount_bp", "bad_date P.valid_from"]
    );
}

#[test]
fn a_set_of_another_use_has_no_rules_here() {
    assert_eq!(faults("people", "x", &json!({ "anything": true })), Vec::<String>::new());
}

fn together(set: &str, values: Json, others: &[(&str, &[&str])]) -> Vec<String> {
    let values: BTreeMap<String, Json> = serde_json::from_value(values).unwrap_or_default();
    let keys = |wanted: &str| {
        let found = others.iter().filter(|(set, _)| *set == wanted).flat_map(|(_, keys)| keys.iter());
        found.map(|key| (*key).to_owned()).collect::<BTreeSet<_>>()
    };
    let faults = check_set(set, &values, keys);
    faults.iter().map(|it| format!("{} {}", it.code, it.path.join("."))).collect()
}

#[test]
fn a_price_names_a_list_that_is_there() {
    let values = json!({ "L/A": { "unit_price_minor": 1 }, "M/A": { "unit_price_minor": 1 } });
    assert_eq!(together(PRICES, values, &[(PRICE_LISTS, &["L"])]), ["unknown_list M/A"]);
}

#[test]
fn a_promotion_names_tiers_that_are_there() {
    let values =
        json!({ "P": { "name": "x", "kind": "percent_off", "discount_bp": 1, "tiers": ["GOLD", "tin"] } });
    assert_eq!(together(PROMOTIONS, values, &[(TIERS, &["gold"])]), ["unknown_tier P.tiers.1"]);
}

#[test]
fn two_rates_of_one_class_and_place_do_not_meet_on_a_day() {
    let rate = |from: Json, until: Json, region: Json| json!({ "name": "x", "class": "standard", "countries": ["DE"], "region": region, "rate_bp": 1, "valid_from": from, "valid_until": until });
    let one = rate(Json::Null, "2026-12-31".into(), Json::Null);
    let next = rate("2027-01-01".into(), Json::Null, Json::Null);
    let early = rate("2026-12-31".into(), Json::Null, Json::Null);
    let region = rate("2026-12-31".into(), Json::Null, "BY".into());
    assert_eq!(together(TAXES, json!({ "a": one, "b": next, "c": region }), &[]), Vec::<String>::new());
    assert_eq!(together(TAXES, json!({ "a": one, "b": early }), &[]), ["overlap b.valid_from"]);
}

#[test]
fn a_role_and_segment_have_one_set_of_limits() {
    let limits = |segment: Json| json!({ "role": "rep", "segment": segment, "line_discount_bp_max": 0, "header_discount_bp_max": 0, "goodwill_minor_max": 0, "currency": "EUR" });
    let values = json!({ "a": limits(Json::Null), "b": limits("A".into()), "c": limits(" a".into()) });
    assert_eq!(together(DISCRETION, values, &[]), ["overlap c.role"]);
}
