//! Rows that an append changes, each stored as it now stands in the book.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use roadbook_model::{AccountId, DeviceId, LeaseId, RecordId};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::Subject;
use roadbook_sync::ledger::{Lease, Record, Writes};
use sqlx::types::Json;
use uuid::Uuid;

use crate::ambient::moment;
use crate::store::Stored;
use crate::store::append::Append;
use crate::store::cells::{policy_word, signed, signed32, state_word, write};
use crate::store::fetch::Documents;
use crate::store::office::conflicts::index::conflict_rows;
use crate::store::project::{Place, central_row};

impl Append<'_> {
    /// Devices exist already: enrolment adds the row before it asks the book.
    ///
    /// The nonce is not among what is stored: a hello changes it without the log's lock. What has come since the hello does not
    /// wait any more, and a device of which nothing waits is one that was heard of just now.
    pub(super) async fn store_devices(&mut self, ids: &BTreeSet<DeviceId>) -> Stored<()> {
        for device in ids.iter().filter_map(|id| self.book.devices.get(id)) {
            sqlx::query!(
                "
                update org.device
                set state = $2, store_generation = $3, last_number = $4, start_position = $5, start_chain = $6,
                    wiped_at = case when $2 = 'wiped' then coalesce(wiped_at, $7) else wiped_at end,
                    aside_since = $8, aside_bytes = $9,
                    unsent = greatest(0, unsent - greatest(0, $4 - last_number))::integer,
                    last_seen_at = case when $4 > last_number and unsent <= $4 - last_number then $7 else last_seen_at end
                where id = $1
                ",
                device.id.uuid(),
                state_word(device.state),
                signed32(device.store_generation),
                signed(device.last_number),
                signed(device.start.position),
                &device.start.chain.0[..],
                moment(self.book.now_ms),
                moment(device.aside.since_ms),
                signed(device.aside.bytes)
            )
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(())
    }

    pub(super) async fn store_leases(&mut self, ids: &BTreeSet<LeaseId>) -> Stored<()> {
        let leases: Vec<&Lease> = ids.iter().filter_map(|id| self.book.leases.get(id)).collect();
        if leases.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = leases.iter().map(|lease| lease.id.uuid()).collect();
        let devices: Vec<Uuid> = leases.iter().map(|lease| lease.device.uuid()).collect();
        let (accounts, territories): (Vec<Option<Uuid>>, Vec<Option<Uuid>>) = leases
            .iter()
            .map(|lease| match lease.subject {
                Subject::Account(account) => (Some(account.uuid()), None),
                Subject::Territory(territory) => (None, Some(territory.uuid())),
            })
            .unzip();
        let granted: Vec<i64> = leases.iter().map(|lease| signed(lease.granted)).collect();
        let withdrawn = leases.iter().map(|lease| lease.withdrawn);
        let withdrawn_at: Vec<Option<i64>> =
            withdrawn.clone().map(|it| it.map(|it| signed(it.position))).collect();
        let policies: Vec<Option<&str>> =
            withdrawn.clone().map(|it| it.map(|it| policy_word(it.policy))).collect();
        let graces: Vec<Option<DateTime<Utc>>> =
            withdrawn.map(|it| it.map(|it| moment(it.grace_until_ms))).collect();
        let closed: Vec<Option<i64>> = leases.iter().map(|lease| lease.closed.map(signed)).collect();
        sqlx::query!(
            "
            insert into sync.lease
                (id, device_id, account_id, territory_id, granted, withdrawn, late_policy, grace_until, closed)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[],
                                 $7::text[], $8::timestamptz[], $9::bigint[])
            on conflict (id) do update set
                granted = excluded.granted, withdrawn = excluded.withdrawn, late_policy = excluded.late_policy,
                grace_until = excluded.grace_until, closed = excluded.closed
            ",
            &ids,
            &devices,
            &accounts as &[Option<Uuid>],
            &territories as &[Option<Uuid>],
            &granted,
            &withdrawn_at as &[Option<i64>],
            &policies as &[Option<&str>],
            &graces as &[Option<DateTime<Utc>>],
            &closed as &[Option<i64>]
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    pub(super) async fn store_accounts(&mut self, ids: &BTreeSet<AccountId>) -> Stored<()> {
        let accounts: Vec<_> = ids.iter().filter_map(|id| self.book.accounts.get(id)).collect();
        if accounts.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = accounts.iter().map(|row| row.id.uuid()).collect();
        let territories: Vec<Uuid> = accounts.iter().map(|row| row.territory.uuid()).collect();
        let digests: Vec<i64> = accounts.iter().map(|row| row.digest.cast_signed()).collect();
        let roots: Vec<Option<Uuid>> = accounts.iter().map(|row| row.root.map(AccountId::uuid)).collect();
        sqlx::query!(
            "
            insert into sync.account (id, territory_id, digest, root_id)
            select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[])
            on conflict (id) do update set
                territory_id = excluded.territory_id, digest = excluded.digest, root_id = excluded.root_id
            ",
            &ids,
            &territories,
            &digests,
            &roots as &[Option<Uuid>]
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// The documents, and with them the central record.
    pub(super) async fn store_records(&mut self, ids: &BTreeSet<RecordId>) -> Stored<()> {
        let archived = self.put_records(ids).await?;
        // What is taken into an archived account is not to go unseen: all of it comes back.
        self.bring_back(&archived).await
    }

    /// Shows those of these accounts again that are archived, with all that is one with them.
    pub(in crate::store) async fn bring_back(&mut self, accounts: &[Uuid]) -> Stored<()> {
        if accounts.is_empty() {
            return Ok(());
        }
        let query = sqlx::query_scalar!(
            "
            update sync.account set archived_at = null
            where archived_at is not null
              and id in (select one.account_id from unnest($1::uuid[]) as given(id), sync.one(given.id) one)
            returning id
            ",
            accounts
        );
        let ids: Vec<Uuid> = query.fetch_all(&mut *self.tx).await?;
        let query = sqlx::query_scalar!("select id from sync.record where account_id = any($1)", &ids);
        let records: BTreeSet<RecordId> =
            query.fetch_all(&mut *self.tx).await?.into_iter().map(RecordId::from).collect();
        self.fetch_accounts(&ids.iter().copied().map(AccountId::from).collect::<Vec<_>>()).await?;
        let missing: Vec<RecordId> =
            records.iter().copied().filter(|id| !self.book.records.contains_key(id)).collect();
        self.fetch_records(&missing, Documents::new()).await?;
        self.put_records(&records).await?;
        // Whoever holds a territory above one of them gets it as with a holding that begins: the job of those sees to it.
        sqlx::query!(
            "
            update org.holder set begun_at = null
            where (to_at is null or to_at > $2) and from_at <= $2
              and territory_id in (select above.id from sync.account, org.above(account.territory_id) above
                                   where account.id = any($1))
            ",
            &ids,
            moment(self.book.now_ms)
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Stores records as they stand in the book; says which of their accounts are archived.
    async fn put_records(&mut self, ids: &BTreeSet<RecordId>) -> Stored<Vec<Uuid>> {
        let records: Vec<&Record> = ids.iter().filter_map(|id| self.book.records.get(id)).collect();
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let decided: Vec<Option<i64>> =
            records.iter().map(|record| self.decided.get(&record.envelope.id).copied()).collect();
        let rows: Vec<_> =
            records.iter().zip(&decided).map(|(record, decided)| self.shown(record, *decided)).collect();
        let root = |record: &Record| self.book.root_of(record.envelope.account);
        let conflicts = records.iter().flat_map(|record| conflict_rows(record, root(record))).collect();
        let envelopes = records.iter().map(|record| record.envelope);
        let ids: Vec<Uuid> = envelopes.clone().map(|envelope| envelope.id.uuid()).collect();
        let kinds: Vec<&str> = envelopes.clone().map(|envelope| envelope.kind.name()).collect();
        let accounts: Vec<Uuid> = envelopes.clone().map(|envelope| envelope.account.uuid()).collect();
        let creators: Vec<Uuid> = envelopes.clone().map(|envelope| envelope.creator.uuid()).collect();
        let generations: Vec<i32> = envelopes.clone().map(|envelope| signed32(envelope.generation)).collect();
        let orders: Vec<i16> = envelopes.map(|envelope| i16::from(envelope.kind.spec().fill_order)).collect();
        let versions: Vec<i64> = records.iter().map(|record| signed(record.version)).collect();
        let snapshots: Vec<Vec<u8>> = records.iter().map(|record| record.doc.save()).collect();
        let decisions: Vec<Option<Vec<u8>>> =
            records.iter().map(|record| record.decision.as_ref().map(write)).collect();
        let digests: Vec<i64> = records.iter().map(|record| record.digest.cast_signed()).collect();
        let created: Vec<DateTime<Utc>> = records.iter().map(|record| moment(record.at_ms.0)).collect();
        let changed: Vec<DateTime<Utc>> = records.iter().map(|record| moment(record.at_ms.1)).collect();
        let decided: Vec<Option<DateTime<Utc>>> = decided.into_iter().map(|ms| ms.map(moment)).collect();
        let query = sqlx::query_scalar!(
            "
            with stored as (
                insert into sync.record
                    (id, kind, account_id, creator_id, generation, version, snapshot, decision, digest, fill_order,
                     created_at, changed_at, decided_at)
                select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::integer[], $6::bigint[],
                                     $7::bytea[], $8::bytea[], $9::bigint[], $10::smallint[], $11::timestamptz[],
                                     $12::timestamptz[], $13::timestamptz[])
                on conflict (id) do update set
                    generation = excluded.generation, version = excluded.version, snapshot = excluded.snapshot,
                    decision = excluded.decision, digest = excluded.digest, changed_at = excluded.changed_at,
                    decided_at = excluded.decided_at
            )
            select id from sync.account where archived_at is not null and id = any($3)
            ",
            &ids,
            &kinds as &[&str],
            &accounts,
            &creators,
            &generations,
            &versions,
            &snapshots,
            &decisions as &[Option<Vec<u8>>],
            &digests,
            &orders,
            &created,
            &changed,
            &decided as &[Option<DateTime<Utc>>]
        );
        let archived = query.fetch_all(&mut *self.tx).await?;
        sqlx::query!(
            "select record.put(kind, doc) from unnest($1::text[], $2::jsonb[]) as new(kind, doc)",
            &kinds as &[&str],
            &rows as &[Json<serde_json::Value>]
        )
        .execute(&mut *self.tx)
        .await?;
        self.store_conflicts(&ids, conflicts).await?;
        Ok(archived)
    }

    /// A record as a row of the central record.
    fn shown(&self, record: &Record, decided_ms: Option<i64>) -> Json<serde_json::Value> {
        let account = self.book.accounts.get(&record.envelope.account);
        let place =
            Place { territory: account.map(|row| row.territory), root: account.and_then(|row| row.root) };
        Json(central_row(record, place, decided_ms))
    }

    /// Where new accounts lie. Those that are moved follow their entries: see `office::reassignments::follow`.
    pub(super) async fn store_places(&mut self, writes: &Writes) -> Stored<()> {
        for new in &writes.entries {
            let Entry::Changes(changes) = &new.entry else { continue };
            let Some(opened) = changes.opens else { continue };
            sqlx::query!(
                "insert into sync.place (account_id, territory_id, from_position) values ($1, $2, $3)",
                changes.account.uuid(),
                opened.territory.uuid(),
                signed(new.position)
            )
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(())
    }
}
