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

    /// Takes a device out of use. A leaving one still sends what it has, into review; a blocked one (stolen) sends
    /// nothing. Either way it loses every lease.
    #[instrument(name = "db.device.revoke", skip_all, fields(device = %id), err)]
    pub async fn revoke(&self, id: DeviceId, state: DeviceState) -> Done<()> {
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        if !append.book.devices.contains_key(&id) {
            return Err(unknown("device", id));
        }
        revoke(&mut append, id, state, "this device is being taken out of use").await?;
        append.commit().await?;
        Ok(())
    }
}

/// Lets those of these devices leave that are active, in an append that does more; says which they are. A blocked one
/// stays blocked.
pub(in crate::store) async fn take_out(
    append: &mut Append<'_>,
    devices: &[DeviceId],
    note: &str,
) -> Stored<Vec<DeviceId>> {
    append.fetch_devices(devices).await?;
    let active =
        |id: &DeviceId| append.book.devices.get(id).is_some_and(|device| device.state == DeviceState::Active);
    let leaving: Vec<DeviceId> = devices.iter().copied().filter(active).collect();
    for &id in &leaving {
        revoke(append, id, DeviceState::Leaving, note).await?;
    }
    Ok(leaving)
}

/// Gives a device that was fetched another state and withdraws all its leases.
async fn revoke(append: &mut Append<'_>, id: DeviceId, state: DeviceState, note: &str) -> Stored<()> {
    append.fetch_leases_held(id).await?;
    let now_ms = append.book.now_ms;
    let Some(device) = append.book.devices.get_mut(&id) else { return Ok(()) };
    device.state = state;
    append.book.out.devices.insert(id);
    let leases = append.book.leases.values();
    let open: Vec<_> = leases
        .filter(|lease| lease.device == id && lease.withdrawn.is_none())
        .map(|lease| lease.id)
        .collect();
    let terms =
        Handover { policy: LatePolicy::Review, grace_until_ms: i64::MAX, note: Some(note.to_owned()) };
    append.book.withdraw(id, open, &terms);
    sqlx::query!("update org.device set revoked_at = $2 where id = $1", id.uuid(), moment(now_ms))
        .execute(append.connection())
        .await?;
    Ok(())
}
