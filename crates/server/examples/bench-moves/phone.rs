//! A rep's device as the store sees it: it pushes visits.

use roadbook_model::{AccountId, Fields, Kind, LeaseId, RecordId, Value, document};
use roadbook_protocol::item::{Changes, NewRecord};
use roadbook_protocol::{Blob, Item, ItemBody, encode};
use roadbook_server::store::Store;
use roadbook_sync::ledger::ServerDevice;
use roadbook_sync::{actor, gate};
use sqlx::types::Uuid;

use crate::world;

/// A device with one of its accounts.
pub struct Phone {
    pub row: ServerDevice,
    account: AccountId,
    lease: LeaseId,
    number: u64,
}

impl Phone {
    /// A rep's device; it works on this account, which must be the rep's.
    pub async fn new(store: &Store, rep: i32, account: i32) -> Self {
        let id = world::device(store, rep).await;
        let account = world::account(store, account).await;
        let mut append = store.append().await.unwrap();
        append.fetch_devices(&[id]).await.unwrap();
        let row = append.book.devices.remove(&id).unwrap();
        drop(append);
        let query = sqlx::query_scalar(
            "select id from sync.lease where device_id = $1 and account_id = $2 and withdrawn is null",
        );
        let lease: Uuid = query.bind(id.uuid()).bind(account.uuid()).fetch_one(store.pool()).await.unwrap();
        let number = row.last_number;
        Self { row, account, lease: lease.into(), number }
    }

    /// Pushes one visit and waits until it is durable.
    pub async fn push(&mut self, store: &Store) {
        self.number += 1;
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.number.to_be_bytes());
        random[8..].copy_from_slice(&self.row.id.as_bytes()[..2]);
        let record = RecordId::new(1_800_000_000_000, random);
        let text = |text: &str| Value::Str(text.into());
        let content =
            Fields::from([("state".to_owned(), text("planned")), ("subject".to_owned(), text("A visit"))]);
        let actor = actor::derive(self.row.id, self.row.store_generation, record, 0);
        let doc = document::create(Kind::VISIT.spec(), actor, 1_800_000_000, &content).unwrap();
        let changes = document::change_bytes(&doc);
        let changes =
            changes.into_iter().map(|bytes| Blob(gate::plain_chunk(&bytes).unwrap_or(bytes))).collect();
        let item = encode(&Item {
            number: self.number,
            lease: self.lease,
            captured_ms: 1_800_000_000_000,
            reapplies: None,
            body: ItemBody::Changes(Changes {
                record,
                generation: 0,
                branch: 0,
                kind_version: Kind::VISIT.spec().version,
                changes,
                new: Some(NewRecord { kind: "visit".to_owned(), account: self.account, opens: None }),
            }),
        });
        let answer = store.push(&self.row, vec![item]).await.unwrap();
        assert!(
            answer.receipts.iter().all(|receipt| matches!(
                receipt.outcome,
                roadbook_protocol::Outcome::InRecord { late: false }
            )),
            "{answer:?}"
        );
    }
}
