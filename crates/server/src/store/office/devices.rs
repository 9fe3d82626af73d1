//! Devices after their enrolment: a new store generation, taking one out of use; what the office sees of them is in
//! [`fleet`].

pub mod fleet;

use roadbook_model::DeviceId;
use roadbook_protocol::Nonce;
use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::place::Handover;
use roadbook_sync::ledger::{DeviceState, ServerDevice};
use tracing::instrument;

use super::audit::{self, Act, By};
use super::enrol::fetch_scope;
use super::{Done, OfficeError, unknown};
use crate::ambient::moment;
use crate::store::Store;
use crate::store::append::Append;
use crate::store::cells::state_word;

/// Longest name of a device, in characters.
const NAME_CHARS_MAX: usize = 100;

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
        take_out(&mut append, id, state).await?;
        append.commit().await?;
        Ok(())
    }

    /// The same by somebody, with a line in the audit.
    #[instrument(name = "db.device.revoke_by", skip_all, fields(device = %id), err)]
    pub async fn revoke_by(&self, by: &By, id: DeviceId, state: DeviceState) -> Done<()> {
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        let current = append.book.devices.get(&id).map(|device| device.state);
        match current {
            // Asked twice: it is done.
            Some(current) if current == state => return Ok(()),
            Some(DeviceState::Blocked) => {
                let text = "this device is blocked, and stays so; enrol it anew if it came back";
                return Err(OfficeError::conflict("wrong_state", text));
            }
            _ => take_out(&mut append, id, state).await?,
        }
        let detail = serde_json::json!({ "mode": state_word(state) });
        let act = Act { action: "device.revoke", subject: Some(("device", id.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await?;
        Ok(())
    }

    /// Calls a device otherwise, on the version that was seen.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when it is another version now; [`OfficeError::Invalid`] for a name that is none.
    #[instrument(name = "db.device.rename", skip_all, fields(device = %id), err)]
    pub async fn rename_device(&self, by: &By, id: DeviceId, version: i64, name: &str) -> Done<()> {
        let name = device_name(name)?;
        let mut tx = self.pool().begin().await?;
        let found = sqlx::query!("select name, version from org.device where id = $1 for update", id.uuid());
        let found = found.fetch_optional(&mut *tx).await?.ok_or_else(|| unknown("device", id))?;
        if found.version != version {
            return Err(OfficeError::Stale { current: found.version });
        }
        sqlx::query!("update org.device set name = $2, version = version + 1 where id = $1", id.uuid(), name)
            .execute(&mut *tx)
            .await?;
        let detail = serde_json::json!({ "from": found.name, "to": name });
        let act = Act { action: "device.rename", subject: Some(("device", id.uuid())), detail };
        audit::record(&mut tx, Some(by), act).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What a device may be called.
pub(super) fn device_name(name: &str) -> Done<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let text =
            format!("a device needs a name of 1 to {NAME_CHARS_MAX} characters, without control characters");
        return Err(OfficeError::invalid("bad_name", text));
    }
    Ok(name)
}

/// Takes a device out of use, in an append.
pub(super) async fn take_out(append: &mut Append<'_>, id: DeviceId, state: DeviceState) -> Done<()> {
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
        .filter(|lease| lease.device == id && lease.withdrawn.is_none())
        .map(|lease| lease.id)
        .collect();
    let note = Some("this device is being taken out of use".to_owned());
    let terms = Handover { policy: LatePolicy::Review, grace_until_ms: i64::MAX, note };
    append.book.withdraw(id, open, &terms);
    sqlx::query!(
        "update org.device set revoked_at = coalesce(revoked_at, $2), version = version + 1 where id = $1",
        id.uuid(),
        moment(now_ms)
    )
    .execute(append.connection())
    .await?;
    Ok(())
}
