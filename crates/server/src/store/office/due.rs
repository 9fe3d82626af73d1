//! Whom it is time to visit, from the central record by the model's rules ([`roadbook_model::plan`]).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::TerritoryId;
use roadbook_model::brief::Day;
use roadbook_model::plan::{CADENCE, Cadences, Clock, Customer, Due, Standing, due};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use crate::ambient::moment;
use crate::store::{Store, Stored};

/// From which standing on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Least {
    /// Everything whose day has come.
    Due,
    /// Everything whose grace is over, or that was never visited.
    #[default]
    Overdue,
    /// What is more than twice as long ago as it should be, or never was.
    Neglected,
}

/// Which accounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct DueFilter {
    /// Those that lie in this territory or a part of it.
    pub territory: Option<TerritoryId>,
    /// From which standing on.
    pub least: Least,
    /// Those after this place: the urgency, negative, and the account.
    pub after: Option<(i64, Uuid)>,
}

/// An account that is to be visited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueRow {
    /// The account.
    pub account_id: Uuid,
    /// What it is called.
    pub account_name: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Its class.
    pub segment: Option<String>,
    /// Where it lies.
    pub territory_id: Uuid,
    /// That territory's code.
    pub territory_code: String,
    /// How it stands: `due`, `overdue`, `neglected` or `never`.
    #[schema(value_type = String)]
    pub standing: Standing,
    /// How often it is to be visited, in days.
    pub every_days: i64,
    /// How long a visit may be put off, in days.
    pub grace_days: i64,
    /// When it was last visited.
    pub last_visit: Option<NaiveDate>,
    /// When the next visit was due; null if it was never visited.
    pub due: Option<NaiveDate>,
    /// How many days ago that is.
    pub days_over: Option<i64>,
    /// The same in thousandths of the cadence: the higher, the more urgent.
    pub urgency: i64,
    /// When it is planned to be visited next.
    pub next_planned: Option<NaiveDate>,
}

/// How the accounts of a territory stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueCount {
    /// The territory.
    pub territory_id: Uuid,
    /// Its code.
    pub territory_code: String,
    /// Accounts that are to be visited by a cadence.
    pub accounts: i64,
    /// Those of them whose visit is due, and still within its grace.
    pub due: i64,
    /// Those whose grace is over.
    pub overdue: i64,
    /// Those that are neglected.
    pub neglected: i64,
    /// Those that were never visited.
    pub never: i64,
}

struct Row {
    id: Uuid,
    name: Option<String>,
    city: Option<String>,
    segment: Option<String>,
    visit_every_days: Option<i64>,
    account_type: Option<String>,
    status: Option<String>,
    territory_id: Uuid,
    territory_code: String,
    visited_at: Option<DateTime<Utc>>,
    planned_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Accounts that a person may see and that are to be visited, the most urgent first.
    #[instrument(name = "db.due.list", skip_all, err(level = "debug"))]
    pub async fn list_due(
        &self,
        person: &Person,
        filter: DueFilter,
        clock: &Clock,
        limit: i64,
    ) -> Stored<Vec<DueRow>> {
        let all = self.standing_accounts(person, filter.territory, clock).await?;
        let counts = |due: &Due| match filter.least {
            Least::Due => due.is_due(),
            Least::Overdue => due.is_overdue(),
            Least::Neglected => due.is_neglected(),
        };
        let mut found: Vec<DueRow> =
            all.into_iter().filter(|(_, due)| counts(due)).map(|(row, due)| shown(row, &due)).collect();
        let place = |row: &DueRow| (-row.urgency, row.account_id);
        found.retain(|row| filter.after.is_none_or(|after| place(row) > after));
        found.sort_by_key(place);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// How the accounts that a person may see stand, by territory, in the order of codes.
    #[instrument(name = "db.due.count", skip_all, err(level = "debug"))]
    pub async fn count_due(&self, person: &Person, clock: &Clock) -> Stored<Vec<DueCount>> {
        let mut counts: BTreeMap<(String, Uuid), DueCount> = BTreeMap::new();
        for (row, due) in self.standing_accounts(person, None, clock).await? {
            let count = counts.entry((row.territory_code, row.territory_id)).or_default();
            count.accounts += 1;
            match due.standing {
                Standing::InTime => {}
                Standing::Due => count.due += 1,
                Standing::Overdue => count.overdue += 1,
                Standing::Neglected => count.neglected += 1,
                Standing::Never => count.never += 1,
            }
        }
        let named =
            |((territory_code, territory_id), count)| DueCount { territory_id, territory_code, ..count };
        Ok(counts.into_iter().map(named).collect())
    }

    /// Every account in reach that is to be visited by a cadence, with how it stands.
    async fn standing_accounts(
        &self,
        person: &Person,
        territory: Option<TerritoryId>,
        clock: &Clock,
    ) -> Stored<Vec<(Row, Due)>> {
        let mut tx = self.settled().await?;
        let published = sqlx::query!("select key, json from sync.reference where set = $1", CADENCE);
        let published: Vec<(String, Json)> =
            published.fetch_all(&mut *tx).await?.into_iter().map(|row| (row.key, row.json)).collect();
        let cadences = Cadences::of(published.iter().map(|(key, value)| (key.as_str(), value)));
        let query = sqlx::query_as!(
            Row,
            r#"
            select accounts.id, accounts.name, accounts.city, accounts.segment, accounts.visit_every_days,
                   accounts.account_type, accounts.status, account.territory_id as "territory_id!",
                   territory.code as territory_code,
                   (select max(coalesce(visit.checked_in_at, visit.planned_start)) from record.visits visit
                    where visit.account_id = accounts.id and visit.state <> 'planned') as visited_at,
                   (select min(visit.planned_start) from record.visits visit
                    where visit.account_id = accounts.id and visit.state = 'planned' and visit.planned_start >= $4)
                       as planned_at
            from record.accounts
            join sync.account_now account on account.id = accounts.id
            join org.territory on territory.id = account.territory_id
            where accounts.merged_into is null
              and ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and ($5::uuid is null or account.territory_id in (select territory_id from org.parts($5)))
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(clock.now_ms),
            moment(clock.start_ms(clock.today())),
            territory.map(TerritoryId::uuid)
        );
        let rows = query.fetch_all(&mut *tx).await?;
        let today = clock.today();
        let stand = |row: Row| {
            let due = due(&customer(&row, clock), &cadences, today)?;
            Some((row, due))
        };
        Ok(rows.into_iter().filter_map(stand).collect())
    }
}

fn customer(row: &Row, clock: &Clock) -> Customer {
    let day = |at: Option<DateTime<Utc>>| at.and_then(|at| clock.day_of(at.timestamp_millis()));
    Customer {
        segment: row.segment.clone(),
        visit_every_days: row.visit_every_days,
        account_type: row.account_type.clone(),
        status: row.status.clone(),
        last_visit: day(row.visited_at),
        next_planned: day(row.planned_at),
    }
}

fn shown(row: Row, due: &Due) -> DueRow {
    DueRow {
        account_id: row.id,
        account_name: row.name,
        city: row.city,
        segment: row.segment,
        territory_id: row.territory_id,
        territory_code: row.territory_code,
        standing: due.standing,
        every_days: due.every_days,
        grace_days: due.grace_days,
        last_visit: due.last_visit.map(Day::date),
        due: due.due.map(Day::date),
        days_over: due.days_over,
        urgency: due.urgency,
        next_planned: due.next_planned.map(Day::date),
    }
}
