//! An account's story: its records in time.

use chrono::{DateTime, Utc};
use roadbook_model::AccountId;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// Where something stands in a list by time: the moment, and its id.
pub type Moment = (DateTime<Utc>, Uuid);

/// A record of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimelineRow {
    /// The record.
    pub record_id: Uuid,
    /// Its kind, such as `visit` or `order`.
    pub kind: String,
    /// When: of a visit the check-in or when it is planned, of an order its day, of a task when it was done or set.
    pub at: DateTime<Utc>,
    /// What it is, in a line: a subject, a number, a name.
    pub title: Option<String>,
    /// How what was written about it begins: at most 500 characters.
    pub text: Option<String>,
    /// Whose it is: who makes the visit, took the order, is to do the task, else who created it.
    pub person_id: Uuid,
    /// That person's name.
    pub person_name: Option<String>,
    /// How it stands.
    pub state: Option<String>,
    /// Whether it is a planned visit that has no day any more: it was called off, and its text says why.
    pub called_off: bool,
    /// What came of a visit.
    pub outcome: Option<String>,
    /// An order's number.
    pub number: Option<String>,
    /// What an order costs, in minor units of its currency.
    pub total_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Whether something of it came from a device that had lost the account by then.
    pub late: bool,
    /// Its open conflicts.
    pub conflicts: i64,
}

impl Store {
    /// An account's records of one kind or of all before a place, the latest first. Whether somebody may see the account
    /// is asked before.
    #[instrument(name = "db.account.timeline", skip_all, fields(%account), err(level = "debug"))]
    pub async fn timeline(
        &self,
        account: AccountId,
        kind: Option<&str>,
        before: Option<Moment>,
        limit: i64,
    ) -> Stored<Vec<TimelineRow>> {
        let (at, id) = before.unzip();
        let query = sqlx::query_as!(
            TimelineRow,
            r#"
            select page.record_id as "record_id!", page.kind as "kind!", page.at as "at!", page.title,
                   left(page.text, 500) as text, page.person_id as "person_id!", person.name as "person_name?",
                   page.state,
                   page.kind = 'visit' and page.state = 'planned'
                   and exists (select from record.visits where visits.id = page.record_id and planned_start is null)
                       as "called_off!",
                   page.outcome, page.number, page.total_minor, page.currency,
                   exists (select from log.entry where entry.record_id = page.record_id and entry.late) as "late!",
                   (select count(*) from record.conflicts where conflicts.record_id = page.record_id)
                   + (select count(*) from org.late_conflict open
                      where open.record_id = page.record_id and open.resolved_at is null) as "conflicts!"
            from (
                select * from record.timeline
                where account_id = $1 and ($2::text is null or kind = $2)
                  and (at, record_id) < (coalesce($3::timestamptz, 'infinity'),
                                         coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                order by at desc, record_id desc
                limit $5
            ) page
            left join org.person on person.id = page.person_id
            order by page.at desc, page.record_id desc
            "#,
            account.uuid(),
            kind,
            at,
            id,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
