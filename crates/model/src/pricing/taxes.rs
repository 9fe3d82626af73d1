//! The last step: tax, counted once for each rate on the sum of what bears it, as an invoice shows it (EN 16931), then
//! shared out over the lines. A list whose prices hold tax gives it up here: its lines end before tax like all others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::amount::{WHOLE_BP, fit, part, spread};
use super::catalogue::Catalogue;
use super::order::Order;
use super::reference::{FREIGHT, STANDARD, TaxRate, fold};
use super::trace::{RuleKind, Tax};
use super::work::Work;

/// What bears one rate: places of lines, or none for freight; apart by whether the amounts hold the tax.
type Bearers<'a> = BTreeMap<(&'a str, bool), (&'a TaxRate, Vec<Option<usize>>)>;

pub(super) fn run(work: &mut Work<'_>, catalogue: &impl Catalogue) {
    let rates = catalogue.taxes();
    if rates.is_empty() {
        return;
    }
    let mut bearers = Bearers::new();
    for n in 0..work.lines.len() {
        let it = &work.lines[n];
        let class = fold(it.product.map_or(STANDARD, |product| product.tax_class.as_str()));
        let (key, is_gross) = (it.line.key.as_str(), it.is_gross);
        work.examined += u64::try_from(rates.len()).unwrap_or(0);
        match find(rates, &class, work.order) {
            Some(rate) => bearers.entry((&rate.key, is_gross)).or_insert((rate, Vec::new())).1.push(Some(n)),
            None => {
                let text = format!(
                    "No tax rate of the class {class} is known for this place and day: no tax counts."
                );
                work.problem("no_tax_rate", Some(key), text);
            }
        }
    }
    if work.freight() > 0
        && let Some(rate) = find(rates, FREIGHT, work.order)
    {
        bearers.entry((&rate.key, false)).or_insert((rate, Vec::new())).1.push(None);
    }
    for ((_, is_gross), (rate, places)) in bearers {
        bear(work, rate, is_gross, &places);
    }
}

fn find<'a>(rates: &'a [TaxRate], class: &str, order: &Order) -> Option<&'a TaxRate> {
    let country = fold(order.customer.country.as_deref().unwrap_or_default());
    let region = order.customer.region.as_deref().map(fold);
    rates
        .iter()
        .filter_map(|rate| {
            let nearness = rate.nearness(class, &country, region.as_deref(), order.date)?;
            Some(((nearness, Reverse(rate.dates.from), &rate.key), rate))
        })
        .min_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, rate)| rate)
}

fn bear(work: &mut Work<'_>, rate: &TaxRate, is_gross: bool, places: &[Option<usize>]) {
    let freight = work.freight();
    let amounts: Vec<i128> =
        places.iter().map(|place| place.map_or(freight, |n| work.lines[n].amount)).collect();
    let sum: i128 = amounts.iter().sum();
    let bp = i128::from(rate.rate_bp);
    let tax = part(sum, bp, if is_gross { WHOLE_BP + bp } else { WHOLE_BP });
    for (place, share) in places.iter().zip(spread(tax, &amounts)) {
        let Some(n) = *place else {
            work.freight_tax = share;
            continue;
        };
        let it = &mut work.lines[n];
        it.tax = share;
        it.tax_rule = Some(rate.key.clone());
        if is_gross {
            let why = format!("{} included", rate.name);
            it.become_less(RuleKind::TaxIncluded, &rate.key, why, it.amount - share);
        }
    }
    let base = if is_gross { sum - tax } else { sum };
    match work.taxes.last_mut().filter(|known| known.rule == rate.key) {
        Some(known) => {
            known.base_minor = known.base_minor.saturating_add(fit(base));
            known.tax_minor = known.tax_minor.saturating_add(fit(tax));
        }
        None => work.taxes.push(Tax {
            rule: rate.key.clone(),
            rate_bp: rate.rate_bp,
            base_minor: fit(base),
            tax_minor: fit(tax),
        }),
    }
}
