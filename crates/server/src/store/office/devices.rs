//! Devices after their enrolment: a new store generation, taking one out of use.

use roadbook_model::DeviceId;
use roadbook_protocol::Nonce;
use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::place::Handover;
use roadbook_sync::ledger::{DeviceState, ServerDevice};
use tracing::instrument;

use super::enrol::fetch_scope;
use super::{Done, unknown};
use crate::ambient::moment;
use crate::store::Store;

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

    /// Takes a device out of use. A leaving one still sends what it has, into review; a blocked one (stolen) sends
    /// nothing. Either way it loses every lease.
    #[instrument(name = "db.device.revoke", skip_all, fields(device = %id), err)]
    pub async fn revoke(&self, id: DeviceId, state: DeviceState) -> Done<()> {
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        append.fetch_leases_held(id).await?;
        let now_ms = append.book.now_ms;
        let device = append.book.devices.get_mut(&id).ok_or_else(|| unknown("device", id))?;
        device.state = state;
        append.book.out.devices.insert(id);
        let open: Vec<_> = append
            .book
            .leases
            .values()
            .filter(|lease| lease.withdrawn.is_none())
            .map(|lease| lease.id)
            .collect();
        let note = Some("this device is being taken out of use".to_owned());
        let terms = Handover { policy: LatePolicy::Review, grace_until_ms: i64::MAX, note };
        append.book.withdraw(id, open, &terms);
        sqlx::query!("update org.device set revoked_at = $2 where id = $1", id.uuid(), moment(now_ms))
            .execute(append.connection())
            .await?;
        append.commit().await?;
        Ok(())
    }
}
