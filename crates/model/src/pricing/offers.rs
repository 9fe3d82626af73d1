//! How much each kind of promotion takes off which line.

use std::collections::BTreeMap;

use super::amount::{WHOLE_BP, part, percent, spread, without};
use super::reference::{Off, Offer};
use super::work::WorkLine;

/// A line's place and what comes off it.
type Cut = (usize, i128);

/// What an offer takes off the lines at these places.
pub(super) fn cuts(offer: &Offer, places: &[usize], lines: &[WorkLine<'_>]) -> Vec<Cut> {
    match offer {
        Offer::PercentOff { discount_bp } => {
            each(places, lines, |it| it.amount - without(it.amount, *discount_bp))
        }
        Offer::AmountOff { amount_minor, .. } => {
            each(places, lines, |it| (i128::from(*amount_minor) * i128::from(it.quantity)).min(it.amount))
        }
        Offer::BuyGet { buy, get, discount_bp } => by_sku(places, lines)
            .into_values()
            .flat_map(|places| free_units(*buy, *get, *discount_bp, &places, lines))
            .collect(),
        Offer::Bundle { items, price_minor, .. } => bundles(items, *price_minor, places, lines),
        Offer::OrderOff { threshold_minor, off, .. } => {
            let sum = amounts(places, lines).iter().sum::<i128>();
            if sum < i128::from(*threshold_minor) {
                return Vec::new();
            }
            let off = match off {
                Off::Percent(discount_bp) => sum - without(sum, *discount_bp),
                Off::Amount(minor) => i128::from(*minor).min(sum),
            };
            shared(off, places, &amounts(places, lines))
        }
    }
}

/// What an offer is, for people.
pub(super) fn words(offer: &Offer) -> String {
    match offer {
        Offer::PercentOff { discount_bp } => format!("{} off", percent(*discount_bp)),
        Offer::AmountOff { amount_minor, .. } => format!("{amount_minor} off each"),
        Offer::BuyGet { buy, get, discount_bp: 10_000 } => format!("{get} free for {buy} bought"),
        Offer::BuyGet { buy, get, discount_bp } => {
            format!("{} off {get} for {buy} bought", percent(*discount_bp))
        }
        Offer::Bundle { price_minor, .. } => format!("together for {price_minor}"),
        Offer::OrderOff { threshold_minor, off, .. } => {
            let off = match off {
                Off::Percent(discount_bp) => percent(*discount_bp),
                Off::Amount(minor) => minor.to_string(),
            };
            format!("{off} off from {threshold_minor} on")
        }
    }
}

fn each(places: &[usize], lines: &[WorkLine<'_>], off: impl Fn(&WorkLine<'_>) -> i128) -> Vec<Cut> {
    places.iter().map(|&n| (n, off(&lines[n]))).collect()
}

fn amounts(places: &[usize], lines: &[WorkLine<'_>]) -> Vec<i128> {
    places.iter().map(|&n| lines[n].amount).collect()
}

fn shared(off: i128, places: &[usize], weights: &[i128]) -> Vec<Cut> {
    places.iter().copied().zip(spread(off, weights)).collect()
}

fn by_sku<'a>(places: &[usize], lines: &[WorkLine<'a>]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut groups = BTreeMap::<&str, Vec<usize>>::new();
    for &n in places {
        groups.entry(lines[n].line.sku.as_str()).or_default().push(n);
    }
    groups
}

fn quantity(places: &[usize], lines: &[WorkLine<'_>]) -> i64 {
    places.iter().map(|&n| lines[n].quantity).sum()
}

/// Units of one product count together, at their average price.
fn free_units(buy: i64, get: i64, discount_bp: i64, places: &[usize], lines: &[WorkLine<'_>]) -> Vec<Cut> {
    let together = quantity(places, lines);
    let free = together / (buy + get) * get;
    if free == 0 {
        return Vec::new();
    }
    let amounts = amounts(places, lines);
    let sum: i128 = amounts.iter().sum();
    let off = part(sum, i128::from(free) * i128::from(discount_bp), i128::from(together) * WHOLE_BP);
    shared(off, places, &amounts)
}

/// As many bundles as the lines hold. What their units cost, above the bundles' price, comes off.
fn bundles(items: &[(String, i64)], price_minor: i64, places: &[usize], lines: &[WorkLine<'_>]) -> Vec<Cut> {
    let groups = by_sku(places, lines);
    let held = |(sku, needed): &(String, i64)| {
        groups.get(sku.as_str()).map_or(0, |places| quantity(places, lines) / needed)
    };
    let count = items.iter().map(held).min().unwrap_or(0);
    if count == 0 {
        return Vec::new();
    }
    let mut weights = vec![0; places.len()];
    for (sku, needed) in items {
        let Some(group) = groups.get(sku.as_str()) else { continue };
        let together = i128::from(quantity(group, lines));
        for (weight, &n) in weights.iter_mut().zip(places).filter(|(_, n)| group.contains(n)) {
            *weight = part(lines[n].amount, i128::from(count) * i128::from(*needed), together);
        }
    }
    let off = weights.iter().sum::<i128>() - i128::from(count) * i128::from(price_minor);
    if off <= 0 { Vec::new() } else { shared(off, places, &weights) }
}
