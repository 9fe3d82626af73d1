//! Which orders go into a file of orders, a page at a time by the day on which they were taken.

use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::RecordId;
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use super::super::audit::{self, Act, By};
use crate::store::{Store, Stored};

/// Orders of one page: each is put together on its own.
const PAGE: i64 = 50;

/// Which orders.
#[derive(Clone, Debug)]
pub struct Orders {
    /// Taken on this day or later.
    pub from: NaiveDate,
    /// Taken on this day or earlier.
    pub to: NaiveDate,
    /// Only those that stand so: `submitted`, `accepted` and so on; all without one.
    pub state: Option<String>,
}

/// Where an order stands in the file.
pub type Place = (DateTime<Utc>, Uuid);

impl Store {
    /// Notes that somebody takes orders out.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_orders_export(&self, by: &By, which: &Orders) -> Stored<()> {
        let detail = json!({ "what": "orders", "from": which.from, "to": which.to, "state": which.state });
        let mut connection = self.pool().acquire().await?;
        let act = Act { action: "export.take", subject: None, detail };
        Ok(audit::record(&mut connection, Some(by), act).await?)
    }

    /// The orders that follow one of them, oldest first.
    #[instrument(name = "db.export.orders", skip_all, err(level = "debug"))]
    pub async fn export_orders(&self, which: &Orders, after: Place) -> Stored<Vec<(Place, RecordId)>> {
        let query = sqlx::query!(
            r#"
            select id, record.order_at(order_date, created_at) as "at!" from record.orders
            where (record.order_at(order_date, created_at), id) > ($1, $2)
              and record.order_at(order_date, created_at) >= $3::date::timestamp at time zone 'UTC'
              and record.order_at(order_date, created_at) < ($4::date + 1)::timestamp at time zone 'UTC'
              and ($5::text is null or coalesce(state, 'draft') = $5)
            order by record.order_at(order_date, created_at), id limit $6
            "#,
            after.0,
            after.1,
            which.from,
            which.to,
            which.state,
            PAGE
        );
        let rows = query.fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|row| ((row.at, row.id), RecordId::from(row.id))).collect())
    }
}
