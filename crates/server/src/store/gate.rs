//! A device's push, from its bytes to its answer: the gate's work outside any lock, then the writer.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::Automerge;
use roadbook_model::{Envelope, Kind, RecordId};
use roadbook_sync::ledger::{Gated, Needs, ServerDevice};
use tracing::instrument;
use uuid::Uuid;

use super::fetch::{Documents, load};
use super::office::audit::By;
use super::writer::{Answer, Batch, Items};
use super::{Store, StoreError, Stored, cells};

/// A stored record, not loaded yet.
struct Snapshot {
    envelope: Envelope,
    version: u64,
    bytes: Vec<u8>,
}

impl Store {
    /// Judges what a device pushed, and returns when the answers are durable.
    #[instrument(name = "db.push.add", skip_all, fields(device = %device.id, items = items.len()), err(level = "debug"))]
    pub async fn push(&self, device: &ServerDevice, items: Vec<Vec<u8>>) -> Stored<Answer> {
        self.push_by(device, items, None).await
    }

    /// The same; if somebody of the office brought it in the device's place, that is in the audit with it.
    pub(super) async fn push_by(
        &self,
        device: &ServerDevice,
        items: Vec<Vec<u8>>,
        brought_by: Option<By>,
    ) -> Stored<Answer> {
        let snapshots = self.snapshots(&items).await?;
        let pusher = device.into();
        let device = device.clone();
        let items = Arc::new(items);
        let prepared = Arc::clone(&items);
        let gating = tokio::task::spawn_blocking(move || prepare(&device, &prepared, snapshots));
        // Should the gate break off, the writer finds the one item that it breaks at.
        let (gated, documents) = gating.await.unwrap_or_else(|_| Ok((Vec::new(), Documents::new())))?;
        self.writer().append(Batch { pusher, items, gated, documents, brought_by }).await
    }

    /// The records that items touch, as they are stored now.
    async fn snapshots(&self, items: &[Vec<u8>]) -> Stored<Vec<Snapshot>> {
        let mut needs = Needs::default();
        items.iter().for_each(|item| needs.add(item));
        if needs.records.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = needs.records.iter().map(|id| id.uuid()).collect();
        let query = sqlx::query!(
            "select id, kind, account_id, creator_id, generation, version, snapshot from sync.record where id = any($1)",
            &ids
        );
        let rows = query.fetch_all(&self.pool).await?;
        rows.into_iter()
            .map(|row| {
                let envelope = Envelope {
                    id: row.id.into(),
                    kind: Kind::find(&row.kind).ok_or(StoreError::Unreadable { what: "kind" })?,
                    account: row.account_id.into(),
                    creator: row.creator_id.into(),
                    generation: cells::unsigned32(row.generation),
                };
                Ok(Snapshot { envelope, version: cells::unsigned(row.version), bytes: row.snapshot })
            })
            .collect()
    }
}

type Prepared = (Vec<Option<Gated>>, Documents);

fn prepare(device: &ServerDevice, items: &Items, snapshots: Vec<Snapshot>) -> Stored<Prepared> {
    let mut loaded: BTreeMap<RecordId, (Envelope, u64, Automerge)> = BTreeMap::new();
    for Snapshot { envelope, version, bytes } in snapshots {
        loaded.insert(envelope.id, (envelope, version, load(&bytes)?));
    }
    let gated = Gated::prepare(device, items, |record| {
        loaded.get(&record).map(|(envelope, _, doc)| (*envelope, doc.clone()))
    });
    let documents = loaded.into_iter().map(|(id, (_, version, doc))| (id, (version, doc))).collect();
    Ok((gated, documents))
}
