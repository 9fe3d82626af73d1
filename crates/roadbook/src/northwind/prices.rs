//! Prices for Northwind, which has but one for each product: a list with quantity breaks, one for its three largest
//! customers, two tiers, promotions, tax and limits of discretion. They are made up, so that there is something to try;
//! rates of tax are examples, not advice. The historic orders stay as they are.

use std::collections::BTreeMap;

use roadbook_model::pricing::reference::{
    DISCRETION, PRICE_LISTS, PRICES, PROMOTIONS, TAXES, TIERS, price_key,
};
use serde_json::{Value as Json, json};

use super::records::{CURRENCY, account_id, sku};
use super::rows::Product;
use super::tables::Tables;

/// The list for everybody.
const BASE: &str = "BASE";
/// The list for the largest customers.
const KEY: &str = "KEY";
/// The largest customers by revenue.
const LARGEST: [&str; 3] = ["QUICK", "ERNSH", "SAVEA"];
/// Rates on food by country, in basis points, as an example.
const FOOD_TAX: [(&str, &str, i64); 15] = [
    ("AT", "Austria", 1_000),
    ("BE", "Belgium", 600),
    ("CH", "Switzerland", 260),
    ("DE", "Germany", 700),
    ("DK", "Denmark", 2_500),
    ("ES", "Spain", 1_000),
    ("FI", "Finland", 1_400),
    ("FR", "France", 550),
    ("IE", "Ireland", 0),
    ("IT", "Italy", 1_000),
    ("NO", "Norway", 1_500),
    ("PL", "Poland", 500),
    ("PT", "Portugal", 1_300),
    ("SE", "Sweden", 1_200),
    ("UK", "UK", 0),
];

/// Sets of reference data by name, each by key; those that others refer to come first.
pub type Sets = Vec<(&'static str, BTreeMap<String, Json>)>;

/// Everything beside the products.
pub fn sets(tables: &Tables) -> Sets {
    let products: Vec<&Product> = tables.products.iter().map(|at| &at.row).collect();
    vec![
        (PRICE_LISTS, lists()),
        (PRICES, prices(&products)),
        (TIERS, tiers()),
        (PROMOTIONS, promotions()),
        (TAXES, taxes()),
        (DISCRETION, discretion()),
    ]
}

fn keyed<const N: usize>(values: [(&str, Json); N]) -> BTreeMap<String, Json> {
    values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn lists() -> BTreeMap<String, Json> {
    let accounts = LARGEST.map(|customer| account_id(customer).to_string());
    keyed([
        (BASE, json!({ "name": "Northwind list", "currency": CURRENCY })),
        (KEY, json!({ "name": "Key accounts", "currency": CURRENCY, "accounts": accounts })),
    ])
}

/// In the list for everybody the product's own price, 3% less from 50 on and 6% from 100 on; for the largest customers
/// 4% less at once. A cent is rounded down.
fn prices(products: &[&Product]) -> BTreeMap<String, Json> {
    let mut prices = BTreeMap::new();
    for product in products {
        let sku = sku(product.id);
        let less = |percent: i64| product.unit_price_minor * (100 - percent) / 100;
        let breaks = json!([
            { "from": 50, "unit_price_minor": less(3) },
            { "from": 100, "unit_price_minor": less(6) },
        ]);
        let base = json!({ "unit_price_minor": product.unit_price_minor, "breaks": breaks });
        prices.insert(price_key(BASE, &sku), base);
        prices.insert(price_key(KEY, &sku), json!({ "unit_price_minor": less(4) }));
    }
    prices
}

fn tiers() -> BTreeMap<String, Json> {
    keyed([
        ("gold", json!({ "name": "Gold", "discount_bp": 300 })),
        ("silver", json!({ "name": "Silver", "discount_bp": 150 })),
    ])
}

fn promotions() -> BTreeMap<String, Json> {
    keyed([
        (
            "DAIRY-DOZEN",
            json!({
                "name": "Dairy by the dozen", "kind": "buy_get", "buy": 11, "get": 1,
                "categories": ["Dairy Products"], "valid_from": "2026-01-01",
            }),
        ),
        (
            "SWEET-WEEKS",
            json!({
                "name": "Sweet weeks", "kind": "percent_off", "discount_bp": 500, "categories": ["Confections"],
                "valid_from": "2026-11-01", "valid_until": "2027-01-31", "priority": 10, "exclusive": true,
            }),
        ),
        (
            "BIG-ORDER",
            json!({
                "name": "Big order", "kind": "order_off", "threshold_minor": 250_000, "currency": CURRENCY,
                "discount_bp": 200, "valid_from": "2026-01-01",
            }),
        ),
    ])
}

fn taxes() -> BTreeMap<String, Json> {
    let countries = FOOD_TAX.iter().map(|(code, name, rate_bp)| {
        let countries: Vec<&str> = if code == name { vec![code] } else { vec![code, name] };
        let value = json!({
            "name": format!("Food, {name}"), "class": "standard", "countries": countries, "rate_bp": rate_bp,
        });
        (format!("FOOD-{code}"), value)
    });
    let elsewhere = json!({ "name": "Elsewhere", "class": "standard", "countries": ["*"], "rate_bp": 0 });
    countries.chain([("ELSEWHERE".to_owned(), elsewhere)]).collect()
}

fn discretion() -> BTreeMap<String, Json> {
    let limits = |role: &str, line: i64, header: i64, total: i64, goodwill: i64| {
        json!({
            "role": role, "line_discount_bp_max": line, "header_discount_bp_max": header,
            "total_discount_bp_max": total, "goodwill_minor_max": goodwill, "currency": CURRENCY,
        })
    };
    keyed([
        ("manager", limits("manager", 1_500, 1_000, 2_000, 25_000)),
        ("rep", limits("rep", 500, 300, 700, 5_000)),
    ])
}
