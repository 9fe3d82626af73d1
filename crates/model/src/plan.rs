//! The plan: whom to see and when, by which way, and what a person's day or month comes to. Pure, and the same on a device
//! and in the office: the same records, the same clock and the same published rules give the same numbers.
//!
//! Reading order: [`calendar`] (whose days, which period), [`reference`] (what the office publishes: cadences and goals),
//! [`due`] (how an account stands towards its cadence), [`route`] (the order of stops that makes the way short), [`day`] (who
//! comes into the day's plan), [`figures`] (what was done and kept) and [`goal`] (how that stands towards what is aimed at).

pub mod calendar;
pub mod day;
pub mod due;
pub mod figures;
pub mod goal;
pub mod reference;
pub mod route;

use serde_json::{Value as Json, json};

pub use calendar::{Clock, Period};
pub use day::{Appointment, Candidate, DayPlan, PlannedStop, Wish, plan};
pub use due::{Customer, Due, Standing, due};
pub use figures::{Figures, Work, figures};
pub use goal::{GoalStanding, standings};
pub use reference::{CADENCE, Cadences, GOALS, Goal, check, check_set, is_planned};
pub use route::Place;

/// The rules as data, for other languages.
pub fn describe() -> Json {
    json!({
        "sets": reference::SETS,
        "fields": json!({ CADENCE: reference::fields(CADENCE), GOALS: reference::fields(GOALS) }),
        "built_in": reference::BUILT_IN.iter().map(|(segment, days)| json!([segment, days])).collect::<Vec<_>>(),
        "built_in_others_days": reference::BUILT_IN_OTHERS_DAYS,
        "measures": goal::Measure::ALL.map(goal::Measure::as_str),
        "default_key": reference::DEFAULT_KEY,
        "exact_stops_max": route::EXACT_STOPS_MAX,
        "stops_max": day::STOPS_MAX,
        "usual_stops": day::USUAL_STOPS,
        "usual_detour_m": day::USUAL_DETOUR_M,
        "apart_max": day::APART_MAX,
    })
}
