//! Sign-ins by way of the organisation's provider that are under way: each good once, for some minutes, in the browser that
//! began it.

use chrono::{DateTime, Utc};
use roadbook_model::DeviceId;
use tracing::instrument;

use super::secret::Secret;
use crate::ambient::moment;
use crate::store::{Store, Stored};

/// For how long an attempt is good, in seconds: time to find a password and a second factor.
pub const ATTEMPT_S: i64 = 10 * 60;
/// Most attempts under way at once: whoever asks for them needs no token.
const UNDER_WAY_MAX: i64 = 10_000;

/// What is kept of an attempt beside the hashes of its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The device to bind the session to, if to one.
    pub device: Option<DeviceId>,
    /// The path of this server that the browser is sent to in the end.
    pub return_to: String,
}

impl Store {
    /// Begins an attempt; returns until when it is good. `None` when too many are under way.
    #[instrument(name = "db.oidc_attempt.add", skip_all, err(level = "debug"))]
    pub async fn add_attempt(
        &self,
        (state, browser): (&Secret, &Secret),
        attempt: &Attempt,
        now_ms: i64,
    ) -> Stored<Option<DateTime<Utc>>> {
        sqlx::query!("delete from org.oidc_attempt where expires_at < $1", moment(now_ms))
            .execute(self.pool())
            .await?;
        let expires_at = moment(now_ms + ATTEMPT_S * 1000);
        let added = sqlx::query!(
            "
            insert into org.oidc_attempt (state_hash, browser_hash, device_id, return_to, made_at, expires_at)
            select $1, $2, $3, $4, $5, $6
            where (select count(*) from org.oidc_attempt) < $7
            ",
            &state.hash()[..],
            &browser.hash()[..],
            attempt.device.map(DeviceId::uuid),
            attempt.return_to,
            moment(now_ms),
            expires_at,
            UNDER_WAY_MAX
        )
        .execute(self.pool())
        .await?;
        Ok((added.rows_affected() > 0).then_some(expires_at))
    }

    /// Takes out the attempt of a state, if this browser began it and it has not run out: nobody gets it a second time.
    #[instrument(name = "db.oidc_attempt.take", skip_all, err(level = "debug"))]
    pub async fn take_attempt(
        &self,
        (state, browser): (&Secret, &Secret),
        now_ms: i64,
    ) -> Stored<Option<Attempt>> {
        let query = sqlx::query!(
            "
            delete from org.oidc_attempt where state_hash = $1 and browser_hash = $2 and expires_at > $3
            returning device_id, return_to
            ",
            &state.hash()[..],
            &browser.hash()[..],
            moment(now_ms)
        );
        let row = query.fetch_optional(self.pool()).await?;
        Ok(row.map(|row| Attempt { device: row.device_id.map(Into::into), return_to: row.return_to }))
    }
}
