//! What pricing an order costs, in rules looked at and keys asked for: counts, so that they are the same on every machine.

use roadbook_model::pricing::{Order, Shelf, price};
use serde_json::{Value as Json, json};

use super::Figure;

const PROMOTIONS: usize = 200;

/// What one order cost.
struct Cost {
    examined: u64,
    keys: usize,
}

/// 350 lines against 10,000 products and 200 promotions, beside a tenth of the lines and a tenth of the products.
pub fn pricing() -> Vec<Figure> {
    let (whole, few_lines, few_skus) = (cost(350, 10_000), cost(35, 10_000), cost(350, 1_000));
    let (Some(whole), Some(few_lines), Some(few_skus)) = (whole, few_lines, few_skus) else {
        return vec![Figure {
            figure: "pricing 350 lines, 10,000 products, 200 promotions".to_owned(),
            measured: "nothing: an order has no price, or a problem".to_owned(),
            limit: "every line is priced".to_owned(),
            beside: String::new(),
            holds: false,
        }];
    };
    // What does not grow with the lines is one look at each promotion in each of two phases.
    let per_order = u64::try_from(2 * PROMOTIONS).unwrap_or(0);
    let (many, few) = (whole.examined - per_order, few_lines.examined - per_order);
    let flat = few_skus.examined == whole.examined && few_skus.keys == whole.keys;
    vec![
        Figure {
            figure: "pricing 350 lines, 10,000 products, 200 promotions".to_owned(),
            measured: format!("{} rules examined, {} keys looked up", whole.examined, whole.keys),
            limit: "linear in lines: <= 10 x those of 35 lines, but for 2 looks at each promotion".to_owned(),
            beside: format!("35 lines: {} rules, {} keys", few_lines.examined, few_lines.keys),
            holds: many <= 10 * few && whole.keys <= 10 * few_lines.keys,
        },
        Figure {
            figure: "the same against 1,000 products".to_owned(),
            measured: format!("{} rules examined, {} keys looked up", few_skus.examined, few_skus.keys),
            limit: "flat in products: the same counts".to_owned(),
            beside: format!("10,000 products: {} rules, {} keys", whole.examined, whole.keys),
            holds: flat,
        },
    ]
}

fn sku(n: usize) -> String {
    format!("SKU-{n:05}")
}

fn cost(lines: usize, skus: usize) -> Option<Cost> {
    let shelf = shelf(skus);
    let lines =
        (0..lines).map(|n| json!({ "key": format!("{n:04}"), "sku": sku(n), "quantity": 1 + n % 24 }));
    let order = json!({
        "currency": "EUR", "date": "2026-03-01", "lines": lines.collect::<Vec<_>>(),
        "customer": { "segment": "A", "tier": "gold", "country": "DE" },
    });
    let order: Order = serde_json::from_value(order).ok()?;
    let keys = shelf.missing(&order).len();
    let priced = price(&order, &shelf);
    priced.problems.is_empty().then_some(Cost { examined: priced.examined, keys })
}

fn shelf(skus: usize) -> Shelf {
    let mut shelf = Shelf::default();
    shelf.put("price_lists", "ALL", &json!({ "name": "All", "currency": "EUR" }));
    shelf.put("price_lists", "A", &json!({ "name": "Class A", "currency": "EUR", "segments": ["A"] }));
    shelf.put("tiers", "gold", &json!({ "name": "Gold", "discount_bp": 200 }));
    shelf.put(
        "taxes",
        "DE",
        &json!({ "name": "VAT", "class": "standard", "countries": ["DE"], "rate_bp": 1900 }),
    );
    for n in 0..skus {
        let category = format!("C{}", n % 50);
        let minor = 100 + n % 900;
        shelf.put("products", &sku(n), &json!({ "name": sku(n), "category": category }));
        shelf.put("prices", &format!("ALL/{}", sku(n)), &json!({ "unit_price_minor": minor }));
        if n.is_multiple_of(2) {
            shelf.put("prices", &format!("A/{}", sku(n)), &json!({ "unit_price_minor": minor - 5 }));
        }
    }
    for n in 0..PROMOTIONS {
        shelf.put("promotions", &format!("P{n:03}"), &promotion(n));
    }
    shelf
}

/// Half of them for a category, most others for single products, some for all of an order.
fn promotion(n: usize) -> Json {
    let mut value = match n % 20 {
        0 => {
            json!({ "kind": "order_off", "threshold_minor": 1_000_000, "currency": "EUR", "discount_bp": 100 })
        }
        1..=10 => {
            json!({ "kind": "percent_off", "discount_bp": 50, "categories": [format!("C{}", n % 50)] })
        }
        11..=14 => {
            json!({ "kind": "amount_off", "amount_minor": 3, "currency": "EUR", "skus": [sku(n), sku(n + 1)] })
        }
        15..=17 => json!({ "kind": "buy_get", "buy": 11, "get": 1, "skus": [sku(n)] }),
        _ => json!({
            "kind": "bundle", "price_minor": 150, "currency": "EUR",
            "items": [{ "sku": sku(n), "quantity": 1 }, { "sku": sku(n + 1), "quantity": 1 }],
        }),
    };
    value["name"] = format!("Promotion {n}").into();
    value["priority"] = (n % 7).into();
    value
}
