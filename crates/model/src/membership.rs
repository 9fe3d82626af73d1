//! Membership rules: to which territory an account belongs, by what its record says. Pure, so that server and device
//! find the same; what a rule finds is a proposal, and only a move by the office makes it so.
//!
//! Each territory has an ordered list of rules. A rule matches when every criterion that it names does. Of several rules
//! that match, in this order:
//!
//! 1. the more specific wins: an area (24) counts more than everything below it together, then postal codes (12), region
//!    (6), country (3), segment and tag (1 each), added up;
//! 2. the one whose postal code fixes more leading characters: `10115`, then `101*`, then `10000-19999`;
//! 3. the earlier in its territory's list;
//! 4. the territory whose code sorts first, then the rule's id, so that there is always one answer.

mod area;
mod criteria;
mod postal;

use std::cmp::Reverse;

pub use area::{Area, Position, VERTICES_MAX};
pub use criteria::{Criteria, LIST_MAX, WORD_CHARS_MAX};
pub use postal::PostalPattern;

use crate::id::{RuleId, TerritoryId};
use crate::value::{Fields, Value, int_of, str_of};

/// Most rules in the list of one territory.
pub const RULES_MAX: usize = 200;

/// One rule of one territory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule.
    pub id: RuleId,
    /// Where an account goes that it matches.
    pub territory: TerritoryId,
    /// That territory's code.
    pub code: String,
    /// Its place in the territory's list, from 1.
    pub position: u32,
    /// What an account must be like.
    pub criteria: Criteria,
}

/// What rules look at in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Country, by name or ISO code, as the record says it.
    pub country: Option<String>,
    /// State, county or canton.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Class or trade.
    pub segment: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Where it is.
    pub position: Option<Position>,
}

impl Facts {
    /// The facts of an account's content.
    pub fn of(fields: &Fields) -> Self {
        let word = |name: &str| str_of(fields, name).map(str::to_owned);
        let number = |name: &str| int_of(fields, name);
        let tags = match fields.get("tags") {
            Some(Value::Map(items)) => items.values().filter_map(tag).collect(),
            _ => Vec::new(),
        };
        let position = number("latitude_microdeg").zip(number("longitude_microdeg"));
        Self {
            country: word("country"),
            region: word("region"),
            postal_code: word("postal_code"),
            segment: word("segment"),
            tags,
            position: position.map(|(latitude, longitude)| Position { longitude, latitude }),
        }
    }
}

fn tag(item: &Value) -> Option<String> {
    match item {
        Value::Map(fields) => match fields.get("tag") {
            Some(Value::Str(tag)) => Some(tag.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The rule by which an account is placed, if any matches. The order of `rules` does not matter.
pub fn place<'a>(rules: impl IntoIterator<Item = &'a Rule>, facts: &Facts) -> Option<&'a Rule> {
    let matching = rules.into_iter().filter_map(|rule| Some((rule.criteria.matches(facts)?, rule)));
    let best = matching.min_by_key(|(fit, rule)| (Reverse(*fit), rule.position, rule.code.as_str(), rule.id));
    best.map(|(_, rule)| rule)
}
