//! Storing what a book decided: one statement for each table, whatever the number of rows.

mod rows;

use std::collections::BTreeMap;

use roadbook_model::AccountId;
use roadbook_protocol::Entry;
use roadbook_protocol::entry::Reference;
use roadbook_sync::ledger::{HeldRow, NewEntry, StoredReceipt, Writes};
use sqlx::types::Json;
use tracing::instrument;
use uuid::Uuid;

use super::append::Append;
use super::cells::{signed, signed32, write};
use super::{StoreError, Stored};
use crate::ambient;

impl Append<'_> {
    /// Stores the writes of this append's book, whose rows they name.
    #[instrument(name = "db.log.persist", skip_all, fields(entries = writes.entries.len()), err(level = "debug"))]
    pub(super) async fn persist(&mut self, writes: Writes) -> Stored<()> {
        for new in &writes.entries {
            self.grown.insert(Uuid::from_bytes(new.channel), new.position);
            if let Entry::Decision(decision) = &new.entry {
                self.decided.insert(decision.record, self.book.now_ms);
            }
        }
        self.store_devices(&writes.devices).await?;
        self.store_entries(&writes.entries).await?;
        self.store_receipts(&writes.receipts).await?;
        self.store_held(&writes.held).await?;
        self.store_changes(&writes).await?;
        self.store_requests(&writes).await?;
        self.store_leases(&writes.leases).await?;
        self.store_accounts(&writes.accounts).await?;
        self.store_records(&writes.records).await?;
        self.store_places(&writes).await?;
        self.store_late_conflicts(&writes.entries).await?;
        for new in &writes.entries {
            if let Entry::Reference(reference) = &new.entry {
                self.store_reference(reference, new.position).await?;
            }
        }
        if let Some(next_order) = writes.next_order {
            sqlx::query!("update org.setting set next_order = $1", signed(next_order))
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    async fn store_entries(&mut self, entries: &[NewEntry]) -> Stored<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let positions: Vec<i64> = entries.iter().map(|new| signed(new.position)).collect();
        let channels: Vec<Uuid> = entries.iter().map(|new| Uuid::from_bytes(new.channel)).collect();
        let types: Vec<&str> = entries.iter().map(|new| new.entry.word()).collect();
        let accounts: Vec<Option<Uuid>> =
            entries.iter().map(|new| new.entry.account().map(|id| id.uuid())).collect();
        let records: Vec<Option<Uuid>> =
            entries.iter().map(|new| new.entry.record().map(|id| id.uuid())).collect();
        let devices: Vec<Option<Uuid>> =
            entries.iter().map(|new| new.entry.device().map(|id| id.uuid())).collect();
        let salts: Vec<&[u8]> = entries.iter().map(|new| &new.salt.0[..]).collect();
        let hashes: Vec<&[u8]> = entries.iter().map(|new| &new.hash.0[..]).collect();
        let chains: Vec<&[u8]> = entries.iter().map(|new| &new.chain.0[..]).collect();
        let payloads: Vec<&[u8]> = entries.iter().map(|new| &new.payload[..]).collect();
        let late: Vec<bool> =
            entries.iter().map(|new| matches!(&new.entry, Entry::Changes(changes) if changes.late)).collect();
        sqlx::query!(
            "
            insert into log.entry
                (position, at, channel, type, account_id, record_id, device_id, salt, hash, chain, payload, late)
            select position, $2, channel, type, account_id, record_id, device_id, salt, hash, chain, payload, late
            from unnest($1::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bytea[],
                        $9::bytea[], $10::bytea[], $11::bytea[], $12::boolean[])
                as new(position, channel, type, account_id, record_id, device_id, salt, hash, chain, payload, late)
            ",
            &positions,
            ambient::moment(self.book.now_ms),
            &channels,
            &types as &[&str],
            &accounts as &[Option<Uuid>],
            &records as &[Option<Uuid>],
            &devices as &[Option<Uuid>],
            &salts as &[&[u8]],
            &hashes as &[&[u8]],
            &chains as &[&[u8]],
            &payloads as &[&[u8]],
            &late
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn store_receipts(&mut self, receipts: &[StoredReceipt]) -> Stored<()> {
        let receipts: Vec<(Uuid, &StoredReceipt)> =
            receipts.iter().filter_map(|row| row.author.device.map(|device| (device.uuid(), row))).collect();
        if receipts.is_empty() {
            return Ok(());
        }
        let devices: Vec<Uuid> = receipts.iter().map(|(device, _)| *device).collect();
        let generations: Vec<i32> =
            receipts.iter().map(|(_, row)| signed32(row.author.store_generation)).collect();
        let numbers: Vec<i64> = receipts.iter().map(|(_, row)| signed(row.author.number)).collect();
        let people: Vec<Uuid> = receipts.iter().map(|(_, row)| row.author.person.uuid()).collect();
        let items: Vec<&[u8]> = receipts.iter().map(|(_, row)| &row.item.0[..]).collect();
        let positions: Vec<i64> = receipts.iter().map(|(_, row)| signed(row.receipt.position)).collect();
        let words: Vec<Vec<u8>> = receipts.iter().map(|(_, row)| write(&row.receipt)).collect();
        sqlx::query!(
            "
            insert into sync.receipt (device_id, store_generation, number, person_id, item, position, receipt)
            select * from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::uuid[], $5::bytea[], $6::bigint[],
                                 $7::bytea[])
            ",
            &devices,
            &generations,
            &numbers,
            &people,
            &items as &[&[u8]],
            &positions,
            &words
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// One by one: what is set aside is rare, and an item may be set aside and get its fate in one group.
    async fn store_held(&mut self, held: &[HeldRow]) -> Stored<()> {
        for row in held {
            let Some(device) = row.author.device else { continue };
            let (record, branch) = row.branch.unzip();
            sqlx::query!(
                "
                insert into sync.held (device_id, store_generation, number, person_id, bytes, record_id, branch,
                                       account_id, held, position, code, fate)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                on conflict (device_id, store_generation, number) do update set fate = excluded.fate
                ",
                device.uuid(),
                signed32(row.author.store_generation),
                signed(row.author.number),
                row.author.person.uuid(),
                row.bytes,
                record.map(|id| id.uuid()),
                branch.map(i64::from),
                row.account.map(AccountId::uuid),
                row.held,
                signed(row.position),
                row.code,
                row.fate
            )
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(())
    }

    async fn store_changes(&mut self, writes: &Writes) -> Stored<()> {
        if writes.changes.is_empty() {
            return Ok(());
        }
        let hashes: Vec<&[u8]> = writes.changes.iter().map(|(hash, _, _)| &hash.0[..]).collect();
        let records: Vec<Uuid> = writes.changes.iter().map(|(_, record, _)| record.uuid()).collect();
        let positions: Vec<i64> = writes.changes.iter().map(|(_, _, position)| signed(*position)).collect();
        sqlx::query!(
            "
            insert into sync.change (hash, record_id, position)
            select * from unnest($1::bytea[], $2::uuid[], $3::bigint[]) on conflict (hash) do nothing
            ",
            &hashes as &[&[u8]],
            &records,
            &positions
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn store_requests(&mut self, writes: &Writes) -> Stored<()> {
        if writes.requests.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = writes.requests.keys().map(|id| id.uuid()).collect();
        let receipts: Vec<Vec<u8>> = writes.requests.values().map(write).collect();
        sqlx::query!(
            "insert into sync.request (id, receipt) select * from unnest($1::uuid[], $2::bytea[])",
            &ids,
            &receipts
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn store_reference(&mut self, reference: &Reference, position: u64) -> Stored<()> {
        // The last word on a key counts; one statement may not meet a row twice.
        let latest: BTreeMap<&str, Option<&str>> =
            reference.items.iter().map(|item| (item.key.as_str(), item.json.as_deref())).collect();
        let gone: Vec<&str> = latest.iter().filter(|(_, json)| json.is_none()).map(|(key, _)| *key).collect();
        sqlx::query!(
            "delete from sync.reference where set = $1 and key = any($2)",
            reference.set,
            &gone as &[&str]
        )
        .execute(&mut *self.tx)
        .await?;
        let mut keys = Vec::new();
        let mut values = Vec::new();
        for (key, json) in latest {
            let Some(json) = json else { continue };
            let value: serde_json::Value =
                serde_json::from_str(json).map_err(|_| StoreError::Unreadable { what: "reference value" })?;
            keys.push(key);
            values.push(Json(value));
        }
        sqlx::query!(
            "
            insert into sync.reference (set, key, json, position)
            select $1, key, json, $2 from unnest($3::text[], $4::jsonb[]) as new(key, json)
            on conflict (set, key) do update set json = excluded.json, position = excluded.position
            ",
            reference.set,
            signed(position),
            &keys as &[&str],
            &values as &[Json<serde_json::Value>]
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
