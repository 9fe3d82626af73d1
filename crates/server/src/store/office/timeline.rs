//! An account's story: its records and what befell itself, in time.

mod events;

use chrono::{DateTime, Utc};
use roadbook_model::AccountId;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// Where something stands in a list by time: the moment, and its id.
pub type Moment = (DateTime<Utc>, Uuid);

/// A record of a timeline, or something that befell the account itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimelineRow {
    /// No other row has it: the record's, or for an event one of its own.
    pub id: Uuid,
    /// The record; of an event, the account's own.
    pub record_id: Uuid,
    /// Its kind, such as `visit` or `order`; of an event `created`, `changed`, `moved`, `merged`, or
    /// `handed_over`: others came to hold the territory in which it lay.
    pub kind: String,
    /// When: of a visit the check-in or when it is planned, of an order its day, of a task when it was done or set.
    pub at: DateTime<Utc>,
    /// What it is, in a line: a subject, a number, a name.
    pub title: Option<String>,
    /// How what was written about it begins: at most 500 characters.
    pub text: Option<String>,
    /// Whose it is: who makes the visit, took the order, is to do the task, else who created it; of an event, who did it.
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
    /// What befell the account itself; null for a record.
    #[schema(value_type = Option<TimelineEvent>)]
    pub event: Option<Json<TimelineEvent>>,
    #[serde(skip)]
    is_event: bool,
    /// Of an event that is an entry, its place in the log.
    #[serde(skip)]
    position: Option<i64>,
}

/// Something that befell an account itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEvent {
    /// Of a move, the territory in which the account lay; of a merge, the account that became part of the other; of a
    /// hand-over, who held it before.
    pub from_name: Option<String>,
    /// Of a move, the territory in which it lies since; of a merge, the account that the other is part of; of a hand-over,
    /// who came to hold it.
    pub to_name: Option<String>,
    /// Of a reassignment: `permanent`, `cover`, or `reversal` (it came back).
    pub how: Option<String>,
    /// Of a change, the fields that it wrote, by name.
    pub fields: Vec<String>,
}

impl Store {
    /// An account's records of one kind, or of all with what befell itself, before a place, the latest first. Whether
    /// somebody may see the account is asked before.
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
            with one as materialized (select account_id from sync.one($1)),
            entry as (
                select position, at from log.entry where type = 'changes' and record_id in (select account_id from one)
                union select position, at from log.entry where type = 'alias' and account_id in (select account_id from one)
                union select entry.position, entry.at from sync.place join log.entry on entry.position = place.from_position
                where entry.type = 'placed' and place.account_id in (select account_id from one)
            ),
            event as (
                select ('00000000-0000-0000-0000-' || lpad(to_hex(position), 12, '0'))::uuid as id, at, position
                from entry
                union select reassignment.id, reassignment.effected_at, null
                from sync.place cross join lateral org.above(place.territory_id) above
                join org.holder on holder.territory_id = above.id
                join org.reassignment_holder changed on changed.holder_id = holder.id
                join org.reassignment on reassignment.id = changed.reassignment_id
                where place.account_id = $1 and place.from_position <= reassignment.first_position
                  and coalesce(place.until_position, 9223372036854775807) > reassignment.first_position
            )
            select page.id as "id!", page.record_id as "record_id!", page.kind as "kind!", page.at as "at!",
                   page.title, left(page.text, 500) as text,
                   coalesce(page.person_id, '00000000-0000-0000-0000-000000000000') as "person_id!", person.name as "person_name?",
                   page.state,
                   page.kind = 'visit' and page.state = 'planned'
                   and exists (select from record.visits where visits.id = page.record_id and planned_start is null)
                       as "called_off!",
                   page.outcome, page.number, page.total_minor, page.currency,
                   case when is_event then exists (select from log.entry where entry.position = page.position and entry.late)
                        else exists (select from log.entry where entry.record_id = page.record_id and entry.late) end as "late!",
                   case when is_event then 0
                        else (select count(*) from record.conflicts where conflicts.record_id = page.record_id)
                             + (select count(*) from org.late_conflict open
                                where open.record_id = page.record_id and open.resolved_at is null) end as "conflicts!",
                   null::jsonb as "event: Json<TimelineEvent>", page.position, page.is_event as "is_event!"
            from (
                select * from (
                    select record_id as id, timeline.*, null::bigint as position, false as is_event from record.timeline
                    where account_id = $1 and ($2::text is null or kind = $2)
                    union all
                    select id, $1, $1, 'handed_over', at, null, null, null, null, null, null, null, null, position, true
                    from event where $2 is null
                ) everything
                where (at, id) < (coalesce($3::timestamptz, 'infinity'),
                                  coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                order by at desc, id desc
                limit $5
            ) page
            left join org.person on person.id = page.person_id
            order by page.at desc, page.id desc
            "#,
            account.uuid(),
            kind,
            at,
            id,
            limit
        );
        let mut rows = query.fetch_all(self.pool()).await?;
        self.tell_events(account, &mut rows).await?;
        Ok(rows)
    }
}
