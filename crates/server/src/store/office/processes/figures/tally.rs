//! Counting runs: pure.

use std::collections::BTreeMap;

use roadbook_model::process::progress::{Facts, Goal, Progress, measured, progress};
use roadbook_model::process::{Run, Template, integrity};
use uuid::Uuid;

use super::{
    AwryFigures, Carried, GoalFigures, GroupFigures, GroupShares, IntegrityFigures, ProcessFigures,
    ResponseFigures, StepShare, WayFigures,
};

/// Most ways that are told.
const WAYS_MAX: usize = 20;
const MINUTE_MS: i64 = 60_000;

type Named = (Uuid, String);

/// Everything about the runs of a version.
pub(super) fn figures(template: &Template, runs: &[Carried], is_cut: bool, now_ms: i64) -> ProcessFigures {
    let by = |of: &dyn Fn(&Carried) -> Vec<Named>| groups(runs, of);
    let people = by(&|run| vec![run.person.clone()]);
    let territories = by(&|run| vec![run.territory.clone()]);
    let departments = by(&|run| run.departments.clone());
    let told = |groups: &BTreeMap<Named, Vec<&Carried>>| {
        let one = |((id, name), runs): (&Named, &Vec<&Carried>)| GroupFigures {
            id: *id,
            name: name.clone(),
            figures: goal(template, runs.iter().copied(), now_ms),
        };
        let mut told: Vec<GroupFigures> = groups.iter().map(one).collect();
        told.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        told
    };
    ProcessFigures {
        process: template.process.clone(),
        version: template.version,
        is_cut,
        total: goal(template, runs.iter(), now_ms),
        people: told(&people),
        departments: told(&departments),
        territories: told(&territories),
        ways: ways(template, runs, now_ms),
        awry: template.awry.iter().map(|path| awry(template, &path.key, runs, now_ms)).collect(),
        responses: template.responses.iter().map(|one| response(&one.key, runs)).collect(),
        people_integrity: alike(template, &people),
        territories_integrity: alike(template, &territories),
    }
}

fn groups<'r>(runs: &'r [Carried], of: &dyn Fn(&Carried) -> Vec<Named>) -> BTreeMap<Named, Vec<&'r Carried>> {
    let mut groups: BTreeMap<Named, Vec<&Carried>> = BTreeMap::new();
    for run in runs {
        for group in of(run) {
            groups.entry(group).or_default().push(run);
        }
    }
    groups
}

fn progress_of(template: &Template, run: &Run, now_ms: i64) -> Progress {
    progress(template, run, &Facts { now_ms, ..Facts::default() })
}

pub(super) fn goal<'r>(
    template: &Template,
    runs: impl Iterator<Item = &'r Carried>,
    now_ms: i64,
) -> GoalFigures {
    let mut figures = GoalFigures::default();
    let mut values = Vec::new();
    for Carried { run, .. } in runs {
        figures.runs += 1;
        figures.running += usize::from(run.state == "running");
        figures.abandoned += usize::from(run.state == "abandoned");
        match progress_of(template, run, now_ms).goal {
            Goal::Open => {}
            Goal::Met => figures.met += 1,
            Goal::Missed => figures.missed += 1,
        }
        if run.state == "done" {
            values.extend(measured(template, run));
        }
    }
    figures.met_bp = met_bp(&figures);
    figures.median = median(values);
    figures
}

/// Of runs that ended, how many met the goal, in basis points.
pub(super) fn met_bp(figures: &GoalFigures) -> Option<u64> {
    let ended = figures.met + figures.missed;
    (ended > 0).then(|| (figures.met * 10_000 / ended) as u64)
}

/// The middle value; of two, the lower.
fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

fn ways(template: &Template, runs: &[Carried], now_ms: i64) -> Vec<WayFigures> {
    let mut found: BTreeMap<Vec<String>, Vec<&Run>> = BTreeMap::new();
    for Carried { run, .. } in runs.iter().filter(|run| run.run.state != "running") {
        let steps = run.path().into_iter().map(str::to_owned).collect();
        found.entry(steps).or_default().push(run);
    }
    let mut ways: Vec<WayFigures> = found
        .into_iter()
        .map(|(steps, runs)| WayFigures {
            steps,
            runs: runs.len(),
            met: runs.iter().filter(|run| progress_of(template, run, now_ms).goal == Goal::Met).count(),
            minutes_median: median(
                runs.iter().filter_map(|run| minutes(run.started_ms, run.finished_ms)).collect(),
            ),
        })
        .collect();
    ways.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.steps.cmp(&b.steps)));
    ways.truncate(WAYS_MAX);
    ways
}

/// Begun minutes count whole, as where they are measured.
fn minutes(from_ms: i64, to_ms: Option<i64>) -> Option<i64> {
    to_ms.map(|to_ms| ((to_ms - from_ms).max(0) + MINUTE_MS - 1) / MINUTE_MS)
}

fn awry(template: &Template, path: &str, runs: &[Carried], now_ms: i64) -> AwryFigures {
    let mut figures = AwryFigures {
        path: path.to_owned(),
        taken: 0,
        not_taken: 0,
        resolved: 0,
        overdue: 0,
        minutes_median: None,
    };
    let mut took = Vec::new();
    for Carried { run, .. } in runs {
        let Some(taken) = run.awry.get(path) else {
            let called_for = progress_of(template, run, now_ms).awry;
            figures.not_taken += usize::from(called_for.iter().any(|one| one.path == path));
            continue;
        };
        figures.taken += 1;
        figures.resolved += usize::from(taken.resolved_ms.is_some());
        took.extend(minutes(taken.at_ms, taken.resolved_ms));
        let due_minutes = template.path(path).map_or(0, |path| path.due_minutes);
        let due_ms = taken.at_ms + due_minutes * MINUTE_MS;
        let end_ms = taken.resolved_ms.or(run.finished_ms).unwrap_or(now_ms);
        figures.overdue += usize::from(end_ms > due_ms);
    }
    figures.minutes_median = median(took);
    figures
}

fn response(key: &str, runs: &[Carried]) -> ResponseFigures {
    let used = || runs.iter().flat_map(|run| &run.responses).filter(|(response, _)| response == key);
    ResponseFigures {
        response: key.to_owned(),
        used: used().count(),
        worked: used().filter(|(_, worked)| worked == "yes").count(),
        failed: used().filter(|(_, worked)| worked == "no").count(),
    }
}

/// How alike groups carry it out: of the runs that were done, since one that goes on has not left a step out yet.
fn alike(template: &Template, groups: &BTreeMap<Named, Vec<&Carried>>) -> IntegrityFigures {
    let done = |runs: &Vec<&Carried>| {
        runs.iter().filter(|run| run.run.state == "done").map(|run| run.run.clone()).collect::<Vec<_>>()
    };
    let named: BTreeMap<String, &Named> = groups.keys().map(|named| (named.0.to_string(), named)).collect();
    let by_id = groups.iter().map(|((id, _), runs)| (id.to_string(), done(runs)));
    let by_id: BTreeMap<String, Vec<Run>> = by_id.filter(|(_, runs)| !runs.is_empty()).collect();
    let found = integrity(template, &by_id);
    let name = |id: &String| named.get(id).map_or_else(|| id.clone(), |(_, name)| name.clone());
    let shares = |steps: &BTreeMap<String, u64>| {
        let in_order = template
            .steps
            .iter()
            .filter_map(|step| Some(StepShare { step: step.key.clone(), share_bp: *steps.get(&step.key)? }));
        in_order.collect()
    };
    let groups = found.shares.iter().map(|(id, steps)| GroupShares {
        id: named.get(id).map(|(id, _)| *id).unwrap_or_default(),
        name: name(id),
        shares: shares(steps),
    });
    IntegrityFigures {
        alike_bp: found.alike_bp,
        conformity_bp: found.conformity_bp,
        groups: groups.collect(),
        left_out: found.left_out.iter().map(name).collect(),
    }
}
