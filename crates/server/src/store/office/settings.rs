//! What the organisation itself decides about how it works.

use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::audit::{self, Act, By};
use super::{Done, OfficeError};
use crate::store::{Store, Stored};

/// What is to be otherwise; what is absent stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SettingsChange {
    /// Days without contact.
    pub offline_days: Option<i32>,
    /// The seller's name.
    pub seller_name: Option<String>,
    /// The seller's address.
    pub seller_address: Option<String>,
    /// The seller's tax number.
    pub seller_tax_id: Option<String>,
    /// The terms of quotes and orders.
    pub order_terms: Option<String>,
}

/// Most days that a device may stay away.
pub const OFFLINE_DAYS_MAX: i32 = 365;

/// The organisation's settings, as the office sees and edits them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganisationSettings {
    /// Days without contact after which a device asks its person to sign in before it shows records.
    pub offline_days: i32,
    /// The name under which the organisation sells: at the head of quotes and orders that leave the house.
    pub seller_name: String,
    /// Its address, in lines as on paper.
    pub seller_address: String,
    /// Its tax number.
    pub seller_tax_id: String,
    /// The terms under which it sells: at the foot of them.
    pub order_terms: String,
    /// Their version, for `If-Match`.
    pub version: i64,
}

impl Store {
    /// The settings as they stand.
    pub async fn lookup_settings(&self) -> Stored<OrganisationSettings> {
        let query = sqlx::query_as!(
            OrganisationSettings,
            "select offline_days, seller_name, seller_address, seller_tax_id, order_terms, version from org.setting"
        );
        Ok(query.fetch_one(self.pool()).await?)
    }

    /// Changes settings, on the version that was seen. How long devices may stay away, each hears of with its next welcome.
    ///
    /// # Errors
    /// [`OfficeError::Stale`]; [`OfficeError::Invalid`] for fewer days than one or more than [`OFFLINE_DAYS_MAX`].
    #[instrument(name = "db.setting.edit", skip_all, err(level = "debug"))]
    pub async fn change_settings(&self, by: &By, version: i64, change: &SettingsChange) -> Done<()> {
        if change.offline_days.is_some_and(|days| !(1..=OFFLINE_DAYS_MAX).contains(&days)) {
            let text = format!("a device may stay away for 1 to {OFFLINE_DAYS_MAX} days");
            return Err(OfficeError::invalid("out_of_range", text));
        }
        let mut tx = self.pool().begin().await?;
        let found = sqlx::query!("select offline_days, version from org.setting for update");
        let found = found.fetch_one(&mut *tx).await?;
        if found.version != version {
            return Err(OfficeError::Stale { current: found.version });
        }
        sqlx::query!(
            "
            update org.setting
            set offline_days = coalesce($1, offline_days), seller_name = coalesce($2, seller_name),
                seller_address = coalesce($3, seller_address), seller_tax_id = coalesce($4, seller_tax_id),
                order_terms = coalesce($5, order_terms), version = version + 1
            ",
            change.offline_days,
            change.seller_name.as_deref(),
            change.seller_address.as_deref(),
            change.seller_tax_id.as_deref(),
            change.order_terms.as_deref()
        )
        .execute(&mut *tx)
        .await?;
        let detail = serde_json::json!({ "to": change, "offline_days_before": found.offline_days });
        audit::record(&mut tx, Some(by), Act { action: "settings.edit", subject: None, detail }).await?;
        tx.commit().await?;
        Ok(())
    }
}
