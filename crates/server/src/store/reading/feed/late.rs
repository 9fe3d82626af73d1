//! Late work as the office reads it: what came after its device had lost the account, with the reassignment by which it had.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roadbook_model::ReassignmentId;
use serde::Serialize;
use serde_json::Value as Json;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::cells::signed;
use crate::store::{Store, Stored};

/// Work that came late and was taken in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LateRow {
    /// The entry, as in the log with its summary.
    #[schema(value_type = super::LogEntry)]
    pub entry: Json,
    /// By which its device had lost the account; null if that was no reassignment, such as a person's leaving.
    pub reassignment: Option<LateBy>,
    /// Its place in the log.
    #[serde(skip)]
    pub position: u64,
}

/// A reassignment that made work late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LateBy {
    /// The reassignment.
    pub id: Uuid,
    /// permanent, cover or reversal.
    pub kind: String,
    /// accounts or holders.
    pub shape: String,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub asked: Json,
    /// When it took effect.
    pub effected_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Late work, the latest first, from before a position on; of one reassignment, or all.
    #[instrument(name = "db.late.list", skip_all, err(level = "debug"))]
    pub async fn list_late(
        &self,
        reassignment: Option<ReassignmentId>,
        before: Option<u64>,
        limit: i64,
    ) -> Stored<Vec<LateRow>> {
        let mut reasons = self.late_reasons(reassignment, before, limit).await?;
        let positions: Vec<i64> = reasons.keys().copied().collect();
        let told = self.entries_at(&positions, true).await?.into_iter().rev().map(|entry| LateRow {
            reassignment: reasons.remove(&signed(entry.position)).flatten(),
            position: entry.position,
            entry: entry.json,
        });
        Ok(told.collect())
    }

    /// The positions of late work, each with what made it late: the last withdrawal of the account from its device
    /// before it, of any part if the account was merged.
    async fn late_reasons(
        &self,
        reassignment: Option<ReassignmentId>,
        before: Option<u64>,
        limit: i64,
    ) -> Stored<BTreeMap<i64, Option<LateBy>>> {
        let mut tx = self.settled().await?;
        let rows = sqlx::query!(
            r#"
            select entry.position, made.id as "id?", made.kind as "kind?", made.shape as "shape?", made.asked as "asked?",
                   made.effected_at as "effected_at?"
            from log.entry
            left join lateral (
                select lease.withdrawn from sync.lease
                where lease.device_id = entry.device_id and lease.withdrawn < entry.position
                  and (lease.account_id = entry.account_id
                       or lease.account_id in (select id from sync.account part where part.root_id = entry.account_id))
                order by lease.withdrawn desc limit 1
            ) lost on true
            left join lateral (
                select * from org.reassignment where first_position <= lost.withdrawn
                order by first_position desc limit 1
            ) made on made.last_position >= lost.withdrawn
            where entry.late and ($1::uuid is null or made.id = $1) and ($2::bigint is null or entry.position < $2)
            order by entry.position desc limit $3
            "#,
            reassignment.map(ReassignmentId::uuid),
            before.map(signed),
            limit
        )
        .fetch_all(&mut *tx)
        .await?;
        let told = rows.into_iter().map(|row| {
            let made = row.id.zip(row.kind).zip(row.shape).zip(row.asked);
            let made = made.map(|(((id, kind), shape), asked)| LateBy {
                id,
                kind,
                shape,
                asked,
                effected_at: row.effected_at,
            });
            (row.position, made)
        });
        Ok(told.collect())
    }
}
