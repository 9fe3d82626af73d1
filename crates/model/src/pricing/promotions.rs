//! Promotions: each is tried once, in one pass through each phase, by priority and key. A line that one of them took for
//! itself alone takes no other; one that stands alone leaves lines be that others touched.

use std::collections::{BTreeMap, BTreeSet};

use super::offers;
use super::order::Order;
use super::reference::{Goods, Offer, Promotion, fold};
use super::trace::RuleKind;
use super::work::{Taken, Work, WorkLine};

/// When a promotion comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// On lines.
    Lines,
    /// On the order, after those on lines.
    Order,
}

pub(super) fn run(work: &mut Work<'_>, promotions: &[Promotion], phase: Phase) {
    let places = Places::of(&work.lines);
    for promotion in promotions {
        work.examined += 1;
        if !holds(promotion, work.order, phase) {
            continue;
        }
        let scope = places.of_goods(&promotion.goods, work.lines.len());
        work.examined += u64::try_from(scope.len()).unwrap_or(0);
        let (open, shut): (Vec<usize>, Vec<usize>) =
            scope.into_iter().partition(|&n| is_open(&work.lines[n], promotion));
        for n in shut {
            skip(&mut work.lines[n], promotion);
        }
        for (n, off) in offers::cuts(&promotion.offer, &open, &work.lines) {
            take(&mut work.lines[n], promotion, off);
        }
    }
}

fn holds(promotion: &Promotion, order: &Order, phase: Phase) -> bool {
    let (own_phase, currency) = match &promotion.offer {
        Offer::PercentOff { .. } | Offer::BuyGet { .. } => (Phase::Lines, None),
        Offer::AmountOff { currency, .. } | Offer::Bundle { currency, .. } => (Phase::Lines, Some(currency)),
        Offer::OrderOff { currency, .. } => (Phase::Order, Some(currency)),
    };
    own_phase == phase
        && currency.is_none_or(|currency| *currency == order.currency)
        && promotion.dates.hold(order.date)
        && promotion.audience.nearness(&order.customer).is_some()
}

fn is_open(it: &WorkLine<'_>, promotion: &Promotion) -> bool {
    match it.taken {
        Taken::No => true,
        Taken::Shared => !promotion.is_exclusive,
        Taken::Alone(_) => false,
    }
}

fn skip(it: &mut WorkLine<'_>, promotion: &Promotion) {
    let because = match &it.taken {
        Taken::Alone(because) => because.as_str(),
        Taken::No | Taken::Shared => "it stands alone, and others came first",
    };
    let why = format!("{}: {because}", promotion.name);
    it.step(RuleKind::Skipped, &promotion.key, why, it.amount);
}

fn take(it: &mut WorkLine<'_>, promotion: &Promotion, off: i128) {
    let why = format!("{}: {}", promotion.name, offers::words(&promotion.offer));
    if it.become_less(RuleKind::Promotion, &promotion.key, why, it.amount - off) {
        it.taken = match promotion.is_exclusive {
            true => Taken::Alone(format!("{} stands alone", promotion.name)),
            false => Taken::Shared,
        };
    }
}

/// Where each SKU and each category stand among the lines.
struct Places<'a> {
    by_sku: BTreeMap<&'a str, Vec<usize>>,
    by_category: BTreeMap<String, Vec<usize>>,
}

impl<'a> Places<'a> {
    fn of(lines: &[WorkLine<'a>]) -> Self {
        let mut places = Self { by_sku: BTreeMap::new(), by_category: BTreeMap::new() };
        for (n, it) in lines.iter().enumerate() {
            places.by_sku.entry(it.line.sku.as_str()).or_default().push(n);
            if let Some(category) = it.product.and_then(|product| product.category.as_deref()) {
                places.by_category.entry(fold(category)).or_default().push(n);
            }
        }
        places
    }

    fn of_goods(&self, goods: &Goods, lines: usize) -> Vec<usize> {
        if goods.is_all() {
            return (0..lines).collect();
        }
        let by_sku = goods.skus.iter().filter_map(|sku| self.by_sku.get(sku.as_str()));
        let by_category = goods.categories.iter().filter_map(|category| self.by_category.get(category));
        by_sku.chain(by_category).flatten().copied().collect::<BTreeSet<_>>().into_iter().collect()
    }
}
