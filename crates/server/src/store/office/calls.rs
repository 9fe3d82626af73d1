//! Calls as a list shows them.

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, PersonId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use super::timeline::Moment;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Which calls to list.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Those from this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Those before this moment.
    pub to: Option<DateTime<Utc>>,
    /// Those of this person.
    pub person: Option<PersonId>,
    /// Those with this account.
    pub account: Option<AccountId>,
    /// Those before this place.
    pub before: Option<Moment>,
}

/// A call of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallRow {
    /// The call.
    pub id: Uuid,
    /// With which account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// Who called or was called.
    pub person_id: Uuid,
    /// That person's name.
    pub person_name: Option<String>,
    /// `outgoing` or `incoming`.
    pub direction: Option<String>,
    /// `phone` or `video`.
    pub channel: Option<String>,
    /// What it was about, in a line.
    pub subject: Option<String>,
    /// How long it took, in minutes.
    pub minutes: Option<i64>,
    /// What came of it.
    pub outcome: Option<String>,
    /// When it began, else when the server took it in.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Calls with accounts that a person may see, the latest first.
    #[instrument(name = "db.call.list", skip_all, err(level = "debug"))]
    pub async fn list_calls(&self, person: &Person, filter: &CallFilter, limit: i64) -> Stored<Vec<CallRow>> {
        let (before_at, before_id) = filter.before.unzip();
        let query = sqlx::query_as!(
            CallRow,
            r#"
            select calls.id, calls.account_id, accounts.name as "account_name?",
                   coalesce(calls.rep_id, calls.creator_id) as "person_id!", person.name as "person_name?", calls.direction,
                   calls.channel, calls.subject, calls.minutes, calls.outcome,
                   coalesce(calls.started_at, calls.created_at) as "at!"
            from record.calls
            join sync.account_now account on account.id = calls.account_id
            left join record.accounts on accounts.id = calls.account_id
            left join org.person on person.id = coalesce(calls.rep_id, calls.creator_id)
            where ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and coalesce(calls.started_at, calls.created_at) >= coalesce($4::timestamptz, '-infinity')
              and coalesce(calls.started_at, calls.created_at) < coalesce($5::timestamptz, 'infinity')
              and ($6::uuid is null or coalesce(calls.rep_id, calls.creator_id) = $6)
              and ($7::uuid is null or calls.account_id = $7)
              and (coalesce(calls.started_at, calls.created_at), calls.id)
                  < (coalesce($8::timestamptz, 'infinity'), coalesce($9::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            order by coalesce(calls.started_at, calls.created_at) desc, calls.id desc
            limit $10
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.from,
            filter.to,
            filter.person.map(PersonId::uuid),
            filter.account.map(AccountId::uuid),
            before_at,
            before_id,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
