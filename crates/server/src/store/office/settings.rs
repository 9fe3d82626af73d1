//! What the organisation itself decides about how it works.

use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::audit::{self, Act, By};
use super::{Done, OfficeError};
use crate::store::{Store, Stored};

/// Most days that a device may stay away.
pub const OFFLINE_DAYS_MAX: i32 = 365;

/// The organisation's settings, as the office sees and edits them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganisationSettings {
    /// Days without contact after which a device asks its person to sign in before it shows records.
    pub offline_days: i32,
    /// Their version, for `If-Match`.
    pub version: i64,
}

impl Store {
    /// The settings as they stand.
    pub async fn lookup_settings(&self) -> Stored<OrganisationSettings> {
        let query = sqlx::query_as!(OrganisationSettings, "select offline_days, version from org.setting");
        Ok(query.fetch_one(self.pool()).await?)
    }

    /// Sets how long devices may stay away, on the version that was seen. Each hears of it with its next welcome.
    ///
    /// # Errors
    /// [`OfficeError::Stale`]; [`OfficeError::Invalid`] for fewer days than one or more than [`OFFLINE_DAYS_MAX`].
    #[instrument(name = "db.setting.edit", skip_all, err(level = "debug"))]
    pub async fn set_offline_days(&self, by: &By, version: i64, days: i32) -> Done<()> {
        if !(1..=OFFLINE_DAYS_MAX).contains(&days) {
            let text = format!("a device may stay away for 1 to {OFFLINE_DAYS_MAX} days");
            return Err(OfficeError::invalid("out_of_range", text));
        }
        let mut tx = self.pool().begin().await?;
        let found = sqlx::query!("select offline_days, version from org.setting for update");
        let found = found.fetch_one(&mut *tx).await?;
        if found.version != version {
            return Err(OfficeError::Stale { current: found.version });
        }
        sqlx::query!("update org.setting set offline_days = $1, version = version + 1", days)
            .execute(&mut *tx)
            .await?;
        let detail = serde_json::json!({ "offline_days": { "from": found.offline_days, "to": days } });
        audit::record(&mut tx, Some(by), Act { action: "settings.edit", subject: None, detail }).await?;
        tx.commit().await?;
        Ok(())
    }
}
