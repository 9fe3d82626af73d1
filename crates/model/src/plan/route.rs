//! The order of stops that makes the way short, over great circles. What has a time keeps its place among what has one; the
//! rest goes wherever it adds least. Up to [`EXACT_STOPS_MAX`] stops the way is the shortest there is; beyond, it is built
//! and then shortened until no single step shortens it. It ends at the last stop.
//!
//! Streets, traffic and how long a visit takes are not known here: the length is that of straight lines over the ground.

mod distance;
mod exact;
mod improve;

use serde::{Deserialize, Serialize};

use distance::Point;

/// Most stops whose shortest order is found for certain.
pub const EXACT_STOPS_MAX: usize = 12;

/// A place on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it is, in millionths of a degree, north positive.
    pub latitude_microdeg: i64,
    /// Where it is, in millionths of a degree, east positive.
    pub longitude_microdeg: i64,
}

impl Place {
    /// How far it is to another place over the ground, in metres.
    pub fn distance_m(self, other: Self) -> i64 {
        Point::of(self).distance_m(&Point::of(other))
    }
}

/// Somewhere to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Where.
    pub place: Place,
    /// When, if it has a time.
    pub starts_ms: Option<i64>,
}

/// The distances between stops and from the start, and which stop must come before which.
struct Map {
    /// From the start to each stop; all 0 where one starts at the first stop.
    from_start: Vec<i64>,
    /// From stop to stop.
    between: Vec<Vec<i64>>,
    /// Each stop's place among those with a time.
    rank: Vec<Option<usize>>,
}

impl Map {
    fn of(start: Option<Place>, stops: &[Stop]) -> Self {
        let points: Vec<Point> = stops.iter().map(|stop| Point::of(stop.place)).collect();
        let start = start.map(Point::of);
        let from_start = points.iter().map(|point| start.as_ref().map_or(0, |start| start.distance_m(point)));
        let row = |one: &Point| points.iter().map(|other| one.distance_m(other)).collect();
        let mut timed: Vec<(i64, usize)> =
            stops.iter().enumerate().filter_map(|(n, stop)| Some((stop.starts_ms?, n))).collect();
        timed.sort_unstable();
        let mut rank = vec![None; stops.len()];
        for (place, (_, n)) in timed.into_iter().enumerate() {
            if let Some(rank) = rank.get_mut(n) {
                *rank = Some(place);
            }
        }
        Self { from_start: from_start.collect(), between: points.iter().map(row).collect(), rank }
    }

    fn len(&self) -> usize {
        self.from_start.len()
    }

    /// The length of the step to a stop, from another or from the start.
    fn step(&self, from: Option<usize>, to: usize) -> i64 {
        let row = match from {
            None => Some(&self.from_start),
            Some(from) => self.between.get(from),
        };
        row.and_then(|row| row.get(to)).copied().unwrap_or(0)
    }

    fn length(&self, order: &[usize]) -> i64 {
        let froms = std::iter::once(None).chain(order.iter().copied().map(Some));
        froms.zip(order).map(|(from, to)| self.step(from, *to)).sum()
    }

    /// Whether stops with a time stand in their order.
    fn keeps_times(&self, order: &[usize]) -> bool {
        let ranks = order.iter().filter_map(|stop| self.rank.get(*stop).copied().flatten());
        ranks.is_sorted()
    }

    /// How much longer a way gets with this stop between two of its places.
    fn added(&self, order: &[usize], stop: usize, at: usize) -> i64 {
        let before = at.checked_sub(1).and_then(|before| order.get(before)).copied();
        let after = order.get(at).copied();
        let to = self.step(before, stop);
        match after {
            None => to,
            Some(after) => to + self.step(Some(stop), after) - self.step(before, after),
        }
    }
}

/// The places of the stops in `stops`, in the order in which to see them.
pub fn shortest(start: Option<Place>, stops: &[Stop]) -> Vec<usize> {
    let map = Map::of(start, stops);
    if stops.len() <= EXACT_STOPS_MAX { exact::order(&map) } else { improve::order(&map) }
}

/// As [`shortest`], by the way that is taken beyond [`EXACT_STOPS_MAX`] stops, however few they are.
pub fn short(start: Option<Place>, stops: &[Stop]) -> Vec<usize> {
    improve::order(&Map::of(start, stops))
}

/// The length of each step of a way, in metres: to its first stop, which is nothing where one starts there, and from stop
/// to stop.
pub fn steps_m(start: Option<Place>, way: &[Place]) -> Vec<i64> {
    let mut from = start;
    let step = |to: &Place| from.replace(*to).map_or(0, |from| from.distance_m(*to));
    way.iter().map(step).collect()
}

/// Where a stop adds least to a way, and how much; the first of equals.
pub fn detour(start: Option<Place>, way: &[Place], place: Place) -> (usize, i64) {
    let near = Point::of(place);
    let points: Vec<Point> = way.iter().copied().map(Point::of).collect();
    let start = start.map(Point::of);
    let mut best = (0, i64::MAX);
    for at in 0..=points.len() {
        let before = if at == 0 { start.as_ref() } else { points.get(at - 1) };
        let after = points.get(at);
        let to = before.map_or(0, |before| before.distance_m(&near));
        let on = after.map_or(0, |after| near.distance_m(after));
        let without = before.zip(after).map_or(0, |(before, after)| before.distance_m(after));
        let added = to + on - without;
        if added < best.1 {
            best = (at, added);
        }
    }
    best
}
