//! What has not arrived yet of those who had an account before: devices that still hand it over, work that is held,
//! work that came late of late.

use chrono::{DateTime, Duration, Utc};
use roadbook_model::AccountId;
use roadbook_model::brief::{Day, Fact, Outstanding, Source, Who};
use roadbook_protocol::{Entry, Item, ItemBody};

use crate::store::cells::{read, unsigned, unsigned32};
use crate::store::{Store, Stored};

/// Most of each that is looked up: a brief is short.
const MOST: i64 = 50;
/// For how many days late work is worth a word.
const LATE_DAYS: i64 = 30;

impl Store {
    pub(super) async fn outstanding(
        &self,
        account: AccountId,
        now: DateTime<Utc>,
    ) -> Stored<Vec<Outstanding>> {
        let mut found = self.draining(account).await?;
        found.extend(self.held_of(account).await?);
        found.extend(self.late_of(account, now).await?);
        Ok(found)
    }

    async fn draining(&self, account: AccountId) -> Stored<Vec<Outstanding>> {
        let mut tx = self.settled().await?;
        let rows = sqlx::query!(
            r#"
            select lease.id, lease.device_id, device.name as device, device.state, device.last_seen_at, device.unsent,
                   person.id as person_id, person.name as person, entry.at as "withdrawn_at?"
            from sync.lease
            join org.device on device.id = lease.device_id
            join org.person on person.id = device.person_id
            left join log.entry on entry.position = lease.withdrawn
            where lease.account_id in (select account_id from sync.one($1)) and lease.withdrawn is not null and lease.closed is null
              and device.state <> 'wiped'
            order by lease.withdrawn, lease.id limit $2
            "#,
            account.uuid(),
            MOST
        )
        .fetch_all(&mut *tx)
        .await?;
        let rows = rows.into_iter().map(|row| Outstanding {
            fact: Fact::Draining {
                by: Who { id: row.person_id.into(), name: Some(row.person) },
                device: row.device,
                blocked: row.state == "blocked",
                withdrawn: row.withdrawn_at.and_then(day),
                last_seen: row.last_seen_at.and_then(day),
                unsent: unsigned32(row.unsent),
            },
            source: Source::Lease { id: row.id.into(), device: row.device_id.into() },
        });
        Ok(rows.collect())
    }

    async fn held_of(&self, account: AccountId) -> Stored<Vec<Outstanding>> {
        let rows = sqlx::query!(
            r#"
            select held.device_id, held.store_generation, held.number, held.bytes, held.code, record.kind as "kind?",
                   person.id as person_id, person.name as person
            from sync.held
            join org.person on person.id = held.person_id
            left join sync.record on record.id = held.record_id
            where held.account_id in (select account_id from sync.one($1)) and held.held and held.fate is null
            order by held.position limit $2
            "#,
            account.uuid(),
            MOST
        )
        .fetch_all(self.pool())
        .await?;
        let rows = rows.into_iter().map(|row| {
            let item = Item::read(&row.bytes).ok();
            let created = item.as_ref().and_then(|item| match &item.body {
                ItemBody::Changes(body) => body.new.as_ref().map(|new| new.kind.clone()),
                _ => None,
            });
            Outstanding {
                fact: Fact::Held {
                    by: Who { id: row.person_id.into(), name: Some(row.person) },
                    captured: item.and_then(|item| Day::of_ms(item.captured_ms)),
                    kind: row.kind.or(created),
                    code: row.code,
                },
                source: Source::Item {
                    device: row.device_id.into(),
                    store_generation: unsigned32(row.store_generation),
                    number: unsigned(row.number),
                },
            }
        });
        Ok(rows.collect())
    }

    async fn late_of(&self, account: AccountId, now: DateTime<Utc>) -> Stored<Vec<Outstanding>> {
        let rows = sqlx::query!(
            r#"
            select entry.position, entry.at, entry.payload, record.kind, person.id as "person_id?",
                   person.name as "person?"
            from log.entry
            join sync.record on record.id = entry.record_id
            left join org.device on device.id = entry.device_id
            left join org.person on person.id = device.person_id
            where entry.account_id in (select account_id from sync.one($1)) and entry.late and entry.at > $2
            order by entry.position desc limit $3
            "#,
            account.uuid(),
            now - Duration::days(LATE_DAYS),
            MOST
        )
        .fetch_all(self.pool())
        .await?;
        let mut found = Vec::new();
        for row in rows {
            let Entry::Changes(changes) = read::<Entry>("entry", &row.payload)? else { continue };
            let name = row.person.filter(|_| row.person_id == Some(changes.author.person.uuid()));
            found.push(Outstanding {
                fact: Fact::Late {
                    by: Who { id: changes.author.person, name },
                    taken: day(row.at),
                    captured: Day::of_ms(changes.captured_ms),
                    kind: row.kind,
                },
                source: Source::Entry { position: unsigned(row.position) },
            });
        }
        Ok(found)
    }
}

fn day(at: DateTime<Utc>) -> Option<Day> {
    Day::of_ms(at.timestamp_millis())
}
