//! The hand-over brief of an account, from the record as it is accepted. What it says is the model's affair; here is
//! what it is made from.

pub mod names;
mod outstanding;

use automerge::Automerge;
use chrono::{DateTime, Utc};
use roadbook_model::brief::{Brief, Decided, Dossier, Part, brief};
use roadbook_model::{AccountId, Envelope, Kind, document};
use roadbook_protocol::entry::Decision;
use tracing::instrument;
use uuid::Uuid;

use crate::ambient;
use crate::store::cells::{read, unsigned32};
use crate::store::fetch::load;
use crate::store::{Store, StoreError, Stored};

/// A record as it is stored.
struct Row {
    id: Uuid,
    kind: String,
    account_id: Uuid,
    creator_id: Uuid,
    generation: i32,
    snapshot: Vec<u8>,
    decision: Option<Vec<u8>>,
}

impl Store {
    /// The brief of an account as of now, with what has not arrived yet of those who had it before; `None` for an
    /// account that is not in the record.
    pub async fn brief(&self, account: AccountId) -> Stored<Option<Brief>> {
        self.brief_at(account, ambient::moment(ambient::now_ms())).await
    }

    /// The same, judged as of a moment: what is overdue and neglected is so then. The records are those of now.
    #[instrument(name = "db.account.brief", skip_all, fields(%account), err(level = "debug"))]
    pub async fn brief_at(&self, account: AccountId, now: DateTime<Utc>) -> Stored<Option<Brief>> {
        let rows = sqlx::query_as!(
            Row,
            "
            select id, kind, account_id, creator_id, generation, snapshot, decision from sync.record
            where account_id in (select account_id from sync.one($1)) and (kind <> 'account' or id = $1)
            ",
            account.uuid()
        )
        .fetch_all(self.pool())
        .await?;
        if !rows.iter().any(|row| row.id == account.uuid()) {
            return Ok(None);
        }
        // Loading documents is work for a processor, not for the runtime's own threads.
        let loading = tokio::task::spawn_blocking(move || rows.into_iter().map(part).collect());
        let loaded: Stored<Vec<Part>> =
            loading.await.map_err(|_| StoreError::Broken { what: "loading an account" })?;
        let parts = loaded?;
        let outstanding = Some(self.outstanding(account, now).await?);
        let people = self.names_of(Dossier::people_in(&parts)).await?;
        let dossier = Dossier { account, parts, people, now_ms: now.timestamp_millis(), outstanding };
        Ok(Some(brief(&dossier)))
    }
}

fn part(row: Row) -> Stored<Part> {
    let envelope = Envelope {
        id: row.id.into(),
        kind: Kind::find(&row.kind).ok_or(StoreError::Unreadable { what: "kind" })?,
        account: row.account_id.into(),
        creator: row.creator_id.into(),
        generation: unsigned32(row.generation),
    };
    let doc = load(&row.snapshot)?;
    let decision = row.decision.map(|bytes| read::<Decision>("decision", &bytes)).transpose()?;
    Ok(part_of(envelope, &doc, decision))
}

fn part_of(envelope: Envelope, doc: &Automerge, decision: Option<Decision>) -> Part {
    let spec = envelope.kind.spec();
    let conflicts = document::conflicts(spec, doc).into_iter().map(|conflict| conflict.path).collect();
    let decision = decision.map(|decision| Decided {
        state: decision.state,
        number: decision.number,
        total_minor: decision.total_minor,
        currency: decision.currency,
        effective_ms: decision.effective_ms,
    });
    Part { envelope, fields: document::hydrate(spec, doc), decision, conflicts }
}
