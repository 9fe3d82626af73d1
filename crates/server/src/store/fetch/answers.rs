//! Answers that were given before: a repeated item, change or request gets the same one.

use std::collections::BTreeSet;

use roadbook_model::{DeviceId, RecordId, RequestId};
use roadbook_protocol::entry::Author;
use roadbook_protocol::{Hash, Receipt};
use roadbook_sync::ledger::{HeldRow, StoredReceipt};
use uuid::Uuid;

use crate::store::Stored;
use crate::store::append::Append;
use crate::store::cells::{hash, read, signed, signed32, unsigned, unsigned32};

impl Append<'_> {
    /// Receipts by device and push number, in the device's live generation.
    pub(super) async fn fetch_receipts(&mut self, numbers: &[(DeviceId, u64)]) -> Stored<()> {
        let (devices, numbers): (Vec<Uuid>, Vec<i64>) =
            numbers.iter().map(|(device, number)| (device.uuid(), signed(*number))).unzip();
        if devices.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query!(
            r#"
            select receipt.device_id, receipt.store_generation, receipt.number, receipt.person_id, item, receipt
            from unnest($1::uuid[], $2::bigint[]) asked(device_id, number)
            join org.device on device.id = asked.device_id
            join sync.receipt on receipt.device_id = asked.device_id
                and receipt.store_generation = device.store_generation and receipt.number = asked.number
            "#,
            &devices,
            &numbers
        )
        .fetch_all(&mut *self.tx)
        .await?;
        for row in rows {
            let author = Author {
                person: row.person_id.into(),
                device: Some(row.device_id.into()),
                store_generation: unsigned32(row.store_generation),
                number: unsigned(row.number),
            };
            let receipt: Receipt = read("receipt", &row.receipt)?;
            let key = (row.device_id.into(), author.store_generation, author.number);
            self.book.receipts.insert(key, StoredReceipt { author, item: hash(&row.item)?, receipt });
        }
        Ok(())
    }

    /// What is set aside of these devices' work on these records. Those that got a fate come too: a retired branch stays
    /// retired.
    pub(in crate::store) async fn fetch_held(
        &mut self,
        devices: &[DeviceId],
        records: &[RecordId],
    ) -> Stored<()> {
        if records.is_empty() {
            return Ok(());
        }
        let devices: Vec<Uuid> = devices.iter().map(|id| id.uuid()).collect();
        let records: Vec<Uuid> = records.iter().map(|id| id.uuid()).collect();
        let rows = sqlx::query_as!(
            HeldCells,
            "select * from sync.held where device_id = any($1) and record_id = any($2)",
            &devices,
            &records
        )
        .fetch_all(&mut *self.tx)
        .await?;
        self.add_held(rows);
        Ok(())
    }

    /// What is set aside under these push numbers, in each device's live generation.
    pub(super) async fn fetch_held_numbers(&mut self, numbers: &[(DeviceId, u64)]) -> Stored<()> {
        if numbers.is_empty() {
            return Ok(());
        }
        let (devices, numbers): (Vec<Uuid>, Vec<i64>) =
            numbers.iter().map(|(device, number)| (device.uuid(), signed(*number))).unzip();
        let rows = sqlx::query_as!(
            HeldCells,
            "
            select held.*
            from unnest($1::uuid[], $2::bigint[]) asked(device_id, number)
            join org.device on device.id = asked.device_id
            join sync.held on held.device_id = asked.device_id
                and held.store_generation = device.store_generation and held.number = asked.number
            ",
            &devices,
            &numbers
        )
        .fetch_all(&mut *self.tx)
        .await?;
        self.add_held(rows);
        Ok(())
    }

    /// One item that was set aside.
    pub async fn fetch_held_item(&mut self, key: (DeviceId, u32, u64)) -> Stored<()> {
        let rows = sqlx::query_as!(
            HeldCells,
            "select * from sync.held where device_id = $1 and store_generation = $2 and number = $3",
            key.0.uuid(),
            signed32(key.1),
            signed(key.2)
        )
        .fetch_all(&mut *self.tx)
        .await?;
        self.add_held(rows);
        Ok(())
    }

    /// One item that was set aside, and what else of its store is held since: it may wait on it.
    pub async fn fetch_held_after(&mut self, key: (DeviceId, u32, u64)) -> Stored<()> {
        let rows = sqlx::query_as!(
            HeldCells,
            "
            select * from sync.held
            where device_id = $1 and store_generation = $2
                and (number = $3 or number > $3 and held and fate is null)
            ",
            key.0.uuid(),
            signed32(key.1),
            signed(key.2)
        )
        .fetch_all(&mut *self.tx)
        .await?;
        self.add_held(rows);
        Ok(())
    }

    /// Accepted changes by hash.
    pub(super) async fn fetch_changes(&mut self, hashes: &BTreeSet<Hash>) -> Stored<()> {
        if hashes.is_empty() {
            return Ok(());
        }
        let hashes: Vec<&[u8]> = hashes.iter().map(|hash| &hash.0[..]).collect();
        let query = sqlx::query!(
            "select hash, record_id, position from sync.change where hash = any($1)",
            &hashes as &[&[u8]]
        );
        for row in query.fetch_all(&mut *self.tx).await? {
            self.book.changes.insert(hash(&row.hash)?, (row.record_id.into(), unsigned(row.position)));
        }
        Ok(())
    }

    /// Answered requests by id.
    pub async fn fetch_requests(&mut self, ids: &BTreeSet<RequestId>) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query!("select id, receipt from sync.request where id = any($1)", &ids);
        for row in query.fetch_all(&mut *self.tx).await? {
            self.book.requests.insert(row.id.into(), read("receipt", &row.receipt)?);
        }
        Ok(())
    }

    fn add_held(&mut self, rows: Vec<HeldCells>) {
        for row in rows {
            let author = Author {
                person: row.person_id.into(),
                device: Some(row.device_id.into()),
                store_generation: unsigned32(row.store_generation),
                number: unsigned(row.number),
            };
            let branch = row.branch.and_then(|branch| u32::try_from(branch).ok());
            let held = HeldRow {
                author,
                bytes: row.bytes,
                branch: row.record_id.map(RecordId::from).zip(branch),
                account: row.account_id.map(Into::into),
                held: row.held,
                position: unsigned(row.position),
                code: row.code,
                fate: row.fate,
            };
            let key = (row.device_id.into(), author.store_generation, author.number);
            self.book.held.insert(key, held);
        }
    }
}

/// A row of `sync.held`.
struct HeldCells {
    device_id: Uuid,
    store_generation: i32,
    number: i64,
    person_id: Uuid,
    bytes: Vec<u8>,
    record_id: Option<Uuid>,
    branch: Option<i64>,
    account_id: Option<Uuid>,
    held: bool,
    position: i64,
    code: String,
    fate: Option<String>,
}
