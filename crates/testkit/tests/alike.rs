//! What the duplicate hint finds, on accounts and contacts by seed: precision and recall as `docs/customers.md` states them, and
//! how few records are compared.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::alike::{SHARED_MAX, Traits};
use roadbook_testkit::alike::{Seeded, seeded, seeded_contacts};

/// What was found among seeded records.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// Hints that are right, in all, and pairs that there are.
    right: usize,
    hints: usize,
    pairs: usize,
    /// Comparisons of all of them, and the most for one.
    compared: usize,
    compared_most: usize,
}

fn look(made: &Seeded) -> Found {
    let traits: Vec<Traits> = made.accounts.iter().map(|fields| Traits::of(fields, None)).collect();
    find(&traits, &made.pairs)
}

fn find(traits: &[Traits], pairs: &[(usize, usize)]) -> Found {
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, traits) in traits.iter().enumerate() {
        traits.keys().into_iter().for_each(|key| index.entry(key).or_default().push(place));
    }
    let wanted: BTreeSet<(usize, usize)> = pairs.iter().copied().collect();
    let mut found = Found { pairs: wanted.len(), ..Found::default() };
    let mut hints = BTreeSet::new();
    for (place, one) in traits.iter().enumerate() {
        let sharing = one.probes().into_iter().filter_map(|key| index.get(&key));
        let few = sharing.filter(|places| places.len() <= SHARED_MAX);
        let others: BTreeSet<usize> = few.flatten().copied().filter(|other| *other != place).collect();
        found.compared += others.len();
        found.compared_most = found.compared_most.max(others.len());
        let likely = others.into_iter().filter(|other| one.likeness(&traits[*other]).is_likely());
        hints.extend(likely.map(|other| (place.min(other), place.max(other))));
    }
    found.hints = hints.len();
    found.right = hints.intersection(&wanted).count();
    found
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

/// The row of the page that says how good it is.
fn stands_on_the_page(what: &str, found: &Found) {
    let line = format!(
        "| {what} | {} | {} | {} | {} | {} |",
        found.pairs,
        found.hints,
        found.right,
        percent(found.right, found.hints),
        percent(found.right, found.pairs)
    );
    let page = include_str!("../../../docs/customers.md");
    assert!(page.contains(&line), "docs/customers.md does not say: {line}");
}

#[test]
fn precision_and_recall_are_those_of_the_page() {
    let found = look(&seeded(2026, 5_000));
    stands_on_the_page("accounts", &found);
    assert!(found.right * 100 >= found.hints * 80, "precision: {found:?}");
    assert!(found.right * 100 >= found.pairs * 85, "recall: {found:?}");
}

#[test]
fn precision_and_recall_of_contacts_are_those_of_the_page() {
    let made = seeded_contacts(2026, 2_000);
    let contacts = made.contacts.iter().map(|(fields, account)| Traits::of(fields, Some(*account)));
    let found = find(&contacts.collect::<Vec<_>>(), &made.pairs);
    stands_on_the_page("contacts", &found);
    assert!(found.right * 100 >= found.hints * 40, "precision: {found:?}");
    assert!(found.right * 100 >= found.pairs * 80, "recall: {found:?}");
}

#[test]
fn among_fifty_thousand_few_are_compared() {
    let found = look(&seeded(7, 46_000));
    let accounts = 46_000 + found.pairs;
    assert!(accounts >= 50_000, "{accounts}");
    assert!(found.compared < accounts * 100, "{found:?}");
    assert!(found.compared_most <= 1_000, "{found:?}");
}
