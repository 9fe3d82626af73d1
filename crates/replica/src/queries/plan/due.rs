//! How the accounts on this device stand towards their cadence.

use std::collections::BTreeMap;

use roadbook_model::AccountId;
use roadbook_model::brief::Day;
use roadbook_model::plan::{Clock, Customer, Due, Place, due};
use roadbook_model::projection::rfc3339;
use rusqlite::{Connection, Row};
use serde::Serialize;

use super::{moment_ms, text, whole};
use crate::store::values::sixteen;
use crate::store::{Failure, Store};

/// An account that is to be visited by a cadence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueAccount {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub title: String,
    /// Where it is, in a line; may be empty.
    pub subtitle: String,
    /// Its class.
    pub segment: Option<String>,
    /// Where it is on the map.
    pub place: Option<Place>,
    /// How it stands.
    #[serde(flatten)]
    pub due: Due,
}

/// An account as the plan looks at it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) account: AccountId,
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) place: Option<Place>,
    pub(super) customer: Customer,
}

/// Every account that was not merged into another, with the moment of its last visit.
pub(super) const ACCOUNTS: &str = "SELECT account, title, subtitle, json_extract(fields, '$.segment') AS segment, \
     json_extract(fields, '$.visit_every_days') AS visit_every_days, \
     json_extract(fields, '$.account_type') AS account_type, json_extract(fields, '$.status') AS status, \
     json_extract(fields, '$.latitude_microdeg') AS latitude, \
     json_extract(fields, '$.longitude_microdeg') AS longitude, \
     (SELECT max(coalesce(json_extract(visit.fields, '$.checked_in_at'), json_extract(visit.fields, '$.planned_start'))) \
      FROM view AS visit WHERE visit.account = own.account AND visit.kind = 'visit' \
      AND visit.state IN ('checked_in', 'checked_out')) AS visited \
     FROM view AS own WHERE kind = 'account' AND merged = 0 ORDER BY sort, record";

/// What is planned from a moment on, by account.
pub(super) const PLANNED: &str = "SELECT account, min(json_extract(fields, '$.planned_start')) AS planned FROM view \
     WHERE kind = 'visit' AND json_extract(fields, '$.planned_start') IS NOT NULL \
     AND json_extract(fields, '$.planned_start') >= ? AND state = 'planned' GROUP BY account";

impl Store {
    /// The accounts that are to be visited by a cadence, the most urgent first, as of a clock's today.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn due(&self, clock: &Clock) -> Result<Vec<DueAccount>, Failure> {
        let cadences = self.cadences()?;
        let today = clock.today();
        let known = self.read(|c| known(c, clock))?;
        let stand = |known: Known| {
            let due = due(&known.customer, &cadences, today)?;
            let Known { account, title, subtitle, place, customer } = known;
            Some(DueAccount { account, title, subtitle, segment: customer.segment, place, due })
        };
        let mut found: Vec<DueAccount> = known.into_iter().filter_map(stand).collect();
        found.sort_by_key(|one| (-one.due.urgency, one.account));
        Ok(found)
    }
}

/// Every account with what counts of it.
pub(super) fn known(connection: &Connection, clock: &Clock) -> Result<Vec<Known>, Failure> {
    let planned = planned(connection, clock)?;
    let mut statement = connection.prepare_cached(ACCOUNTS)?;
    let rows = statement.query_map([], |row| read(row, clock, &planned))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn planned(connection: &Connection, clock: &Clock) -> Result<BTreeMap<AccountId, Day>, Failure> {
    let from = rfc3339(clock.start_ms(clock.today()));
    let mut statement = connection.prepare_cached(PLANNED)?;
    let mut rows = statement.query([from])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let day = text(row, "planned")?.and_then(|at| clock.day_of(moment_ms(&at)?));
        if let Some(day) = day {
            found.insert(sixteen(row, "account")?, day);
        }
    }
    Ok(found)
}

fn read(row: &Row<'_>, clock: &Clock, planned: &BTreeMap<AccountId, Day>) -> rusqlite::Result<Known> {
    let account: AccountId = sixteen(row, "account")?;
    let place = whole(row, "latitude")?.zip(whole(row, "longitude")?);
    let place =
        place.map(|(latitude_microdeg, longitude_microdeg)| Place { latitude_microdeg, longitude_microdeg });
    Ok(Known {
        account,
        title: row.get("title")?,
        subtitle: row.get("subtitle")?,
        place,
        customer: Customer {
            segment: text(row, "segment")?,
            visit_every_days: whole(row, "visit_every_days")?,
            account_type: text(row, "account_type")?,
            status: text(row, "status")?,
            last_visit: text(row, "visited")?.and_then(|at| clock.day_of(moment_ms(&at)?)),
            next_planned: planned.get(&account).copied(),
        },
    })
}
