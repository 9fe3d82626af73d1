//! Devices after their enrolment: a new store generation, taking one out of use; what the office sees of them is in
//! [`fleet`], and what the office brings in a device's place in [`rescue`].

pub mod fleet;
pub mod rescue;

use chrono::{DateTime, Utc};
use roadbook_model::DeviceId;
use roadbook_protocol::Nonce;
use roadbook_sync::ledger::{Cause, DeviceState, Halt, Renewal, ServerDevice};
use tracing::instrument;

use super::audit::{self, Act, By};
use super::enrol::fetch_scope;
use super::{Done, OfficeError, unknown};
use crate::ambient::moment;
use crate::store::append::Append;
use crate::store::cells::{signed32, state_word};
use crate::store::{Store, Stored};

/// What a device is told that is taken out of use.
const LEAVES: &str = "this device is being taken out of use";
/// Longest name of a device, in characters.
const NAME_CHARS_MAX: usize = 100;

impl Store {
    /// Gives a device a new store generation: its leases end, and its scope is granted anew. One whose copies take over
    /// from each other without end gets none, and the office sees it (rule S4).
    #[instrument(name = "db.device.renew", skip_all, fields(device = %id), err(level = "debug"))]
    pub async fn renew(&self, id: DeviceId, nonce: Nonce, cause: Cause) -> Done<Renewal> {
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        let person =
            append.book.devices.get(&id).map(|device| device.person).ok_or_else(|| unknown("device", id))?;
        append.fetch_leases_held(id).await?;
        let territories = fetch_scope(&mut append, person).await?;
        let renewal =
            append.book.renew(id, &territories, nonce, cause).ok_or_else(|| unknown("device", id))?;
        let renewals = append.book.devices.get(&id).map(|device| device.renewals.clone()).unwrap_or_default();
        let renewed_at: Vec<DateTime<Utc>> = renewals.at_ms.iter().copied().map(moment).collect();
        let given_at: Vec<DateTime<Utc>> = renewals.given_ms.iter().copied().map(moment).collect();
        // Without a new generation the live store's nonce stays as it is, and so does whether it is in use: hellos change
        // both without the log's lock.
        let is_given = matches!(renewal, Renewal::Given(_));
        sqlx::query!(
            "
            update org.device
            set nonce = case when $3 then $2 else nonce end, generation_used = generation_used and not $3,
                renewed_from = $4, renewed_at = $5, cloned_at = $6, given_at = $7
            where id = $1
            ",
            id.uuid(),
            &nonce.0[..],
            is_given,
            signed32(renewals.from),
            &renewed_at,
            renewals.cloned_ms.map(moment),
            &given_at
        )
        .execute(append.connection())
        .await?;
        append.commit().await?;
        Ok(renewal)
    }

    /// Takes a device out of use. A leaving one still sends what it has, into review, and is told to wipe itself; a
    /// blocked one (stolen) is not spoken with any more. Either way it loses every lease. One that left, or was blocked,
    /// never becomes less so: then nothing changes.
    ///
    /// # Errors
    /// When the device is unknown, or the state is not one of being out of use.
    #[instrument(name = "db.device.revoke", skip_all, fields(device = %id), err(level = "debug"))]
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
        revoke(&mut append, id, state, LEAVES).await?;
        append.commit().await?;
        Ok(())
    }

    /// The same by somebody, with a line in the audit.
    #[instrument(name = "db.device.revoke_by", skip_all, fields(device = %id), err(level = "debug"))]
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
            Some(DeviceState::Wiped) => {
                let text = "this device has wiped itself already; there is nothing left to take out of use";
                return Err(OfficeError::conflict("wrong_state", text));
            }
            Some(_) => revoke(&mut append, id, state, LEAVES).await?,
            None => return Err(unknown("device", id)),
        }
        let detail = serde_json::json!({ "mode": state_word(state) });
        let act = Act { action: "device.revoke", subject: Some(("device", id.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await?;
        Ok(())
    }

    /// Lets a device leave whose person signs out on it, with a line in the audit (rule W6); why not, if it does not leave.
    /// One that leaves already goes on with that.
    #[instrument(name = "db.device.leave_by_its_person", skip_all, fields(device = %device.id), err(level = "debug"))]
    pub async fn leave_by_its_person(&self, device: &ServerDevice, last_number: u64) -> Stored<Option<Halt>> {
        let id = device.id;
        let mut append = self.append_followed().await?;
        append.fetch_devices(&[id]).await?;
        append.fetch_leases_held(id).await?;
        match append.book.sign_out(device.into(), last_number) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(halt) => return Ok(Some(halt)),
        }
        note_out(&mut append, id, false).await?;
        let by = By { person: device.person, role: device.role, address: None };
        let act = Act {
            action: "device.sign_out",
            subject: Some(("device", id.uuid())),
            detail: serde_json::json!({ "mode": state_word(DeviceState::Leaving) }),
        };
        audit::record(append.connection(), Some(&by), act).await?;
        append.commit().await?;
        Ok(None)
    }

    /// Calls a device otherwise, on the version that was seen.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when it is another version now; [`OfficeError::Invalid`] for a name that is none.
    #[instrument(name = "db.device.rename", skip_all, fields(device = %id), err(level = "debug"))]
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

    /// Whether a device is blocked now, for a connection that it was admitted to before.
    pub async fn is_blocked(&self, id: DeviceId) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            "select state = 'blocked' as \"is!\" from org.device where id = $1",
            id.uuid()
        );
        Ok(query.fetch_optional(self.pool()).await?.unwrap_or(true))
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

/// Takes a device that was fetched out of use.
pub(super) async fn revoke(
    append: &mut Append<'_>,
    id: DeviceId,
    state: DeviceState,
    note: &str,
) -> Stored<()> {
    append.fetch_leases_held(id).await?;
    let blocked = state == DeviceState::Blocked;
    match append.book.revoke(id, blocked, Some(note)) {
        Some(_) => note_out(append, id, blocked).await,
        None => Ok(()),
    }
}

/// Notes when a device was taken out of use, and told to wipe itself.
async fn note_out(append: &mut Append<'_>, id: DeviceId, blocked: bool) -> Stored<()> {
    let now = moment(append.book.now_ms);
    sqlx::query!(
        "
        update org.device
        set version = version + 1, revoked_at = coalesce(revoked_at, $2),
            wipe_ordered_at = case when $3 then wipe_ordered_at else $2 end
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
