//! The day's plan on this device.

use std::collections::BTreeMap;

use roadbook_model::plan::figures::Visit;
use roadbook_model::plan::{Appointment, Candidate, Clock, Place, PlannedStop, Wish, due, plan};
use roadbook_model::projection::rfc3339;
use roadbook_model::{AccountId, PersonId, brief};
use rusqlite::Connection;
use serde::Serialize;

use super::due::{Known, known};
use super::figures::visit;
use crate::store::{Failure, Store};

/// A day's plan, with the names of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Which day.
    pub day: brief::Day,
    /// Where the way begins; at its first stop without it.
    pub start: Option<Place>,
    /// The stops, in order.
    pub stops: Vec<Stop>,
    /// How long the way is, in metres over the ground.
    pub length_m: i64,
    /// How long the shortest way is that keeps the times.
    pub shortest_m: i64,
    /// What has no position, and so no place on the way.
    pub apart: Vec<Stop>,
    /// How many accounts that are due found no place.
    pub left_over: usize,
}

/// A stop, with its account's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stop {
    /// The stop.
    #[serde(flatten)]
    pub stop: PlannedStop,
    /// The account's name.
    pub title: String,
    /// Where it is, in a line; may be empty.
    pub subtitle: String,
    /// Where it is on the map.
    pub place: Option<Place>,
}

/// What is planned and not begun in a span of time.
pub(super) const PLANNED: &str = "SELECT view.record, view.account, record.creator, view.fields FROM view \
     JOIN record ON record.record = view.record \
     WHERE view.kind = 'visit' AND json_extract(view.fields, '$.planned_start') IS NOT NULL \
     AND json_extract(view.fields, '$.planned_start') >= ?1 AND json_extract(view.fields, '$.planned_start') < ?2 \
     AND view.state = 'planned'";

impl Store {
    /// A person's plan for a clock's today.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn day_plan(&self, person: PersonId, clock: &Clock, wish: &Wish) -> Result<Day, Failure> {
        let cadences = self.cadences()?;
        let today = clock.today();
        let (known, visits) = self.read(|c| Ok((known(c, clock)?, planned(c, clock)?)))?;
        let by_account: BTreeMap<AccountId, &Known> = known.iter().map(|one| (one.account, one)).collect();
        let own = visits.iter().filter(|visit| visit.person == person);
        let appointments: Vec<Appointment> = own
            .filter_map(|visit| {
                let (account, starts_ms) = (visit.account, visit.planned_ms?);
                let place = by_account.get(&account).and_then(|known| known.place);
                Some(Appointment { visit: visit.id, account, place, starts_ms })
            })
            .collect();
        let candidate = |known: &Known| Candidate {
            account: known.account,
            place: known.place,
            due: due(&known.customer, &cadences, today),
        };
        let candidates: Vec<Candidate> = known.iter().map(candidate).collect();
        let made = plan(&appointments, &candidates, wish);
        let named = |stop: PlannedStop| {
            let known = by_account.get(&stop.account);
            Stop {
                title: known.map(|known| known.title.clone()).unwrap_or_default(),
                subtitle: known.map(|known| known.subtitle.clone()).unwrap_or_default(),
                place: known.and_then(|known| known.place),
                stop,
            }
        };
        Ok(Day {
            day: today,
            start: wish.start,
            stops: made.stops.into_iter().map(named).collect(),
            length_m: made.length_m,
            shortest_m: made.shortest_m,
            apart: made.apart.into_iter().map(named).collect(),
            left_over: made.left_over,
        })
    }
}

fn planned(connection: &Connection, clock: &Clock) -> Result<Vec<Visit>, Failure> {
    let from_ms = clock.start_ms(clock.today());
    let span = [rfc3339(from_ms), rfc3339(from_ms + 86_400_000)];
    let mut statement = connection.prepare_cached(PLANNED)?;
    let rows = statement.query_map(span, |row| Ok(visit(row)))?;
    rows.map(|row| row?).collect()
}
