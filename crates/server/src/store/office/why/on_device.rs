//! Whether a record is on a device: a matter of the device's leases on its account.

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, PersonId};
use uuid::Uuid;

use super::{OnDevice, Presence, Why};
use crate::store::{Store, Stored};

struct LeaseRow {
    id: Uuid,
    granted: i64,
    granted_at: Option<DateTime<Utc>>,
    withdrawn: Option<i64>,
    closed: Option<i64>,
}

impl Store {
    /// Adds whether it is on the device that was asked about; nothing for an unknown device.
    pub(super) async fn add_device(
        &self,
        mut why: Why,
        device: Option<DeviceId>,
        account: Option<AccountId>,
    ) -> Stored<Option<Why>> {
        let Some(device) = device else { return Ok(Some(why)) };
        why.on_device = self.on_device(device, account).await?;
        Ok(why.on_device.is_some().then_some(why))
    }

    /// Whether a device is a person's own, or of somebody whom the person leads.
    pub async fn leads_device(&self, person: PersonId, device: DeviceId) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"
            with recursive led(id) as (
                select $2::uuid
                union
                select person.id from led join org.person on person.manager_id = led.id
            )
            select exists (select from org.device where id = $1 and person_id in (select id from led)) as "leads!"
            "#,
            device.uuid(),
            person.uuid()
        );
        Ok(query.fetch_one(self.pool()).await?)
    }

    /// Whether the records of an account are on a device; `None` for an unknown device. Without an account, the record is
    /// not in the record at all.
    async fn on_device(&self, device: DeviceId, account: Option<AccountId>) -> Stored<Option<OnDevice>> {
        let known = sqlx::query!(
            "
            select person.name as person, device.name, device.state, device.last_seen_at, device.unsent
            from org.device join org.person on person.id = device.person_id where device.id = $1
            ",
            device.uuid()
        );
        let Some(known) = known.fetch_optional(self.pool()).await? else { return Ok(None) };
        let who = format!("{}'s {}", known.person, known.name);
        let Some(account) = account else {
            let text = format!("It is not in the record, so it is on {who} only if it was captured there.");
            return Ok(Some(on(device, Presence::NotInTheRecord, None, text)));
        };
        let mut tx = self.settled().await?;
        let lease = sqlx::query_as!(
            LeaseRow,
            r#"
            select lease.id, lease.granted, entry.at as "granted_at?", lease.withdrawn, lease.closed
            from sync.lease left join log.entry on entry.position = lease.granted
            where lease.device_id = $1 and lease.account_id = $2
            order by (lease.withdrawn is null and lease.closed is null) desc, lease.granted desc limit 1
            "#,
            device.uuid(),
            account.uuid()
        );
        let Some(lease) = lease.fetch_optional(&mut *tx).await? else {
            let text =
                format!("{who} never had the account: nobody who uses it is entitled to its territory.");
            return Ok(Some(on(device, Presence::NeverGranted, None, text)));
        };
        let (presence, text) = told(&who, &lease, known.last_seen_at, known.unsent);
        let (presence, text) = match known.state.as_str() {
            "wiped" => (Presence::Purged, format!("{who} has removed all that it had and said so.")),
            _ => (presence, text),
        };
        let text = match known.state.as_str() {
            "blocked" => format!("{text} The device is blocked and gets nothing any more."),
            "leaving" => format!("{text} The device is being taken out of use."),
            _ => text,
        };
        Ok(Some(on(device, presence, Some(lease.id), text)))
    }
}

fn on(device: DeviceId, state: Presence, lease_id: Option<Uuid>, text: String) -> OnDevice {
    OnDevice { device_id: device.uuid(), state, lease_id, text }
}

fn told(who: &str, lease: &LeaseRow, seen: Option<DateTime<Utc>>, unsent: i32) -> (Presence, String) {
    let granted = lease.granted;
    if let Some(closed) = lease.closed {
        let text =
            format!("{who} has handed the account over and removed its records, at position {closed}.");
        return (Presence::Purged, text);
    }
    if let Some(withdrawn) = lease.withdrawn {
        let text = format!(
            "{who} has lost the account at position {withdrawn} and still hands it over; its records stay there until \
             it has sent what it captured ({unsent} unsent when last heard of)."
        );
        return (Presence::Draining, text);
    }
    match (seen, lease.granted_at) {
        (Some(seen), Some(at)) if seen > at => {
            let text = format!(
                "{who} has had the account since position {granted} and has been in touch since; records older than the \
                 grant came or come by its fill."
            );
            (Presence::There, text)
        }
        _ => {
            let text = format!(
                "{who} was given the account at position {granted} and has not been in touch since; its records come \
                 with the next sync."
            );
            (Presence::Coming, text)
        }
    }
}
