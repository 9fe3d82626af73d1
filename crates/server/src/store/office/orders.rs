//! Orders as a list shows them: from the central record.

use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::{AccountId, PersonId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use super::timeline::Moment;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Which orders to list.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// With just this number; a quote has one of its own.
    pub number: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// That this person took.
    pub person: Option<PersonId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Those taken from this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Those taken before this moment.
    pub to: Option<DateTime<Utc>>,
    /// Those before this place.
    pub before: Option<Moment>,
}

/// An order of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderRow {
    /// The record.
    pub id: Uuid,
    /// Its account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// Who took it.
    pub person_id: Uuid,
    /// That person's name.
    pub person_name: Option<String>,
    /// Its number, once it has one; of a quote, the quote's.
    pub number: Option<String>,
    /// How it stands.
    pub state: Option<String>,
    /// The day on which it was taken.
    pub order_date: Option<NaiveDate>,
    /// The last day on which a quote holds.
    pub valid_until: Option<NaiveDate>,
    /// What it comes to, in minor units of its currency.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The record's version: the log position of its last change.
    pub version: i64,
    /// When it is in the list: its day, more exactly when the server took it in if that was the same day.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Orders of accounts that a person may see, the latest first.
    #[instrument(name = "db.order.list", skip_all, err(level = "debug"))]
    pub async fn list_orders(
        &self,
        person: &Person,
        filter: &OrderFilter,
        limit: i64,
    ) -> Stored<Vec<OrderRow>> {
        let (before_at, before_id) = filter.before.unzip();
        let query = sqlx::query_as!(
            OrderRow,
            r#"
            select orders.id, orders.account_id, accounts.name as "account_name?",
                   coalesce(orders.rep_id, orders.creator_id) as "person_id!", person.name as "person_name?",
                   record.order_number(orders.number, orders.state, orders.id) as number, orders.state, orders.order_date, orders.valid_until, orders.total_minor, orders.currency,
                   orders.log_position as version, record.order_at(orders.order_date, orders.created_at) as "at!"
            from record.orders
            join sync.account_now account on account.id = orders.account_id
            left join record.accounts on accounts.id = orders.account_id
            left join org.person on person.id = coalesce(orders.rep_id, orders.creator_id)
            where ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and ($4::text is null or orders.number = $4
                   or (orders.state = 'quote' and orders.number is null and record.quote_number(orders.id) = $4))
              and ($5::text is null or orders.state = $5)
              and ($6::uuid is null or coalesce(orders.rep_id, orders.creator_id) = $6)
              and ($7::uuid is null or orders.account_id = $7)
              and record.order_at(orders.order_date, orders.created_at) >= coalesce($8::timestamptz, '-infinity')
              and record.order_at(orders.order_date, orders.created_at) < coalesce($9::timestamptz, 'infinity')
              and (record.order_at(orders.order_date, orders.created_at), orders.id)
                  < (coalesce($10::timestamptz, 'infinity'), coalesce($11::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            order by record.order_at(orders.order_date, orders.created_at) desc, orders.id desc
            limit $12
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.number.as_deref(),
            filter.state.as_deref(),
            filter.person.map(PersonId::uuid),
            filter.account.map(AccountId::uuid),
            filter.from,
            filter.to,
            before_at,
            before_id,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
