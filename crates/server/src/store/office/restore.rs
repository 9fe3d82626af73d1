//! After a restore from a backup: a new epoch. What the backup does not have may still be on devices, and comes back
//! from there; nothing that was given out after the backup may be given out a second time.

use roadbook_protocol::Tag16;
use tracing::instrument;

use super::Done;
use crate::ambient;
use crate::store::Store;
use crate::store::sign_in::sessions::{EndReason, end_everybodys};

/// Order numbers that are skipped: more than can have been given out since the backup.
const NUMBERS_SKIPPED: i64 = 100_000;

impl Store {
    /// Opens a new epoch: the server writes under new actors, and order numbers go on well after the last known one. Run
    /// it once after a restore, before the server starts.
    #[instrument(name = "db.setting.restore", skip_all, err(level = "debug"))]
    pub async fn open_epoch(&self) -> Done<Tag16> {
        let mut append = self.append().await?;
        let epoch = ambient::random::<16>();
        sqlx::query!(
            "update org.setting set epoch = $1, next_order = next_order + $2",
            &epoch[..],
            NUMBERS_SKIPPED
        )
        .execute(append.connection())
        .await?;
        // The backup may not know that a session had ended, or that a link was used.
        let now_ms = append.book.now_ms;
        end_everybodys(append.connection(), EndReason::Restored, now_ms).await?;
        append.commit().await?;
        Ok(Tag16(epoch))
    }
}
