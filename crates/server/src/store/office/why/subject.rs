//! Finding what is asked about, and the entries that concern it.

use chrono::{DateTime, Utc};
use roadbook_model::{DeviceId, RecordId};
use roadbook_protocol::{Entry, Item, ItemBody, Outcome, Receipt};
use roadbook_sync::digest::claimed_hash;
use tracing::instrument;
use uuid::Uuid;

use super::steps::{About, LeaseSpan, Names, named, step};
use super::{Standing, Step, Why, WhySubject};
use crate::store::cells::{read, signed, signed32, unsigned};
use crate::store::{Store, Stored};

/// Most steps of an answer.
const STEPS_MAX: i64 = 200;
/// Set-aside items among which a change is looked for, the newest first.
const HELD_MAX: i64 = 5_000;

/// Where an item was set aside, and what became of it.
struct Aside {
    position: i64,
    held: bool,
    fate: Option<String>,
    person_id: Uuid,
    record_id: Option<Uuid>,
    account_id: Option<Uuid>,
}

struct EntryRow {
    position: i64,
    at: DateTime<Utc>,
    payload: Vec<u8>,
}

impl Store {
    /// Why something is as it is; `None` for what nobody knows.
    #[instrument(name = "db.why.lookup", skip_all, err(level = "debug"))]
    pub async fn why(&self, subject: WhySubject) -> Stored<Option<Why>> {
        match subject {
            WhySubject::Record(record, device) => self.why_record(record, device).await,
            WhySubject::Change(hash) => self.why_change(hash).await,
            WhySubject::Item(device, generation, number) => self.why_item(device, generation, number).await,
        }
    }

    async fn why_record(&self, record: RecordId, device: Option<DeviceId>) -> Stored<Option<Why>> {
        let known = sqlx::query!(
            r#"
            select kind, record.account_id, record.creator_id,
                   case when account.root_id is not null then coalesce(root.name, account.root_id::text) end as root_name
            from sync.record
            left join sync.account on account.id = record.account_id
            left join record.accounts root on root.id = account.root_id
            where record.id = $1
            "#,
            record.uuid()
        );
        let Some(known) = known.fetch_optional(self.pool()).await? else {
            return self.why_not_in_record(record, device).await;
        };
        let mut why = Why {
            standing: Standing::InTheRecord,
            text: format!("This {} is in the record.{}", known.kind, merged(known.root_name)),
            record_id: Some(record.uuid()),
            account_id: Some(known.account_id),
            steps: Vec::new(),
            left_out: 0,
            on_device: None,
            owner: Some(known.creator_id),
        };
        self.add_steps(&mut why, Some(record.uuid()), Some(known.account_id)).await?;
        self.add_device(why, device, Some(known.account_id.into())).await
    }

    /// A record of which nothing was taken in.
    async fn why_not_in_record(&self, record: RecordId, device: Option<DeviceId>) -> Stored<Option<Why>> {
        let aside = sqlx::query_as!(
            Aside,
            "
            select position, held, fate, person_id, record_id, account_id from sync.held
            where record_id = $1 order by position desc limit 1
            ",
            record.uuid()
        );
        let Some(aside) = aside.fetch_optional(self.pool()).await? else { return Ok(None) };
        let mut why = of_aside("This record", &aside);
        self.add_steps(&mut why, Some(record.uuid()), aside.account_id).await?;
        self.add_device(why, device, None).await
    }

    async fn why_change(&self, hash: [u8; 32]) -> Stored<Option<Why>> {
        let known = sqlx::query!(
            r#"
            select change.position, change.record_id, record.account_id, record.creator_id
            from sync.change join sync.record on record.id = change.record_id
            where change.hash = $1
            "#,
            &hash[..]
        );
        if let Some(known) = known.fetch_optional(self.pool()).await? {
            let mut why = Why {
                standing: Standing::InTheRecord,
                text: format!("This change is in the record since position {}.", known.position),
                record_id: Some(known.record_id),
                account_id: Some(known.account_id),
                steps: Vec::new(),
                left_out: 0,
                on_device: None,
                owner: Some(known.creator_id),
            };
            self.add_entries(&mut why, vec![known.position]).await?;
            return Ok(Some(why));
        }
        let rows = sqlx::query!(
            "
            select bytes, position, held, fate, person_id, record_id, account_id from sync.held
            order by position desc limit $1
            ",
            HELD_MAX
        );
        for row in rows.fetch_all(self.pool()).await? {
            let Ok(item) = Item::read(&row.bytes) else { continue };
            if !claims(&item, hash) {
                continue;
            }
            let aside = Aside {
                position: row.position,
                held: row.held,
                fate: row.fate,
                person_id: row.person_id,
                record_id: row.record_id,
                account_id: row.account_id,
            };
            return Ok(Some(self.told_aside("This change", aside).await?));
        }
        Ok(None)
    }

    async fn why_item(&self, device: DeviceId, generation: u32, number: u64) -> Stored<Option<Why>> {
        let owner = sqlx::query!(
            "select person_id, last_number, store_generation from org.device where id = $1",
            device.uuid()
        );
        let Some(owner) = owner.fetch_optional(self.pool()).await? else { return Ok(None) };
        let aside = sqlx::query_as!(
            Aside,
            "
            select position, held, fate, person_id, record_id, account_id from sync.held
            where device_id = $1 and store_generation = $2 and number = $3
            ",
            device.uuid(),
            signed32(generation),
            signed(number)
        );
        if let Some(aside) = aside.fetch_optional(self.pool()).await? {
            return Ok(Some(self.told_aside("This item", aside).await?));
        }
        let receipt = sqlx::query_scalar!(
            "select receipt from sync.receipt where device_id = $1 and store_generation = $2 and number = $3",
            device.uuid(),
            signed32(generation),
            signed(number)
        );
        let receipt = receipt.fetch_optional(self.pool()).await?;
        let receipt = receipt.map(|receipt| read::<Receipt>("receipt", &receipt)).transpose()?;
        let (standing, text) = match &receipt {
            Some(receipt) => {
                let late = if receipt.outcome == (Outcome::InRecord { late: true }) { ", late" } else { "" };
                (Standing::InTheRecord, format!("This item was taken in at position {}{late}.", receipt.position))
            }
            None if signed32(generation) == owner.store_generation && number > unsigned(owner.last_number) => {
                let last = owner.last_number;
                (Standing::NotArrived, format!("This item has not arrived; the last one that did is number {last}."))
            }
            None => (
                Standing::NotArrived,
                "The server has never seen this item: it is of another store generation, or was never pushed."
                    .to_owned(),
            ),
        };
        let mut why = Why {
            standing,
            text,
            record_id: None,
            account_id: None,
            steps: Vec::new(),
            left_out: 0,
            on_device: None,
            owner: Some(owner.person_id),
        };
        if let Some(receipt) = receipt {
            self.add_entries(&mut why, vec![signed(receipt.position)]).await?;
        }
        Ok(Some(why))
    }

    async fn told_aside(&self, what: &str, aside: Aside) -> Stored<Why> {
        let mut why = of_aside(what, &aside);
        let mut positions = vec![aside.position];
        positions.extend(self.fate_positions(&positions).await?);
        self.add_entries(&mut why, positions).await?;
        Ok(why)
    }

    /// The positions of the fates of items that were set aside at these positions.
    async fn fate_positions(&self, asides: &[i64]) -> Stored<Vec<i64>> {
        let rows = sqlx::query!(
            "
            select device_id, store_generation, number from sync.held
            where position = any($1) and fate is not null
            ",
            asides
        );
        let mut found = Vec::new();
        for row in rows.fetch_all(self.pool()).await? {
            let mut connection = self.pool().acquire().await?;
            let key = (
                row.device_id.into(),
                crate::store::cells::unsigned32(row.store_generation),
                unsigned(row.number),
            );
            let told =
                crate::store::office::inbox::read::fate_of(&mut connection, row.device_id, key).await?;
            found.extend(told.and_then(|told| told.position));
        }
        Ok(found)
    }

    /// The steps of a record: its own entries, the fates of what was set aside of it, and the moves and leases of its
    /// account.
    async fn add_steps(&self, why: &mut Why, record: Option<Uuid>, account: Option<Uuid>) -> Stored<()> {
        let own = sqlx::query_scalar!(
            r#"select position as "position!" from log.entry where record_id = $1 order by position desc limit $2"#,
            record,
            STEPS_MAX
        );
        let mut positions = own.fetch_all(self.pool()).await?;
        let asides = sqlx::query_scalar!("select position from sync.held where record_id = $1", record);
        let asides = asides.fetch_all(self.pool()).await?;
        positions.extend(self.fate_positions(&asides).await?);
        let mut tx = self.settled().await?;
        let around = sqlx::query_scalar!(
            r#"
            select from_position as "position!" from sync.place where account_id = $1
            union
            select position from log.entry
            where type = 'alias' and account_id in (select account_id from sync.one($1))
            union
            select granted from sync.lease where account_id = $1 and granted > 0
            union
            select withdrawn from sync.lease where account_id = $1 and withdrawn is not null
            union
            select closed from sync.lease where account_id = $1 and closed is not null
            order by 1 desc limit $2
            "#,
            account,
            STEPS_MAX
        );
        positions.extend(around.fetch_all(&mut *tx).await?);
        drop(tx);
        let of_record =
            sqlx::query_scalar!(r#"select count(*) as "count!" from log.entry where record_id = $1"#, record);
        let of_record = of_record.fetch_one(self.pool()).await?;
        self.add_entries(why, positions).await?;
        why.left_out = (of_record - STEPS_MAX).max(0);
        Ok(())
    }

    /// The entries at these positions, in order, as steps.
    async fn add_entries(&self, why: &mut Why, mut positions: Vec<i64>) -> Stored<()> {
        positions.sort_unstable();
        positions.dedup();
        let rows = sqlx::query_as!(
            EntryRow,
            "select position, at, payload from log.entry where position = any($1) order by position",
            &positions
        )
        .fetch_all(self.pool())
        .await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            entries.push((row.position, row.at, read::<Entry>("entry", &row.payload)?));
        }
        let about = entries.iter().find_map(|(_, _, entry)| Some((entry.record()?, entry.account())));
        if let Some((record, account)) = about {
            why.record_id = why.record_id.or(Some(record.uuid()));
            why.account_id = why.account_id.or(account.map(|account| account.uuid()));
        }
        let names = self.names(&entries).await?;
        let about = About { account: why.account_id, leases: self.lease_spans(why.account_id).await? };
        let steps = entries.iter().map(|(position, at, entry)| step(*position, *at, entry, &names, &about));
        why.steps = steps.collect::<Vec<Step>>();
        Ok(())
    }

    async fn names(&self, entries: &[(i64, DateTime<Utc>, Entry)]) -> Stored<Names> {
        let ids: Vec<Uuid> = entries.iter().flat_map(|(_, _, entry)| named(entry)).collect();
        let rows = sqlx::query!(
            r#"
            select id as "id!", name as "name!" from org.person where id = any($1)
            union all
            select device.id, person.name || '''s ' || device.name
            from org.device join org.person on person.id = device.person_id where device.id = any($1)
            union all
            select id, code || ' ' || name from org.territory where id = any($1)
            union all
            select id, name from record.accounts where id = any($1) and name is not null
            "#,
            &ids
        );
        let rows = rows.fetch_all(self.pool()).await?;
        Ok(Names(rows.into_iter().map(|row| (row.id, row.name)).collect()))
    }

    async fn lease_spans(&self, account: Option<Uuid>) -> Stored<Vec<LeaseSpan>> {
        let mut tx = self.settled().await?;
        let rows = sqlx::query_as!(
            LeaseSpan,
            "select id, device_id as device, granted, withdrawn, closed from sync.lease where account_id = $1",
            account
        );
        Ok(rows.fetch_all(&mut *tx).await?)
    }
}

/// Whether an item holds a change that says it has this hash.
fn claims(item: &Item, hash: [u8; 32]) -> bool {
    let ItemBody::Changes(body) = &item.body else { return false };
    body.changes.iter().any(|change| claimed_hash(&change.0).is_some_and(|claimed| claimed.0 == hash))
}

/// What is to be said of a record whose account was merged.
fn merged(root: Option<String>) -> String {
    root.map(|root| format!(" Its account was merged into {root}, and it is shown there."))
        .unwrap_or_default()
}

fn of_aside(what: &str, aside: &Aside) -> Why {
    let (standing, text) = match (aside.held, aside.fate.as_deref()) {
        (_, Some("released")) => (Standing::InTheRecord, "was held and then released into the record"),
        (_, Some("re_authored")) => (Standing::InTheRecord, "was held and then taken over in another's name"),
        (_, Some("re_applied")) => {
            (Standing::Settled, "was held, and its device has captured it again since")
        }
        (_, Some(_)) => (Standing::Settled, "was held and then discarded; it is not in the record"),
        (true, None) => (Standing::Held, "is held until somebody decides; it is not in the record"),
        (false, None) => (Standing::Refused, "was refused for good; it is not in the record"),
    };
    Why {
        standing,
        text: format!("{what} {text}."),
        record_id: aside.record_id,
        account_id: aside.account_id,
        steps: Vec::new(),
        left_out: 0,
        on_device: None,
        owner: Some(aside.person_id),
    }
}
