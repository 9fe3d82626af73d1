//! Finding items that are not in the record, oldest first.

use std::collections::BTreeMap;

use automerge::Automerge;
use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, Envelope, Kind, PersonId};
use roadbook_protocol::{Entry, Item};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::content::{Pusher, content};
use super::{Content, FateTold, HeldItem, HeldState, LeaseStory};
use crate::ambient::moment;
use crate::store::cells::{read, role, unsigned, unsigned32};
use crate::store::fetch::load;
use crate::store::office::held::ItemKey;
use crate::store::{Store, StoreError, Stored};

/// Which items.
#[derive(Clone, Debug, Default)]
pub struct HeldFilter {
    /// How they stand; held ones unless asked otherwise.
    pub state: Option<HeldState>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// Pushed by this device.
    pub device: Option<DeviceId>,
    /// For this reason.
    pub code: Option<String>,
    /// Received at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// This one item.
    pub position: Option<i64>,
    /// Those that were set aside after this position.
    pub after: i64,
}

struct Row {
    position: i64,
    held: bool,
    person_id: Uuid,
    person_name: String,
    role: String,
    former_roles: Vec<String>,
    device_id: Uuid,
    device_name: String,
    store_generation: i32,
    number: i64,
    bytes: Vec<u8>,
    record_id: Option<Uuid>,
    branch: Option<i64>,
    received_at: DateTime<Utc>,
    payload: Vec<u8>,
    account_id: Option<Uuid>,
    account_name: Option<String>,
    code: String,
    fate: Option<String>,
}

/// A record as far as it is needed to read what was set aside of it.
type Known = BTreeMap<Uuid, (Envelope, Vec<u8>)>;
/// Items of a branch by device, store generation, record and branch: number and bytes, in order.
type Branches = BTreeMap<(Uuid, i32, Uuid, i64), Vec<(i64, Vec<u8>)>>;

impl Store {
    /// One item by the position at which it was set aside, whatever became of it.
    pub async fn lookup_held(&self, position: i64) -> Stored<Option<HeldItem>> {
        let filter = HeldFilter { position: Some(position), ..HeldFilter::default() };
        Ok(self.list_held(filter, 1).await?.pop())
    }

    /// Items, oldest first.
    #[instrument(name = "db.held.list", skip_all, err(level = "debug"))]
    pub async fn list_held(&self, filter: HeldFilter, limit: i64) -> Stored<Vec<HeldItem>> {
        let any = filter.position.is_some();
        let state = filter.state.unwrap_or(HeldState::Held);
        let rows = sqlx::query_as!(
            Row,
            r#"
            select held.position, held.held, held.person_id, person.name as person_name, person.role,
                   person.former_roles, held.device_id, device.name as device_name, held.store_generation, held.number, held.bytes, held.record_id,
                   held.branch, entry.at as received_at, entry.payload, held.account_id,
                   accounts.name as "account_name?", held.code, held.fate
            from sync.held
            join log.entry on entry.position = held.position
            join org.person on person.id = held.person_id
            join org.device on device.id = held.device_id
            left join record.accounts on accounts.id = held.account_id
            where held.position > $1
              and ($2 or (held.held = $3 and (held.fate is not null) = $4))
              and ($5::bigint is null or held.position = $5)
              and ($6::uuid is null or held.account_id in (select account_id from sync.one($6)))
              and ($7::uuid is null or held.person_id = $7)
              and ($8::uuid is null or held.device_id = $8)
              and ($9::text is null or held.code = $9)
              and ($10::timestamptz is null or entry.at >= $10)
            order by held.position limit $11
            "#,
            filter.after,
            any,
            state != HeldState::Refused,
            state == HeldState::Settled,
            filter.position,
            filter.account.map(AccountId::uuid),
            filter.person.map(PersonId::uuid),
            filter.device.map(DeviceId::uuid),
            filter.code,
            filter.since,
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let known = self.known(&rows).await?;
        let branches = self.branches(&rows).await?;
        let contents = contents(&rows, known, branches);
        let contents = tokio::task::spawn_blocking(contents);
        let contents = contents.await.map_err(|_| StoreError::Broken { what: "reading held work" })??;
        let leases = self.lease_stories(&rows).await?;
        let mut fates = self.fates(&rows).await?;
        rows.into_iter()
            .zip(contents)
            .map(|(row, content)| {
                let lease =
                    Item::read(&row.bytes).ok().and_then(|item| leases.get(&item.lease.uuid()).cloned());
                let fate = fates.remove(&row.position);
                told(row, content, lease, fate)
            })
            .collect()
    }

    /// The records that items are about.
    async fn known(&self, rows: &[Row]) -> Stored<Known> {
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.record_id).collect();
        let query = sqlx::query!(
            "select id, kind, account_id, creator_id, generation, snapshot from sync.record where id = any($1)",
            &ids
        );
        let mut known = Known::new();
        for row in query.fetch_all(self.pool()).await? {
            let Some(kind) = Kind::find(&row.kind) else { continue };
            let envelope = Envelope {
                id: row.id.into(),
                kind,
                account: row.account_id.into(),
                creator: row.creator_id.into(),
                generation: unsigned32(row.generation),
            };
            known.insert(row.id, (envelope, row.snapshot));
        }
        Ok(known)
    }

    /// Everything that was set aside on the branches of these items: each builds on those before it.
    async fn branches(&self, rows: &[Row]) -> Stored<Branches> {
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.record_id).collect();
        let query = sqlx::query!(
            r#"
            select device_id, store_generation, record_id as "record_id!", branch as "branch!", number, bytes
            from sync.held where record_id = any($1) and branch is not null
            order by number
            "#,
            &ids
        );
        let mut branches = Branches::new();
        for row in query.fetch_all(self.pool()).await? {
            let key = (row.device_id, row.store_generation, row.record_id, row.branch);
            branches.entry(key).or_default().push((row.number, row.bytes));
        }
        Ok(branches)
    }

    /// What became of the leases that items name, by lease.
    async fn lease_stories(&self, rows: &[Row]) -> Stored<BTreeMap<Uuid, LeaseStory>> {
        let ids: Vec<Uuid> =
            rows.iter().filter_map(|row| Some(Item::read(&row.bytes).ok()?.lease.uuid())).collect();
        let mut tx = self.settled().await?;
        let query = sqlx::query!(
            r#"
            select lease.id as "id!", granted.at as "granted_at?", lease.withdrawn, withdrawn.at as "withdrawn_at?",
                   withdrawn.payload as "payload?", lease.late_policy, lease.grace_until, lease.closed
            from sync.lease
            left join log.entry granted on granted.position = lease.granted
            left join log.entry withdrawn on withdrawn.position = lease.withdrawn
            where lease.id = any($1)
            "#,
            &ids
        );
        let mut stories = BTreeMap::new();
        for row in query.fetch_all(&mut *tx).await? {
            let entry = row.payload.map(|payload| read::<Entry>("entry", &payload)).transpose()?;
            let note = match entry {
                Some(Entry::Withdrawn(entry)) => entry.note,
                _ => None,
            };
            let story = LeaseStory {
                id: row.id,
                granted_at: row.granted_at,
                withdrawn_position: row.withdrawn,
                withdrawn_at: row.withdrawn_at,
                late_policy: row.late_policy,
                grace_until: row.grace_until,
                note,
                closed_position: row.closed,
            };
            stories.insert(row.id, story);
        }
        Ok(stories)
    }

    /// The fates of items that have one, by the position at which they were set aside.
    async fn fates(&self, rows: &[Row]) -> Stored<BTreeMap<i64, FateTold>> {
        let mut fates = BTreeMap::new();
        for row in rows.iter().filter(|row| row.fate.is_some()) {
            let key = (row.device_id.into(), unsigned32(row.store_generation), unsigned(row.number));
            let mut connection = self.pool().acquire().await?;
            let told = fate_of(&mut connection, row.device_id, key).await?;
            fates.extend(told.map(|told| (row.position, told)));
        }
        Ok(fates)
    }
}

/// What became of an item, from the device's own channel of the log: there is one such entry at most.
pub(in crate::store::office) async fn fate_of(
    connection: &mut PgConnection,
    device: Uuid,
    key: ItemKey,
) -> Stored<Option<FateTold>> {
    let query = sqlx::query!(
        "
        select entry.position, entry.at, entry.payload from log.entry
        where entry.channel = $1 and entry.type = 'fate' order by entry.position
        ",
        device
    );
    for row in query.fetch_all(&mut *connection).await? {
        let Entry::Fate(fate) = read::<Entry>("entry", &row.payload)? else { continue };
        if (fate.author.store_generation, fate.author.number) != (key.1, key.2) {
            continue;
        }
        let name = sqlx::query_scalar!("select name from org.person where id = $1", fate.by.uuid());
        return Ok(Some(FateTold {
            fate: fate.fate,
            by_id: Some(fate.by.uuid()),
            by_name: name.fetch_optional(&mut *connection).await?,
            at: Some(row.at),
            position: Some(row.position),
            text: Some(fate.text),
        }));
    }
    Ok(None)
}

/// The work of reading items, ready for a thread of its own.
fn contents(
    rows: &[Row],
    known: Known,
    branches: Branches,
) -> impl FnOnce() -> Stored<Vec<Content>> + Send + 'static {
    let work: Vec<_> = rows
        .iter()
        .map(|row| {
            let branch = row.record_id.zip(row.branch);
            let branch = branch.and_then(|(record, branch)| {
                branches.get(&(row.device_id, row.store_generation, record, branch))
            });
            let chain: Vec<Vec<u8>> = match branch {
                Some(items) => {
                    let before = items.iter().filter(|(number, _)| *number <= row.number);
                    before.map(|(_, bytes)| bytes.clone()).collect()
                }
                None => vec![row.bytes.clone()],
            };
            let who = (
                row.device_id,
                row.store_generation,
                row.person_id,
                row.role.clone(),
                row.former_roles.clone(),
            );
            (who, chain, row.record_id)
        })
        .collect();
    move || {
        let mut documents: BTreeMap<Uuid, (Envelope, Automerge)> = BTreeMap::new();
        for (id, (envelope, snapshot)) in known {
            documents.insert(id, (envelope, load(&snapshot)?));
        }
        work.into_iter()
            .map(|((device, generation, person, word, former), chain, record)| {
                let pusher = Pusher {
                    device: device.into(),
                    store_generation: unsigned32(generation),
                    person: person.into(),
                    role: role(&word)?,
                    former_roles: former.iter().map(|word| role(word)).collect::<Stored<_>>()?,
                };
                let stored = record.and_then(|record| documents.get(&record).cloned());
                Ok(content(&pusher, &chain, stored))
            })
            .collect()
    }
}

fn told(row: Row, content: Content, lease: Option<LeaseStory>, fate: Option<FateTold>) -> Stored<HeldItem> {
    let Entry::Unaccepted(entry) = read::<Entry>("entry", &row.payload)? else {
        return Err(StoreError::Unreadable { what: "held entry" });
    };
    let captured_at = Item::read(&row.bytes).ok().map(|item| moment(item.captured_ms));
    let nobody =
        |fate: String| FateTold { fate, by_id: None, by_name: None, at: None, position: None, text: None };
    let state = match (row.held, &row.fate) {
        (_, Some(_)) => HeldState::Settled,
        (true, None) => HeldState::Held,
        (false, None) => HeldState::Refused,
    };
    Ok(HeldItem {
        position: row.position,
        state,
        person_id: row.person_id,
        person_name: row.person_name,
        device_id: row.device_id,
        device_name: row.device_name,
        store_generation: row.store_generation,
        number: row.number,
        captured_at,
        received_at: row.received_at,
        account_id: row.account_id,
        account_name: row.account_name,
        record_id: row.record_id.or(entry.record.map(|record| record.uuid())),
        code: row.code,
        rule: entry.reason.rule,
        path: entry.reason.path,
        text: entry.reason.text,
        lease,
        content,
        fate: fate.or(row.fate.map(nobody)),
    })
}
