//! Devices after their enrolment: a new store generation, taking one out of use.

use roadbook_model::DeviceId;
use roadbook_protocol::Nonce;
use roadbook_sync::ledger::{DeviceState, ServerDevice};
use tracing::instrument;

use super::enrol::fetch_scope;
use super::{Done, OfficeError, unknown};
use crate::ambient::moment;
use crate::store::append::Append;
use crate::store::{Store, Stored};

impl Store {
    /// Gives a device a new store generation: its leases end, and its scope is granted anew.
    #[instrument(name = "db.device.renew", skip_all, fields(device = %id), err)]
    pub async fn renew(&self, id: DeviceId, nonce: Nonce) -> Done<ServerDevice> {
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        let person =
            append.book.devices.get(&id).map(|device| device.person).ok_or_else(|| unknown("device", id))?;
        append.fetch_leases_held(id).await?;
        let territories = fetch_scope(&mut append, person).await?;
        let device = append.book.renew(id, &territories, nonce).ok_or_else(|| unknown("device", id))?;
        sqlx::query!("update org.device set nonce = $2 where id = $1", id.uuid(), &nonce.0[..])
            .execute(append.connection())
            .await?;
        append.commit().await?;
        Ok(device)
    }

    /// Takes a device out of use. A leaving one still sends what it has, into review, and is told to wipe itself; a
    /// blocked one (stolen) is not spoken with any more. Either way it loses every lease. One that left, or was blocked,
    /// never becomes less so: then nothing changes.
    ///
    /// # Errors
    /// When the device is unknown, or the state is not one of being out of use.
    #[instrument(name = "db.device.revoke", skip_all, fields(device = %id), err)]
    pub async fn revoke(&self, id: DeviceId, state: DeviceState) -> Done<()> {
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        if !append.book.devices.contains_key(&id) {
            return Err(unknown("device", id));
        }
        if !matches!(state, DeviceState::Leaving | DeviceState::Blocked) {
            let text = "a device can be made to leave, or be blocked; to use it again, enrol it anew";
            return Err(OfficeError::Impossible(text.into()));
        }
        revoke(&mut append, id, state, "this device is being taken out of use").await?;
        append.commit().await?;
        Ok(())
    }

    /// Whether a device is blocked now, for a connection that it was admitted to before.
    pub async fn is_blocked(&self, id: DeviceId) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            "select state = 'blocked' as \"is!\" from org.device where id = $1",
            id.uuid()
        );
        Ok(query.fetch_optional(self.pool()).await?.unwrap_or(true))
    }
}

/// Takes a device that was fetched out of use.
async fn revoke(append: &mut Append<'_>, id: DeviceId, state: DeviceState, note: &str) -> Stored<()> {
    append.fetch_leases_held(id).await?;
    let now = moment(append.book.now_ms);
    let blocked = state == DeviceState::Blocked;
    if append.book.revoke(id, blocked, Some(note)).is_none() {
        return Ok(());
    }
    sqlx::query!(
        "
        update org.device
        set revoked_at = coalesce(revoked_at, $2), wipe_ordered_at = case when $3 then wipe_ordered_at else $2 end
        where id = $1
        ",
        id.uuid(),
        now,
        blocked
    )
    .execute(append.connection())
    .await?;
    Ok(())
}
