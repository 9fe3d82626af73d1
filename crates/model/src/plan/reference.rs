//! What the office publishes for the plan, as reference data: how often accounts of a segment are to be visited (the set
//! `cadence`), and what is aimed at (the set `goals`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::calendar::Period;
use super::goal::Measure;
use crate::id::{PersonId, TerritoryId};
use crate::limits::INT_MAX;
use crate::pricing::reference::WHOLE_SET_MAX;
use crate::pricing::reference::reader::{Reader, fold};
use crate::rule::Violation;

/// How often accounts are visited, by segment.
pub const CADENCE: &str = "cadence";
/// Goals by a key of the office's choice.
pub const GOALS: &str = "goals";
/// The sets of the plan.
pub const SETS: [&str; 2] = [CADENCE, GOALS];

/// The key of the cadence that all segments without one of their own have.
pub const DEFAULT_KEY: &str = "default";
/// What holds, by segment, until the office publishes a cadence.
pub const BUILT_IN: [(&str, i64); 3] = [("a", 14), ("b", 28), ("c", 56)];
/// And for all other segments.
pub const BUILT_IN_OTHERS_DAYS: i64 = 90;

const CADENCE_FIELDS: [&str; 2] = ["every_days", "grace_days"];
const GOAL_FIELDS: [&str; 7] = ["name", "person", "territory", "period", "measure", "currency", "target"];
/// As an account's own `visit_every_days`.
const DAYS_MAX: i64 = 730;

/// Whether this is one of the sets of the plan.
pub fn is_planned(set: &str) -> bool {
    SETS.contains(&set)
}

/// The fields of a set, in the order of a form; none of a set that is not of the plan.
pub fn fields(set: &str) -> &'static [&'static str] {
    match set {
        CADENCE => &CADENCE_FIELDS,
        GOALS => &GOAL_FIELDS,
        _ => &[],
    }
}

/// Everything wrong with one value of a set of the plan; a set that is none has no rules here.
pub fn check(set: &str, key: &str, value: &Json) -> Vec<Violation> {
    match set {
        CADENCE => Cadence::read(key, value).err(),
        GOALS => Goal::read(key, value).err(),
        _ => None,
    }
    .unwrap_or_default()
}

/// Everything wrong with a set of the plan as it would stand, beyond its single values.
pub fn check_set(set: &str, values: &BTreeMap<String, Json>) -> Vec<Violation> {
    let mut faults = Vec::new();
    if is_planned(set) && values.len() > WHOLE_SET_MAX {
        let text = format!("The set {set} has at most {WHOLE_SET_MAX} keys; devices read it whole.");
        faults.push(Violation::new("too_many", &[], text));
    }
    if set == CADENCE {
        let mut seen = BTreeSet::new();
        for key in values.keys().filter(|key| !seen.insert(fold(key))) {
            let text = "Another key is the same segment: case and spaces around do not count.";
            faults.push(Violation::new("overlap", std::slice::from_ref(key), text));
        }
    }
    faults
}

/// How often to visit, and for how long it may be put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// Days from one visit to the next.
    pub every_days: i64,
    /// Days beyond that before it counts as overdue.
    pub grace_days: i64,
}

impl Cadence {
    /// So often, with the usual grace: a quarter of it.
    pub const fn every(days: i64) -> Self {
        Self { every_days: days, grace_days: days / 4 }
    }

    /// Reads a cadence.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &CADENCE_FIELDS);
        let usual = Self::every(reader.required_int("every_days", 1..=DAYS_MAX));
        let grace_days = reader.int("grace_days", 0..=DAYS_MAX).unwrap_or(usual.grace_days);
        reader.finish(|| Self { grace_days, ..usual })
    }
}

/// Whence an account's cadence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The account's own field `visit_every_days`.
    Account,
    /// The cadence of its segment.
    Segment,
    /// The cadence of all segments without one of their own.
    Default,
}

/// The cadences that hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cadences {
    by_segment: BTreeMap<String, Cadence>,
    other: Option<Cadence>,
}

impl Default for Cadences {
    /// Those that hold until the office publishes any.
    fn default() -> Self {
        let by_segment = BUILT_IN.map(|(segment, days)| (segment.to_owned(), Cadence::every(days)));
        Self { by_segment: by_segment.into(), other: Some(Cadence::every(BUILT_IN_OTHERS_DAYS)) }
    }
}

impl Cadences {
    /// Those that are published; a value that cannot be read is left out, and the built-in ones hold while there is none.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a Json)>) -> Self {
        let read = |(key, value)| Some((fold(key), Cadence::read(key, value).ok()?));
        let mut by_segment: BTreeMap<String, Cadence> = values.into_iter().filter_map(read).collect();
        if by_segment.is_empty() {
            return Self::default();
        }
        let other = by_segment.remove(DEFAULT_KEY);
        Self { by_segment, other }
    }

    /// The cadence of a segment.
    pub(super) fn of_segment(&self, segment: Option<&str>) -> Option<(Cadence, From)> {
        let own = segment.and_then(|segment| self.by_segment.get(&fold(segment)));
        let own = own.map(|cadence| (*cadence, From::Segment));
        own.or(self.other.map(|cadence| (cadence, From::Default)))
    }
}

/// For whom a goal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One person.
    Person(PersonId),
    /// Each person who holds the territory.
    Territory(TerritoryId),
}

/// What is aimed at in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: Option<String>,
    /// For whom.
    pub whose: Whose,
    /// When.
    pub period: String,
    /// Of what.
    pub measure: Measure,
    /// ISO 4217 code of the amount, if the measure is one.
    pub currency: Option<String>,
    /// How much.
    pub target: i64,
}

impl Goal {
    /// Reads a goal.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let mut reader = Reader::new(key, value, &GOAL_FIELDS);
        let whose = whose(&mut reader);
        let period = reader.required_word("period", 10);
        if !period.is_empty() && Period::parse(&period).is_none() {
            reader.fault("bad_period", "period", "A period is 2026-11-28, 2026-11, 2026-Q4 or 2026.");
        }
        let word = reader.required_word("measure", 40);
        let measure = Measure::find(&word);
        if measure.is_none() && !word.is_empty() {
            let words = Measure::ALL.map(Measure::as_str).join(", ");
            reader.fault("not_a_choice", "measure", format!("This is one of {words}."));
        }
        let currency = match measure {
            Some(Measure::OrderAmount) => Some(reader.currency("currency")),
            _ => reader.word("currency", 3),
        };
        if currency.is_some() && measure.is_some_and(|measure| measure != Measure::OrderAmount) {
            reader.fault("not_with", "currency", "Only the measure order_amount has a currency.");
        }
        let most = if measure == Some(Measure::PromisesKeptPercent) { 100 } else { INT_MAX };
        let target = reader.required_int("target", 1..=most);
        let name = reader.word("name", 100);
        reader.finish(|| Self {
            key: key.to_owned(),
            name,
            whose: whose.unwrap_or(Whose::Person(PersonId::from_bytes([0; 16]))),
            period,
            measure: measure.unwrap_or(Measure::Visits),
            currency,
            target,
        })
    }
}

/// One of person and territory, as an id; with a fault on record if it is not so.
fn whose(reader: &mut Reader<'_>) -> Option<Whose> {
    let (person, territory) = (reader.word("person", 36), reader.word("territory", 36));
    let read = match (person.as_deref(), territory.as_deref()) {
        (Some(id), None) => id.parse().ok().map(Whose::Person),
        (None, Some(id)) => id.parse().ok().map(Whose::Territory),
        _ => {
            reader.fault("one_of", "person", "A goal is for a person or for a territory: give one of them.");
            return None;
        }
    };
    if read.is_none() {
        let field = if person.is_some() { "person" } else { "territory" };
        reader.fault("wrong_type", field, "This is an id: a UUID.");
    }
    read
}
