//! The shortest order of a few stops: the shortest way to each stop through each set of stops, built up from the smaller
//! sets. Of equals, the way that ends at the earlier stop is taken.

use super::Map;

/// A way through a set of stops that ends at one of them.
#[derive(Clone, Copy)]
struct Way {
    length: i64,
    /// The stop before the last; none if there is only one.
    before: Option<usize>,
}

pub(super) fn order(map: &Map) -> Vec<usize> {
    let stops = map.len();
    let sets = 1_usize << stops;
    // By set, then by last stop.
    let mut ways: Vec<Option<Way>> = vec![None; sets * stops];
    let earlier: Vec<usize> = (0..stops).map(|stop| earlier(map, stop)).collect();
    for set in 1..sets {
        for last in (0..stops).filter(|last| set & (1 << last) != 0) {
            let rest = set & !(1 << last);
            // What has an earlier time is seen before.
            let is_allowed = earlier.get(last).is_some_and(|earlier| earlier & !rest == 0);
            let found = if is_allowed { best(map, &ways, rest, last) } else { None };
            if let Some(way) = ways.get_mut(set * stops + last) {
                *way = found;
            }
        }
    }
    back(&ways, stops)
}

/// The shortest way through the rest and on to the last stop.
fn best(map: &Map, ways: &[Option<Way>], rest: usize, last: usize) -> Option<Way> {
    if rest == 0 {
        return Some(Way { length: map.step(None, last), before: None });
    }
    let stops = map.len();
    let mut best: Option<Way> = None;
    for before in (0..stops).filter(|before| rest & (1 << before) != 0) {
        let Some(way) = ways.get(rest * stops + before).copied().flatten() else { continue };
        let length = way.length + map.step(Some(before), last);
        if best.is_none_or(|best| length < best.length) {
            best = Some(Way { length, before: Some(before) });
        }
    }
    best
}

/// The set of stops that must come before this one.
fn earlier(map: &Map, stop: usize) -> usize {
    let rank_of = |stop: usize| map.rank.get(stop).copied().flatten();
    let Some(rank) = rank_of(stop) else { return 0 };
    let before = (0..map.len()).filter(|other| rank_of(*other).is_some_and(|other| other < rank));
    before.map(|other| 1 << other).sum()
}

/// The whole way, read back from its end.
fn back(ways: &[Option<Way>], stops: usize) -> Vec<usize> {
    let mut set = (1_usize << stops) - 1;
    let way_to = |set: usize, last: usize| ways.get(set * stops + last).copied().flatten();
    let ends = (0..stops).filter_map(|last| Some((way_to(set, last)?.length, last)));
    let mut last = ends.min().map(|(_, last)| last);
    let mut order = Vec::with_capacity(stops);
    while let Some(stop) = last {
        order.push(stop);
        let way = way_to(set, stop);
        set &= !(1 << stop);
        last = way.and_then(|way| way.before);
    }
    order.reverse();
    order
}
