//! What time does by itself: plans that are due, covers that come back (they are planned reversals), and how a
//! reassignment ends.

use std::time::Duration;

use roadbook_model::ReassignmentId;
use tracing::{info, instrument, warn};

use super::ReassignmentError;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// How often it is looked for what is due.
pub const LOOK: Duration = Duration::from_secs(1);

impl Store {
    /// Does all that is due: rows that have still to follow, plans, and noting which reassignments ended. Several nodes
    /// may do so at once, and what was due while none ran is done by the first that does.
    #[instrument(name = "db.reassignment.due", skip_all, err(level = "debug"))]
    pub async fn run_due_reassignments(&self) -> Stored<()> {
        self.follow_gently().await?;
        let now = moment(ambient::now_ms());
        let query = sqlx::query_scalar!(
            "
            select id from org.reassignment
            where first_position is null and outcome is null and effect_at <= $1 order by effect_at, id
            ",
            now
        );
        for id in query.fetch_all(self.pool()).await? {
            match self.effect_reassignment(id.into()).await {
                Ok(moved) => info!(%id, accounts = moved.accounts, "a reassignment took effect"),
                Err(ReassignmentError::Store(error)) => return Err(error),
                Err(error) => {
                    warn!(%id, code = error.code(), %error, "a planned reassignment was cancelled");
                }
            }
            self.follow_gently().await?;
        }
        self.end_reassignments().await
    }

    /// Notes which reassignments are complete, and which were abandoned: grace over, and devices that have not closed.
    async fn end_reassignments(&self) -> Stored<()> {
        let now = moment(ambient::now_ms());
        let query = sqlx::query!(
            r#"
            update org.reassignment
            set outcome = case when draining.it then 'abandoned' else 'complete' end, ended_at = $1
            from org.reassignment open
            cross join lateral (
                select exists (select from sync.lease
                               where withdrawn between open.first_position and open.last_position and closed is null) as it
            ) draining
            where open.id = reassignment.id and open.first_position is not null and open.outcome is null
              and open.followed_position >= open.last_position
              and (not draining.it or open.grace_until < $1)
              and (open.kind <> 'cover' or exists (
                      select from org.reassignment back
                      where back.reverses = open.id
                        and (back.first_position is not null or back.outcome is not null)))
            returning reassignment.id, reassignment.outcome as "outcome!"
            "#,
            now
        );
        for row in query.fetch_all(self.pool()).await? {
            info!(id = %ReassignmentId::from(row.id), outcome = row.outcome, "a reassignment ended");
        }
        Ok(())
    }
}
