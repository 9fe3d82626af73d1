//! Routes: their length against the shortest there is, found by trying every order, and against known distances.

use roadbook_model::brief::Day;
use roadbook_model::plan::route::{EXACT_STOPS_MAX, Place, Stop, short, shortest, steps_m};
use roadbook_model::plan::{Appointment, Cadences, Candidate, Customer, DayPlan, Wish, due, plan};
use roadbook_model::{AccountId, RecordId};

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % bound).unwrap_or(0)
    }

    fn place(&mut self) -> Place {
        Place {
            latitude_microdeg: 47_500_000 + self.below(2_000_000),
            longitude_microdeg: 10_500_000 + self.below(3_000_000),
        }
    }

    fn stops(&mut self, count: usize, timed_percent: i64) -> Vec<Stop> {
        let stop = |_| {
            let place = self.place();
            let is_timed = self.below(100) < timed_percent;
            Stop { place, starts_ms: is_timed.then(|| self.below(1_000)) }
        };
        (0..count).map(stop).collect()
    }
}

fn length(start: Option<Place>, stops: &[Stop], order: &[usize]) -> i64 {
    let way: Vec<Place> = order.iter().map(|n| stops[*n].place).collect();
    steps_m(start, &way).iter().sum()
}

fn keeps_times(stops: &[Stop], order: &[usize]) -> bool {
    let timed: Vec<(i64, usize)> = order.iter().filter_map(|n| Some((stops[*n].starts_ms?, *n))).collect();
    timed.is_sorted()
}

/// The length of the shortest order that keeps the times: every order is tried, unless it is longer already.
fn optimum(start: Option<Place>, stops: &[Stop]) -> i64 {
    fn go(start: Option<Place>, stops: &[Stop], way: &mut Vec<usize>, best: &mut i64) {
        if !keeps_times(stops, way) || length(start, stops, way) >= *best {
            return;
        }
        if way.len() == stops.len() {
            *best = length(start, stops, way);
            return;
        }
        for next in 0..stops.len() {
            if !way.contains(&next) {
                way.push(next);
                go(start, stops, way, best);
                way.pop();
            }
        }
    }
    let mut best = i64::MAX;
    go(start, stops, &mut Vec::new(), &mut best);
    best
}

fn is_whole(order: &[usize], stops: usize) -> bool {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    sorted == (0..stops).collect::<Vec<_>>()
}

#[test]
fn up_to_nine_stops_the_route_is_the_shortest_there_is() {
    for seed in 0..90 {
        let mut chance = Chance(seed);
        let count = 1 + usize::try_from(seed % 9).unwrap_or(0);
        let start = (seed % 2 == 0).then(|| chance.place());
        let stops = chance.stops(count, if seed % 3 == 0 { 40 } else { 0 });
        let order = shortest(start, &stops);
        assert!(is_whole(&order, count) && keeps_times(&stops, &order), "seed {seed}: {order:?}");
        assert_eq!(length(start, &stops, &order), optimum(start, &stops), "seed {seed}");
    }
}

#[test]
fn the_way_that_many_stops_take_is_within_a_quarter_of_the_shortest() {
    for seed in 1_000..1_400 {
        let mut chance = Chance(seed);
        let count = 4 + usize::try_from(seed % 6).unwrap_or(0);
        let start = (seed % 2 == 0).then(|| chance.place());
        let stops = chance.stops(count, if seed % 3 == 0 { 30 } else { 0 });
        let order = short(start, &stops);
        assert!(is_whole(&order, count) && keeps_times(&stops, &order), "seed {seed}: {order:?}");
        let (found, best) = (length(start, &stops, &order), length(start, &stops, &shortest(start, &stops)));
        assert!(4 * found <= 5 * best, "seed {seed}: {found} m, and {best} m were enough");
    }
}

#[test]
fn many_stops_have_a_way_too_and_the_same_each_time() {
    let mut chance = Chance(5);
    let stops = chance.stops(50, 20);
    let order = shortest(None, &stops);
    assert!(stops.len() > EXACT_STOPS_MAX && is_whole(&order, 50) && keeps_times(&stops, &order));
    assert_eq!(order, shortest(None, &stops));
    let one_by_one: Vec<usize> = (0..50).collect();
    let untimed: Vec<Stop> = stops.iter().map(|stop| Stop { starts_ms: None, ..*stop }).collect();
    let free = shortest(None, &untimed);
    assert!(length(None, &untimed, &free) * 3 < length(None, &untimed, &one_by_one));
    assert_eq!(shortest(None, &[]), Vec::<usize>::new());
}

#[test]
fn distances_are_those_of_the_globe() {
    let at = |latitude_microdeg, longitude_microdeg| Place { latitude_microdeg, longitude_microdeg };
    let pole = at(90_000_000, 0);
    // A quarter of a great circle of the mean radius, half of one, and a degree of it.
    assert_eq!(pole.distance_m(at(0, 77_000_000)), 10_007_557);
    assert_eq!(at(0, 0).distance_m(at(0, 180_000_000)), 20_015_114);
    assert_eq!(at(0, -180_000_000).distance_m(at(0, 180_000_000)), 0, "the same meridian");
    assert_eq!(at(0, 0).distance_m(at(0, 1_000_000)), 111_195);
    assert_eq!(at(10_000_000, 20_000_000).distance_m(at(10_000_001, 20_000_000)), 0);
    assert_eq!(at(10_000_000, 20_000_000).distance_m(at(10_000_009, 20_000_000)), 1);
    // Munich to Berlin, by the haversine with the library's sine.
    assert_eq!(at(48_137_154, 11_576_124).distance_m(at(52_520_008, 13_404_954)), haversine_m());
    assert_eq!(pole.distance_m(pole), 0);
}

fn haversine_m() -> i64 {
    let (a, b) = (48.137154_f64.to_radians(), 52.520008_f64.to_radians());
    let across = (13.404954_f64 - 11.576124).to_radians();
    let h = ((b - a) / 2.0).sin().powi(2) + a.cos() * b.cos() * (across / 2.0).sin().powi(2);
    (2.0 * h.sqrt().asin() * 6_371_008.8 + 0.5).floor() as i64
}

fn account(n: u8) -> AccountId {
    AccountId::from_bytes([n; 16])
}

fn candidate(n: u8, place: Option<Place>, urgency: i64) -> Candidate {
    let mut due = due(&Customer::default(), &Cadences::default(), Day::epoch());
    if let Some(due) = &mut due {
        due.urgency = urgency;
    }
    Candidate { account: account(n), place, due }
}

#[test]
fn a_day_is_what_is_planned_then_the_most_urgent_near_the_way() {
    // Along a parallel, a tenth of a degree (7.4 km at 48 degrees) apart.
    let at =
        |step: i64| Place { latitude_microdeg: 48_000_000, longitude_microdeg: 11_000_000 + 100_000 * step };
    let planned = |n: u8, step, starts_ms| Appointment {
        visit: RecordId::from_bytes([0x80 + n; 16]),
        account: account(n),
        place: Some(at(step)),
        starts_ms,
    };
    let appointments = [planned(1, 9, 200), planned(2, 0, 100)];
    let candidates = [
        candidate(3, Some(at(5)), 500),
        candidate(4, Some(at(40)), 3_000),
        candidate(5, Some(at(2)), 700),
        candidate(6, None, 2_000),
        candidate(7, Some(at(7)), 100),
    ];
    let names =
        |made: &DayPlan| -> Vec<u8> { made.stops.iter().map(|stop| stop.account.as_bytes()[0]).collect() };
    let wish = Wish { stops: 4, ..Wish::default() };
    let made = plan(&appointments, &candidates, &wish);
    assert_eq!(names(&made), [2, 5, 3, 1], "the times stand; 4 is too far, 7 less urgent");
    assert_eq!((made.left_over, made.length_m), (2, made.shortest_m));
    assert_eq!(made.apart.iter().map(|stop| stop.account).collect::<Vec<_>>(), [account(6)]);
    assert_eq!(made.length_m, made.stops.iter().map(|stop| stop.leg_m).sum::<i64>());
    // The person has the last word.
    let wish = Wish {
        add: vec![account(4)],
        leave_out: vec![account(5).record(), RecordId::from_bytes([0x82; 16])],
        order: vec![account(4).record(), RecordId::from_bytes([0x81; 16])],
        ..wish
    };
    let made = plan(&appointments, &candidates, &wish);
    assert_eq!(
        names(&made),
        [4, 1, 7, 3],
        "the order that was asked for, and what it does not name where it adds least"
    );
    assert!(made.length_m >= made.shortest_m);
    let far = Place { latitude_microdeg: 0, longitude_microdeg: 15_000_000 };
    // Nothing planned: the most urgent is the first, and what is near it follows.
    let made = plan(&[], &candidates, &Wish { start: Some(far), stops: 2, ..Wish::default() });
    assert_eq!(names(&made), [4]);
    assert_eq!(plan(&[], &[], &Wish::default()), DayPlan::default());
}
