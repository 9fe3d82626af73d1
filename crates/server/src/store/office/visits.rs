//! Visits as a calendar and a map show them.

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, PersonId, TerritoryId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use super::timeline::Moment;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Which visits to list.
#[derive(Clone, Debug, Default)]
pub struct VisitFilter {
    /// Those from this moment on: by check-in, or by plan while nobody checked in.
    pub from: Option<DateTime<Utc>>,
    /// Those before this moment.
    pub to: Option<DateTime<Utc>>,
    /// Those that this person makes.
    pub person: Option<PersonId>,
    /// Those at accounts in territories that this person holds now.
    pub holder: Option<PersonId>,
    /// Those at accounts that lie in this territory or a part of it.
    pub territory: Option<TerritoryId>,
    /// Those at this account.
    pub account: Option<AccountId>,
    /// Those before this place.
    pub before: Option<Moment>,
}

/// A visit of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VisitRow {
    /// The visit.
    pub id: Uuid,
    /// Where.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// Who makes it.
    pub person_id: Uuid,
    /// That person's name.
    pub person_name: Option<String>,
    /// How far it is: `planned`, `checked_in` or `checked_out`.
    pub state: Option<String>,
    /// What it is about, in a line.
    pub subject: Option<String>,
    /// Why.
    pub purpose: Option<String>,
    /// When it is planned to begin.
    pub planned_start: Option<DateTime<Utc>>,
    /// How long it is planned to take, in minutes.
    pub planned_minutes: Option<i64>,
    /// When it began, by the device's clock.
    pub checked_in_at: Option<DateTime<Utc>>,
    /// When it ended, by the device's clock.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Option<String>,
    /// Where the account is, in millionths of a degree, north positive.
    pub latitude_microdeg: Option<i64>,
    /// Where the account is, in millionths of a degree, east positive.
    pub longitude_microdeg: Option<i64>,
    /// How what was written about it begins: at most 500 characters. Of a planned visit without a day, why it was called off.
    pub text: Option<String>,
    /// When it is in the list: the check-in, else the plan; of what has no day, as what was called off, its last change.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Visits at accounts that a person may see, the latest first.
    #[instrument(name = "db.visit.list", skip_all, err(level = "debug"))]
    pub async fn list_visits(
        &self,
        person: &Person,
        filter: &VisitFilter,
        limit: i64,
    ) -> Stored<Vec<VisitRow>> {
        let (before_at, before_id) = filter.before.unzip();
        let query = sqlx::query_as!(
            VisitRow,
            r#"
            select visits.id, visits.account_id, accounts.name as "account_name?",
                   coalesce(visits.rep_id, visits.creator_id) as "person_id!", person.name as "person_name?", visits.state,
                   visits.subject, visits.purpose, visits.planned_start, visits.planned_minutes, visits.checked_in_at,
                   visits.checked_out_at, visits.outcome, left(visits.notes, 500) as text,
                   accounts.latitude_microdeg, accounts.longitude_microdeg,
                   coalesce(visits.checked_in_at, visits.planned_start, visits.changed_at) as "at!"
            from record.visits
            join sync.account_now account on account.id = visits.account_id
            left join record.accounts on accounts.id = visits.account_id
            left join org.person on person.id = coalesce(visits.rep_id, visits.creator_id)
            where ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and coalesce(visits.checked_in_at, visits.planned_start, visits.changed_at)
                  >= coalesce($4::timestamptz, '-infinity')
              and coalesce(visits.checked_in_at, visits.planned_start, visits.changed_at)
                  < coalesce($5::timestamptz, 'infinity')
              and ($6::uuid is null or coalesce(visits.rep_id, visits.creator_id) = $6)
              and ($7::uuid is null or account.territory_id in (select territory_id from org.parts($7)))
              and ($8::uuid is null or visits.account_id = $8)
              and ($12::uuid is null
                   or account.territory_id in (select territory_id from org.reach($12, $3) where holds))
              and (coalesce(visits.checked_in_at, visits.planned_start, visits.changed_at), visits.id)
                  < (coalesce($9::timestamptz, 'infinity'), coalesce($10::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            order by coalesce(visits.checked_in_at, visits.planned_start, visits.changed_at) desc, visits.id desc
            limit $11
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.from,
            filter.to,
            filter.person.map(PersonId::uuid),
            filter.territory.map(TerritoryId::uuid),
            filter.account.map(AccountId::uuid),
            before_at,
            before_id,
            limit,
            filter.holder.map(PersonId::uuid)
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
