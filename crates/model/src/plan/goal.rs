//! How the figures of a period stand towards what the office aims at.

use std::collections::BTreeSet;

use serde::Serialize;

use super::figures::Figures;
use super::reference::{Goal, Whose};
use crate::id::{PersonId, TerritoryId};

/// What a goal counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Visits made.
    Visits,
    /// Accounts visited, each once.
    AccountsVisited,
    /// Orders handed in.
    Orders,
    /// What they come to before tax, in minor units of the goal's currency.
    OrderAmount,
    /// Promises kept in time, in percent of those due, rounded down.
    PromisesKeptPercent,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Visits, Self::AccountsVisited, Self::Orders, Self::OrderAmount, Self::PromisesKeptPercent];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visits => "visits",
            Self::AccountsVisited => "accounts_visited",
            Self::Orders => "orders",
            Self::OrderAmount => "order_amount",
            Self::PromisesKeptPercent => "promises_kept_percent",
        }
    }

    /// The measure of this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == word)
    }

    /// What figures come to by it.
    pub fn of(self, figures: &Figures, currency: Option<&str>) -> i64 {
        let turnover = figures.turnover.iter();
        match self {
            Self::Visits => figures.visits_made,
            Self::AccountsVisited => figures.accounts_visited,
            Self::Orders => turnover.map(|one| one.orders).sum(),
            Self::OrderAmount => {
                let mut own = turnover.filter(|one| Some(one.currency.as_str()) == currency);
                own.next().map_or(0, |one| one.amount_minor)
            }
            Self::PromisesKeptPercent => {
                (figures.promises_kept * 100).checked_div(figures.promises_due).unwrap_or(0)
            }
        }
    }
}

/// A goal, and how far one has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoalStanding {
    /// The goal's key.
    pub key: String,
    /// What it is called.
    pub name: Option<String>,
    /// What it counts.
    pub measure: Measure,
    /// ISO 4217 code of the amount, if it counts one.
    pub currency: Option<String>,
    /// What is aimed at.
    pub target: i64,
    /// What it has come to.
    pub value: i64,
}

/// Those goals of a period that are a person's, by key: the person's own, and those of the territories that the person holds.
pub fn standings(
    goals: &[Goal],
    period: &str,
    person: PersonId,
    held: &BTreeSet<TerritoryId>,
    figures: &Figures,
) -> Vec<GoalStanding> {
    let is_own = |goal: &&Goal| {
        goal.period == period
            && match goal.whose {
                Whose::Person(id) => id == person,
                Whose::Territory(id) => held.contains(&id),
            }
    };
    let mut own: Vec<&Goal> = goals.iter().filter(is_own).collect();
    own.sort_by(|a, b| a.key.cmp(&b.key));
    let standing = |goal: &Goal| GoalStanding {
        key: goal.key.clone(),
        name: goal.name.clone(),
        measure: goal.measure,
        currency: goal.currency.clone(),
        target: goal.target,
        value: goal.measure.of(figures, goal.currency.as_deref()),
    };
    own.into_iter().map(standing).collect()
}
