//! A short way through many stops: each goes where it adds least, then stretches are turned round and stops are moved while
//! that shortens it. What has a time keeps its place among what has one throughout.

use super::Map;

/// Longest stretch that is moved at once.
const STRETCH_MAX: usize = 3;

pub(super) fn order(map: &Map) -> Vec<usize> {
    let mut order = build(map);
    while let Some(better) = turned(map, &order).or_else(|| moved(map, &order)) {
        order = better;
    }
    order
}

/// Those with a time first, in its order; then, one by one, the stop that adds least.
fn build(map: &Map) -> Vec<usize> {
    let mut timed: Vec<(usize, usize)> =
        map.rank.iter().enumerate().filter_map(|(stop, rank)| Some(((*rank)?, stop))).collect();
    timed.sort_unstable();
    let mut order: Vec<usize> = timed.into_iter().map(|(_, stop)| stop).collect();
    let mut rest: Vec<usize> = (0..map.len()).filter(|stop| !order.contains(stop)).collect();
    while !rest.is_empty() {
        let mut best: Option<(i64, usize, usize)> = None;
        for stop in &rest {
            for at in 0..=order.len() {
                let added = map.added(&order, *stop, at);
                if best.is_none_or(|(least, ..)| added < least) {
                    best = Some((added, *stop, at));
                }
            }
        }
        let Some((_, stop, at)) = best else { break };
        order.insert(at, stop);
        rest.retain(|other| *other != stop);
    }
    order
}

/// The first way that is shorter for a stretch being turned round.
fn turned(map: &Map, order: &[usize]) -> Option<Vec<usize>> {
    let length = map.length(order);
    for from in 0..order.len() {
        for to in from + 2..=order.len() {
            let mut other = order.to_vec();
            other.get_mut(from..to)?.reverse();
            if map.keeps_times(&other) && map.length(&other) < length {
                return Some(other);
            }
        }
    }
    None
}

/// The first way that is shorter for a stretch being elsewhere.
fn moved(map: &Map, order: &[usize]) -> Option<Vec<usize>> {
    let length = map.length(order);
    for size in 1..=STRETCH_MAX.min(order.len()) {
        for from in 0..=order.len() - size {
            let mut rest = order.to_vec();
            let stretch: Vec<usize> = rest.drain(from..from + size).collect();
            for at in (0..=rest.len()).filter(|at| *at != from) {
                let mut other = rest.clone();
                other.splice(at..at, stretch.iter().copied());
                if map.keeps_times(&other) && map.length(&other) < length {
                    return Some(other);
                }
            }
        }
    }
    None
}
