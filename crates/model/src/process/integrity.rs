//! Integrity: how alike a process is carried out, whoever does it and wherever.
//!
//! ```text
//! share(g, s)  of the runs of group g (a rep, a territory), the part in which step s was answered and not left out
//! mean(s)      the mean of share(g, s) over the groups
//! apart(s)     the mean over the groups of |share(g, s) - mean(s)|          0 .. 1/2
//! alike        1 - 2 x the mean of apart(s) over the process's own steps     0 .. 1
//!
//! order(r)     the longest run of own steps that were answered in the template's order, of all own steps answered
//! required(r)  of the required steps, the part that was answered and not left out
//! conformity   the mean over all runs of order(r) x required(r)              0 .. 1
//! ```
//! All in basis points, each figure rounded once, half up. `alike` says whether groups do the same, `conformity` whether that
//! is what is documented: a house in which everybody leaves out the same step is alike and does not conform.
//!
//! **Where it breaks down.** Groups with few runs differ by chance, so those with fewer than [`RUNS_MIN`] are left out, and said.
//! With one group there is nothing to compare, and no figure. Two camps of equal size that do opposite things differ as
//! much as can be, one rep among many who differs hardly shows: look at the shares. It compares which steps were done, not how
//! well; and a step that is rightly left out in some cases counts like one that was forgotten.

use std::collections::BTreeMap;

use super::run::Run;
use super::template::{Step, Template};

/// Fewest runs of a group that is compared.
pub const RUNS_MIN: usize = 5;

const WHOLE: u64 = 10_000;

/// How alike a version of a process is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integrity {
    /// How alike the groups are, in basis points; none with fewer than two groups.
    pub alike_bp: Option<u64>,
    /// How far runs follow what is documented, in basis points; none without a run.
    pub conformity_bp: Option<u64>,
    /// Groups that were compared, with the share of their runs in which each own step was done, in basis points.
    pub shares: BTreeMap<String, BTreeMap<String, u64>>,
    /// Groups with too few runs, which were left out.
    pub left_out: Vec<String>,
}

/// How alike the runs of groups are. All are of the template's version; a run that is not of it counts for nothing here.
pub fn integrity(template: &Template, groups: &BTreeMap<String, Vec<Run>>) -> Integrity {
    let of_version = |run: &&Run| run.process == template.process && run.version == template.version;
    let mut shares = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut conformities = Vec::new();
    for (group, runs) in groups {
        let runs: Vec<&Run> = runs.iter().filter(of_version).collect();
        conformities.extend(runs.iter().map(|run| conformity_bp(template, run)));
        if runs.len() < RUNS_MIN {
            left_out.push(group.clone());
        } else {
            let steps = template.steps.iter();
            shares
                .insert(group.clone(), steps.map(|step| (step.key.clone(), share_bp(&runs, step))).collect());
        }
    }
    Integrity { alike_bp: alike_bp(template, &shares), conformity_bp: mean(&conformities), shares, left_out }
}

fn share_bp(runs: &[&Run], step: &Step) -> u64 {
    let done = runs.iter().filter(|run| run.path().contains(&step.key.as_str())).count();
    ratio(done, runs.len())
}

fn alike_bp(template: &Template, shares: &BTreeMap<String, BTreeMap<String, u64>>) -> Option<u64> {
    if shares.len() < 2 {
        return None;
    }
    let groups = shares.len() as u64;
    // Deviations are summed times the number of groups, so that only the last division rounds.
    let apart: u64 = template
        .steps
        .iter()
        .map(|step| {
            let of_step = || shares.values().filter_map(|steps| steps.get(&step.key)).copied();
            let sum: u64 = of_step().sum();
            of_step().map(|share| (share * groups).abs_diff(sum)).sum::<u64>()
        })
        .sum();
    let parts = groups * groups * template.steps.len() as u64;
    Some(WHOLE.saturating_sub(rounded(2 * apart, parts)))
}

/// How far a run follows what is documented, in basis points.
pub fn conformity_bp(template: &Template, run: &Run) -> u64 {
    let place = |key: &str| template.steps.iter().position(|step| step.key == key);
    let places: Vec<usize> = run.path().into_iter().filter_map(place).collect();
    let required: Vec<&Step> = template.steps.iter().filter(|step| step.is_required).collect();
    let done = required.iter().filter(|step| place(&step.key).is_some_and(|at| places.contains(&at))).count();
    let ordered = longest_rise(&places);
    match (places.len(), required.len()) {
        (0, 0) => WHOLE,
        (0, _) => 0,
        (answered, 0) => ratio(ordered, answered),
        (answered, wanted) => rounded(WHOLE * (ordered * done) as u64, (answered * wanted) as u64),
    }
}

/// The length of the longest sequence of rising places.
fn longest_rise(places: &[usize]) -> usize {
    let mut best: Vec<usize> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let before = places.iter().zip(&best).take(index).filter(|(one, _)| *one < place);
        let longest = before.map(|(_, length)| *length).max().unwrap_or(0);
        best.push(longest + 1);
    }
    best.into_iter().max().unwrap_or(0)
}

fn mean(values: &[u64]) -> Option<u64> {
    (!values.is_empty()).then(|| rounded(values.iter().sum(), values.len() as u64))
}

fn ratio(part: usize, whole: usize) -> u64 {
    rounded(WHOLE * part as u64, whole as u64)
}

/// A quotient, rounded half up; of nothing, nothing.
fn rounded(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { (2 * part + whole) / (2 * whole) }
}
