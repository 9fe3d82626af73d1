//! Who comes into the day's plan: what is planned for today, with its times; then the most urgent accounts that lie near
//! enough to the way. The person has the last word: stops can be added, left out and put into another order.

use serde::{Deserialize, Serialize};

use super::due::Due;
use super::route::{Place, Stop, detour, shortest, steps_m};
use crate::id::{AccountId, RecordId};

/// Most stops of a plan.
pub const STOPS_MAX: usize = 50;
/// So many stops a plan has, unless it is told otherwise.
pub const USUAL_STOPS: usize = 8;
/// So much longer, in metres, the way may get for an account that is not planned, unless it is told otherwise.
pub const USUAL_DETOUR_M: i64 = 25_000;
/// Most accounts without a position that are proposed.
pub const APART_MAX: usize = 5;

/// A visit that is planned for today, or running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The visit.
    pub visit: RecordId,
    /// Where.
    pub account: AccountId,
    /// Where that is.
    pub place: Option<Place>,
    /// When it is to begin.
    pub starts_ms: i64,
}

/// An account that may be seen today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The account.
    pub account: AccountId,
    /// Where it is.
    pub place: Option<Place>,
    /// How it stands; none if nothing says that it is to be visited.
    pub due: Option<Due>,
}

/// What the person asks of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Where the way begins; at its first stop without it.
    pub start: Option<Place>,
    /// Up to how many stops accounts are proposed.
    pub stops: usize,
    /// How much longer the way may get for one, in metres.
    pub detour_m: i64,
    /// Accounts to see in any case.
    pub add: Vec<AccountId>,
    /// What not to see today: accounts, or visits by their record.
    pub leave_out: Vec<RecordId>,
    /// The order in which to see things, by visit or account; empty for the shortest. What it does not name goes where it
    /// adds least.
    pub order: Vec<RecordId>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            start: None,
            stops: USUAL_STOPS,
            detour_m: USUAL_DETOUR_M,
            add: Vec::new(),
            leave_out: Vec::new(),
            order: Vec::new(),
        }
    }
}

/// A stop of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedStop {
    /// What the person's wishes call it: the visit, else the account.
    pub key: RecordId,
    /// The account.
    pub account: AccountId,
    /// The planned visit, if it is one.
    pub visit: Option<RecordId>,
    /// When it is to begin, if it is planned.
    pub starts_ms: Option<i64>,
    /// How far it is from the stop before, or from the start, in metres.
    pub leg_m: i64,
    /// How the account stands.
    pub due: Option<Due>,
}

/// The plan of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DayPlan {
    /// The stops, in order.
    pub stops: Vec<PlannedStop>,
    /// How long the way is, in metres over the ground.
    pub length_m: i64,
    /// How long the shortest way is that keeps the times; a person's order that does not keep them may be shorter.
    pub shortest_m: i64,
    /// What has no position, and so no place on the way: everything planned, then the most urgent.
    pub apart: Vec<PlannedStop>,
    /// How many accounts that are due found no place.
    pub left_over: usize,
}

/// One thing to see, before it has its place.
#[derive(Clone)]
struct Thing {
    stop: PlannedStop,
    place: Option<Place>,
}

/// The plan of a day.
pub fn plan(appointments: &[Appointment], candidates: &[Candidate], wish: &Wish) -> DayPlan {
    let fixed = fixed(appointments, candidates, wish);
    let (mut on_way, mut apart): (Vec<Thing>, Vec<Thing>) =
        fixed.into_iter().partition(|thing| thing.place.is_some());
    on_way.truncate(STOPS_MAX);
    let mut waiting = proposals(&on_way, &apart, candidates, wish);
    let (near, placeless): (Vec<Thing>, Vec<Thing>) =
        waiting.drain(..).partition(|thing| thing.place.is_some());
    let left_over = fill(&mut on_way, near, wish) + placeless.len().saturating_sub(APART_MAX);
    apart.extend(placeless.into_iter().take(APART_MAX));
    let stops: Vec<Stop> = on_way.iter().filter_map(Thing::as_stop).collect();
    let best = shortest(wish.start, &stops);
    let order = if wish.order.is_empty() { best.clone() } else { wished(&on_way, wish) };
    let legs = |order: &[usize]| -> Vec<i64> {
        let way: Vec<Place> = order.iter().filter_map(|n| stops.get(*n)).map(|stop| stop.place).collect();
        steps_m(wish.start, &way)
    };
    let steps = legs(&order);
    let placed = order.iter().filter_map(|n| on_way.get(*n)).zip(&steps);
    DayPlan {
        length_m: steps.iter().sum(),
        shortest_m: legs(&best).iter().sum(),
        stops: placed.map(|(thing, leg_m)| PlannedStop { leg_m: *leg_m, ..thing.stop.clone() }).collect(),
        apart: apart.into_iter().map(|thing| thing.stop).collect(),
        left_over,
    }
}

impl Thing {
    fn as_stop(&self) -> Option<Stop> {
        Some(Stop { place: self.place?, starts_ms: self.stop.starts_ms })
    }

    fn of_candidate(candidate: &Candidate) -> Self {
        let Candidate { account, place, due } = *candidate;
        let stop =
            PlannedStop { key: account.record(), account, visit: None, starts_ms: None, leg_m: 0, due };
        Self { stop, place }
    }
}

/// What is seen in any case: appointments by time, then what the person added, in that order.
fn fixed(appointments: &[Appointment], candidates: &[Candidate], wish: &Wish) -> Vec<Thing> {
    let known = |account: AccountId| candidates.iter().find(|candidate| candidate.account == account);
    let mut planned: Vec<&Appointment> = appointments
        .iter()
        .filter(|one| !wish.leave_out.iter().any(|out| *out == one.visit || *out == one.account.record()))
        .collect();
    planned.sort_by_key(|one| (one.starts_ms, one.visit));
    let mut things: Vec<Thing> = planned
        .into_iter()
        .map(|one| {
            let due = known(one.account).and_then(|candidate| candidate.due);
            let (key, visit) = (one.visit, Some(one.visit));
            let starts_ms = Some(one.starts_ms);
            let stop = PlannedStop { key, account: one.account, visit, starts_ms, leg_m: 0, due };
            Thing { stop, place: one.place }
        })
        .collect();
    for account in &wish.add {
        let is_new = things.iter().all(|thing| thing.stop.account != *account);
        if let Some(candidate) = known(*account).filter(|_| is_new) {
            things.push(Thing::of_candidate(candidate));
        }
    }
    things
}

/// Accounts that are due and not planned for any day, the most urgent first.
fn proposals(on_way: &[Thing], apart: &[Thing], candidates: &[Candidate], wish: &Wish) -> Vec<Thing> {
    let is_seen = |account| on_way.iter().chain(apart).any(|thing| thing.stop.account == account);
    let mut open: Vec<(i64, AccountId, &Candidate)> = candidates
        .iter()
        .filter(|one| !wish.leave_out.contains(&one.account.record()) && !is_seen(one.account))
        .filter_map(|one| {
            let due = one.due.filter(|due| due.is_due() && due.next_planned.is_none())?;
            Some((-due.urgency, one.account, one))
        })
        .collect();
    open.sort_by_key(|(urgency, account, _)| (*urgency, *account));
    open.into_iter().map(|(_, _, one)| Thing::of_candidate(one)).collect()
}

/// Takes the most urgent that lies near enough to the way, again and again; how many are left.
fn fill(on_way: &mut Vec<Thing>, mut near: Vec<Thing>, wish: &Wish) -> usize {
    let most = wish.stops.min(STOPS_MAX);
    while on_way.len() < most && !near.is_empty() {
        let way = way_through(on_way, wish);
        let fits = |thing: &Thing| {
            thing.place.is_some_and(|place| detour(wish.start, &way, place).1 <= wish.detour_m)
        };
        // Where nothing is planned and nothing is near, the day begins with the most urgent.
        let first = near.iter().position(fits).or_else(|| on_way.is_empty().then_some(0));
        let Some(first) = first else { break };
        on_way.push(near.remove(first));
    }
    near.len()
}

fn way_through(on_way: &[Thing], wish: &Wish) -> Vec<Place> {
    let stops: Vec<Stop> = on_way.iter().filter_map(Thing::as_stop).collect();
    let order = shortest(wish.start, &stops);
    order.iter().filter_map(|n| stops.get(*n)).map(|stop| stop.place).collect()
}

/// The person's order; what it does not name goes where it adds least.
fn wished(on_way: &[Thing], wish: &Wish) -> Vec<usize> {
    let named = wish.order.iter().filter_map(|key| on_way.iter().position(|thing| thing.stop.key == *key));
    let mut order: Vec<usize> = Vec::with_capacity(on_way.len());
    for n in named {
        if !order.contains(&n) {
            order.push(n);
        }
    }
    for (n, thing) in on_way.iter().enumerate() {
        let Some(place) = thing.place.filter(|_| !order.contains(&n)) else { continue };
        let way: Vec<Place> = order.iter().filter_map(|n| on_way.get(*n)?.place).collect();
        order.insert(detour(wish.start, &way, place).0, n);
    }
    order
}
