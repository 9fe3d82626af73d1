//! How an account stands towards its cadence: in time, due, overdue or neglected.
//!
//! Customers and prospects, and accounts that do not say what they are, are visited by their own `visit_every_days`, else by
//! the cadence of their segment; partners, suppliers and other stakeholders only by their own. A closed account is not
//! visited. What is more than twice as long ago as it should be is neglected, as in the hand-over brief
//! ([`crate::brief`]); an account that was never visited is told apart, and is as urgent as one that begins to be
//! neglected.

use serde::{Deserialize, Serialize};

use super::reference::{Cadence, Cadences, From};
use crate::brief::Day;

/// The urgency of an account that was never visited: as far over as the cadence itself.
const NEVER_URGENCY: i64 = 1_000;

/// What counts of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its class.
    pub segment: Option<String>,
    /// Its own cadence, in days.
    pub visit_every_days: Option<i64>,
    /// What it is to us.
    pub account_type: Option<String>,
    /// Its status: `closed`, or it trades.
    pub status: Option<String>,
    /// When it was last visited.
    pub last_visit: Option<Day>,
    /// When it is planned to be visited next, from today on.
    pub next_planned: Option<Day>,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The next visit is not due yet.
    InTime,
    /// It is due, and the grace is not over.
    Due,
    /// The grace is over.
    Overdue,
    /// It is more than twice as long ago as it should be.
    Neglected,
    /// It was never visited.
    Never,
}

/// When an account is to be visited, and how urgent that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// How it stands.
    pub standing: Standing,
    /// Its cadence, in days.
    pub every_days: i64,
    /// How long it may be put off, in days.
    pub grace_days: i64,
    /// Whence the cadence is.
    pub from: From,
    /// When it was last visited.
    pub last_visit: Option<Day>,
    /// The day on which it is due; none if it was never visited.
    pub due: Option<Day>,
    /// How many days that is ago, negative if it is to come.
    pub days_over: Option<i64>,
    /// The same in thousandths of the cadence, rounded down: the higher, the more urgent.
    pub urgency: i64,
    /// When it is planned to be visited next.
    pub next_planned: Option<Day>,
}

impl Due {
    /// Whether somebody should go there.
    pub fn is_due(&self) -> bool {
        self.standing != Standing::InTime
    }

    /// Whether the grace is over, or it was never visited.
    pub fn is_overdue(&self) -> bool {
        self.is_due() && self.standing != Standing::Due
    }

    /// Whether it is more than twice as long ago as it should be, or never was.
    pub fn is_neglected(&self) -> bool {
        matches!(self.standing, Standing::Neglected | Standing::Never)
    }
}

/// How an account stands today; none if nothing says that it is to be visited.
pub fn due(customer: &Customer, cadences: &Cadences, today: Day) -> Option<Due> {
    if customer.status.as_deref() == Some("closed") {
        return None;
    }
    let (cadence, from) = cadence(customer, cadences)?;
    let Cadence { every_days, grace_days } = cadence;
    let Customer { last_visit, next_planned, .. } = *customer;
    let due = last_visit.map(|last| last.plus(every_days.unsigned_abs()));
    let days_over = due.map(|due| due.until(today));
    let since = last_visit.map(|last| last.until(today));
    let standing = match (since, days_over) {
        (Some(since), _) if since > every_days.saturating_mul(2) => Standing::Neglected,
        (_, Some(over)) if over > grace_days => Standing::Overdue,
        (_, Some(over)) if over >= 0 => Standing::Due,
        (_, Some(_)) => Standing::InTime,
        (_, None) => Standing::Never,
    };
    let urgency = days_over.map_or(NEVER_URGENCY, |over| (over * 1_000).div_euclid(every_days));
    Some(Due { standing, every_days, grace_days, from, last_visit, due, days_over, urgency, next_planned })
}

fn cadence(customer: &Customer, cadences: &Cadences) -> Option<(Cadence, From)> {
    let own = customer.visit_every_days.filter(|days| *days > 0);
    if let Some(days) = own {
        return Some((Cadence::every(days), From::Account));
    }
    match customer.account_type.as_deref() {
        Some("partner" | "supplier" | "stakeholder") => None,
        _ => cadences.of_segment(customer.segment.as_deref()),
    }
}
