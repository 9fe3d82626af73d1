//! What only a whole set shows: rules that name what is not there, or that say two things at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{
    DISCRETION, Discretion, PRICE_LISTS, PRICES, PROMOTIONS, TAXES, TIERS, TaxRate, WHOLE_SET_MAX, is_priced,
};
use crate::rule::Violation;

/// Everything wrong with a set as it would stand, beyond its single values. `keys_of` answers for which keys another set
/// has; values that do not read are left to [`super::check`].
pub fn check_set(
    set: &str,
    values: &BTreeMap<String, Json>,
    mut keys_of: impl FnMut(&str) -> BTreeSet<String>,
) -> Vec<Violation> {
    let mut faults = Vec::new();
    if is_priced(set) && !matches!(set, super::PRODUCTS | PRICES) && values.len() > WHOLE_SET_MAX {
        let text = format!("The set {set} has at most {WHOLE_SET_MAX} keys; devices read it whole.");
        faults.push(Violation::new("too_many", &[], text));
    }
    match set {
        PRICES => unknown_lists(values, &keys_of(PRICE_LISTS), &mut faults),
        PROMOTIONS | PRICE_LISTS => unknown_tiers(values, &keys_of(TIERS), &mut faults),
        TAXES => taxes_at_odds(values, &mut faults),
        DISCRETION => limits_at_odds(values, &mut faults),
        _ => {}
    }
    faults
}

fn unknown_lists(values: &BTreeMap<String, Json>, lists: &BTreeSet<String>, faults: &mut Vec<Violation>) {
    for key in values.keys() {
        let list = key.split('/').next().unwrap_or_default();
        if !lists.contains(list) {
            let text = format!("No price list is called {list}; publish it first.");
            faults.push(Violation::new("unknown_list", std::slice::from_ref(key), text));
        }
    }
}

fn unknown_tiers(values: &BTreeMap<String, Json>, tiers: &BTreeSet<String>, faults: &mut Vec<Violation>) {
    let tiers: BTreeSet<String> = tiers.iter().map(|key| super::fold(key)).collect();
    for (key, value) in values {
        let named =
            value.get("tiers").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        for (n, tier) in named.enumerate() {
            if !tiers.contains(&super::fold(tier)) {
                let path = [key.clone(), "tiers".to_owned(), n.to_string()];
                faults.push(Violation::new(
                    "unknown_tier",
                    &path,
                    format!("No tier is called {tier}; publish it first."),
                ));
            }
        }
    }
}

/// Two rates of one class in one place on one day: which of them holds would be anybody's guess.
fn taxes_at_odds(values: &BTreeMap<String, Json>, faults: &mut Vec<Violation>) {
    let rates: Vec<TaxRate> =
        values.iter().filter_map(|(key, value)| TaxRate::read(key, value).ok()).collect();
    for (n, one) in rates.iter().enumerate() {
        let same = |other: &&TaxRate| {
            other.class == one.class
                && other.region == one.region
                && other.dates.meet(&one.dates)
                && other.countries.iter().any(|country| one.countries.contains(country))
        };
        if let Some(other) = rates[..n].iter().find(same) {
            let text =
                format!("{} is a rate of the same class and place on some of the same days.", other.key);
            faults.push(Violation::new("overlap", &[one.key.clone(), "valid_from".to_owned()], text));
        }
    }
}

fn limits_at_odds(values: &BTreeMap<String, Json>, faults: &mut Vec<Violation>) {
    let mut seen = BTreeMap::new();
    for limits in values.iter().filter_map(|(key, value)| Discretion::read(key, value).ok()) {
        if let Some(other) = seen.insert((limits.role, limits.segment), limits.key.clone()) {
            let text = format!("{other} sets the limits of the same role and segment.");
            faults.push(Violation::new("overlap", &[limits.key, "role".to_owned()], text));
        }
    }
}
