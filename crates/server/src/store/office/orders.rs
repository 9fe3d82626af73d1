//! Orders as the office finds them: from the central record.

use roadbook_model::AccountId;
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// Which orders to list.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// With just this number.
    pub number: Option<String>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Those before this one, by id.
    pub before: Option<Uuid>,
}

/// An order of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderRow {
    /// The record.
    pub id: Uuid,
    /// Its account.
    pub account_id: Uuid,
    /// Its number, once it has one.
    pub number: Option<String>,
    /// How it stands.
    pub state: Option<String>,
    /// What it comes to, in minor units of its currency.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The record's version: the log position of its last change.
    pub version: i64,
}

impl Store {
    /// Orders, the latest made first.
    #[instrument(name = "db.order.list", skip_all, err)]
    pub async fn list_orders(&self, filter: &OrderFilter, limit: i64) -> Stored<Vec<OrderRow>> {
        let query = sqlx::query_as!(
            OrderRow,
            r#"
            select id as "id!", account_id as "account_id!", number, state, total_minor, currency,
                   log_position as "version!"
            from record.orders
            where ($1::text is null or number = $1) and ($2::uuid is null or account_id = $2)
              and ($3::uuid is null or id < $3)
            order by id desc
            limit $4
            "#,
            filter.number.as_deref(),
            filter.account.map(AccountId::uuid),
            filter.before,
            limit
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
