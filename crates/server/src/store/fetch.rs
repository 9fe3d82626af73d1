//! Fetching the rows that an append touches into its book. Everything is read after the lock was taken, so it is what
//! the last append left.

mod answers;
pub(super) mod leases;

use std::collections::{BTreeMap, BTreeSet};

use automerge::Automerge;
use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, Envelope, Kind, RecordId, TerritoryId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::{Mark, Nonce};
use roadbook_sync::ledger::place::Urgency;
use roadbook_sync::ledger::{AccountRow, Aside, Needs, Record, Renewals, ServerDevice, Territory};
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::append::Append;
use super::cells::{read, role, signed, state, tag, unsigned, unsigned32};
use super::{StoreError, Stored};
use crate::ambient;

/// Documents that were loaded outside the lock, each with the version that it is.
pub type Documents = BTreeMap<RecordId, (u64, Automerge)>;

/// Push numbers that items of one append are about, in each device's live store generation.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Their own.
    pub pushed: Vec<(DeviceId, u64)>,
    /// Those of held items that they ask a fate for.
    pub settled: Vec<(DeviceId, u64)>,
}

impl Append<'_> {
    /// Everything that items of these devices need: see [`Needs`].
    #[instrument(name = "db.push.fetch", skip_all, err(level = "debug"))]
    pub(super) async fn fetch_push(
        &mut self,
        devices: &[DeviceId],
        numbers: &Numbers,
        needs: &Needs,
        documents: Documents,
    ) -> Stored<()> {
        self.fetch_devices(devices).await?;
        let records: Vec<RecordId> = needs.records.iter().copied().collect();
        self.fetch_records(&records, documents).await?;
        let flight = self.flight_of(devices).await?;
        self.fetch_leases(&needs.leases).await?;
        let accounts = self.fetch_accounts_whole(&needs.accounts).await?;
        self.fetch_leases_of(devices, &accounts).await?;
        flight.overlay(&mut self.book.leases);
        self.fetch_territories_of_leases().await?;
        self.fetch_receipts(&numbers.pushed).await?;
        self.fetch_held(devices, &records).await?;
        self.fetch_held_numbers(&numbers.settled).await?;
        self.fetch_changes(&needs.changes).await?;
        self.fetch_requests(&needs.requests).await
    }

    /// Devices by id.
    pub async fn fetch_devices(&mut self, ids: &[DeviceId]) -> Stored<()> {
        for id in ids {
            if let Some(device) = device(&mut self.tx, *id).await? {
                self.book.devices.insert(*id, device);
            }
        }
        Ok(())
    }

    /// Records by id, with their documents.
    pub async fn fetch_records(&mut self, ids: &[RecordId], documents: Documents) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let (known, versions): (Vec<Uuid>, Vec<i64>) =
            documents.iter().map(|(id, (version, _))| (id.uuid(), signed(*version))).unzip();
        let rows = sqlx::query!(
            r#"
            select record.id, kind, account_id, creator_id, generation, record.version, decision, digest,
                   created_at, changed_at, decided_at,
                   case when known.id is null then snapshot end as snapshot
            from sync.record
            left join unnest($2::uuid[], $3::bigint[]) known(id, version)
                on known.id = record.id and known.version = record.version
            where record.id = any($1)
            "#,
            &ids,
            &known,
            &versions
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let mut documents = documents;
        for row in rows {
            let id = RecordId::from(row.id);
            let doc = match (row.snapshot, documents.remove(&id)) {
                (None, Some((_, doc))) => doc,
                (snapshot, _) => load(&snapshot.unwrap_or_default())?,
            };
            if let Some(decided_at) = row.decided_at {
                self.decided.insert(id, decided_at.timestamp_millis());
            }
            let envelope = Envelope {
                id,
                kind: Kind::find(&row.kind).ok_or(StoreError::Unreadable { what: "kind" })?,
                account: row.account_id.into(),
                creator: row.creator_id.into(),
                generation: unsigned32(row.generation),
            };
            let decision = row.decision.map(|bytes| read("decision", &bytes)).transpose()?;
            let record = Record {
                envelope,
                version: unsigned(row.version),
                doc,
                decision,
                digest: row.digest.cast_unsigned(),
                at_ms: (row.created_at.timestamp_millis(), row.changed_at.timestamp_millis()),
            };
            self.book.records.insert(id, record);
        }
        Ok(())
    }

    /// Accounts by id.
    pub async fn fetch_accounts(&mut self, ids: &[AccountId]) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let rows = sqlx::query!(
            r#"
            select id as "id!", territory_id as "territory_id!", digest as "digest!", root_id from sync.accounts_now($1)
            "#,
            &ids
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let rows = rows.into_iter().map(|row| AccountRow {
            id: row.id.into(),
            territory: row.territory_id.into(),
            digest: row.digest.cast_unsigned(),
            root: row.root_id.map(AccountId::from),
        });
        self.book.accounts.extend(rows.map(|row| (row.id, row)));
        Ok(())
    }

    /// These accounts, those of the records and of the leases fetched so far, and all that is one with any of them: a lease
    /// on either counts for the other. And the roots' own records, which are told what is written to a part's (rule M6).
    pub(super) async fn fetch_accounts_whole(
        &mut self,
        accounts: &BTreeSet<AccountId>,
    ) -> Stored<Vec<AccountId>> {
        let of_records = self.book.records.values().map(|record| record.envelope.account);
        let of_leases = self.book.leases.values().filter_map(|lease| match lease.subject {
            Subject::Account(account) => Some(account),
            Subject::Territory(_) => None,
        });
        let known: BTreeSet<Uuid> =
            of_records.chain(of_leases).chain(accounts.iter().copied()).map(AccountId::uuid).collect();
        let known: Vec<Uuid> = known.into_iter().collect();
        let query = sqlx::query_scalar!(
            r#"
            with root as (select distinct coalesce(root_id, id) as id from sync.account where id = any($1))
            select id as "id!" from root
            union
            select part.id from root join sync.account part on part.root_id = root.id
            "#,
            &known
        );
        let whole = query.fetch_all(&mut *self.tx).await?.into_iter().chain(known).map(AccountId::from);
        let whole: Vec<AccountId> = whole.collect::<BTreeSet<_>>().into_iter().collect();
        self.fetch_accounts(&whole).await?;
        let of_parts = self.book.records.keys().map(|record| record.account());
        let roots = of_parts.filter_map(|account| self.book.accounts.get(&account)?.root);
        let roots: BTreeSet<RecordId> = roots.map(AccountId::record).collect();
        let lacking: Vec<RecordId> =
            roots.into_iter().filter(|root| !self.book.records.contains_key(root)).collect();
        self.fetch_records(&lacking, Documents::new()).await?;
        Ok(whole)
    }

    /// The accounts in use that lie in these territories, once all rows have followed the log.
    pub async fn fetch_accounts_in(&mut self, territories: &[TerritoryId]) -> Stored<Vec<AccountId>> {
        let territories: Vec<Uuid> = territories.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query_scalar!(
            "select id from sync.account where territory_id = any($1) and archived_at is null",
            &territories
        );
        let ids: Vec<AccountId> =
            query.fetch_all(&mut *self.tx).await?.into_iter().map(AccountId::from).collect();
        self.fetch_accounts(&ids).await?;
        self.fetch_urgency(&ids).await?;
        Ok(ids)
    }

    /// Which of these accounts come first in the fills of those who get them (rule P9).
    pub async fn fetch_urgency(&mut self, accounts: &[AccountId]) -> Stored<()> {
        let at = ambient::moment(self.book.now_ms);
        let found = urgency(&mut self.tx, accounts, at).await?;
        self.book.urgency.extend(found);
        Ok(())
    }

    /// The territories of the accounts fetched so far, each with the devices of those who are entitled to it.
    pub async fn fetch_territories_at_hand(&mut self) -> Stored<()> {
        let ids: BTreeSet<TerritoryId> = self.book.accounts.values().map(|row| row.territory).collect();
        self.fetch_territories(&ids.into_iter().collect::<Vec<_>>()).await
    }

    /// The same for the territories under the leases fetched so far: where accounts may be created.
    pub async fn fetch_territories_of_leases(&mut self) -> Stored<()> {
        let subjects = self.book.leases.values().map(|lease| lease.subject);
        let ids: BTreeSet<TerritoryId> = subjects
            .filter_map(|subject| match subject {
                Subject::Territory(territory) => Some(territory),
                Subject::Account(_) => None,
            })
            .collect();
        self.fetch_territories(&ids.into_iter().collect::<Vec<_>>()).await
    }

    /// Territories by id, each with the devices of those who are entitled to it.
    pub async fn fetch_territories(&mut self, ids: &[TerritoryId]) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        for &id in ids {
            self.book.territories.insert(id, Territory { id, devices: BTreeSet::new() });
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let rows = sqlx::query!(
            r#"
            select entitled.territory_id as "territory!", device.id as "device!"
            from org.entitled($1, $2) entitled
            join org.device on device.person_id = entitled.person_id
            where device.state = 'active'
            "#,
            &ids,
            ambient::moment(self.book.now_ms)
        )
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            if let Some(territory) = self.book.territories.get_mut(&row.territory.into()) {
                territory.devices.insert(row.device.into());
            }
        }
        Ok(())
    }
}

/// Accounts at which a visit is planned for about that moment, or tasks are open.
#[instrument(name = "db.account.urgency", skip_all, fields(accounts = accounts.len()), err(level = "debug"))]
pub(super) async fn urgency(
    connection: &mut PgConnection,
    accounts: &[AccountId],
    at: DateTime<Utc>,
) -> Stored<BTreeMap<AccountId, Urgency>> {
    // One account comes when it comes.
    if accounts.len() < 2 {
        return Ok(BTreeMap::new());
    }
    let accounts: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
    let query = sqlx::query!(
        r#"select account_id as "account!", has_visit as "has_visit!" from sync.urgent($1, $2)"#,
        &accounts,
        at
    );
    let rows = query.fetch_all(connection).await?.into_iter();
    Ok(rows
        .map(|row| (row.account.into(), if row.has_visit { Urgency::Visit } else { Urgency::Task }))
        .collect())
}

/// A device, as anything that judges knows it.
pub(super) async fn device(connection: &mut PgConnection, id: DeviceId) -> Stored<Option<ServerDevice>> {
    let row = sqlx::query!(
        r#"
        select device.id, person_id, role, former_roles, public_key, state, store_generation, last_number, nonce, start_position,
               start_chain, generation_used, renewed_from, renewed_at, given_at, cloned_at, aside_since, aside_bytes
        from org.device join org.person on person.id = device.person_id
        where device.id = $1
        "#,
        id.uuid()
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ServerDevice {
        id,
        person: row.person_id.into(),
        role: role(&row.role)?,
        former_roles: row.former_roles.iter().map(|word| role(word)).collect::<Stored<_>>()?,
        public_key: row.public_key,
        state: state(&row.state)?,
        store_generation: unsigned32(row.store_generation),
        last_number: unsigned(row.last_number),
        nonce: Nonce(tag(&row.nonce)?.0),
        start: Mark { position: unsigned(row.start_position), chain: tag(&row.start_chain)? },
        renewals: Renewals {
            used: row.generation_used,
            from: unsigned32(row.renewed_from),
            at_ms: row.renewed_at.iter().map(DateTime::timestamp_millis).collect(),
            given_ms: row.given_at.iter().map(DateTime::timestamp_millis).collect(),
            cloned_ms: row.cloned_at.as_ref().map(DateTime::timestamp_millis),
        },
        aside: Aside { since_ms: row.aside_since.timestamp_millis(), bytes: unsigned(row.aside_bytes) },
    }))
}

/// A stored document.
pub(super) fn load(snapshot: &[u8]) -> Stored<Automerge> {
    Automerge::load(snapshot).map_err(|_| StoreError::Unreadable { what: "document" })
}
