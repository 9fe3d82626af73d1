//! Healing: which accounts a device has otherwise than the server, and the records of them that it lacks.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{AccountId, RecordId};
use roadbook_protocol::frame::{AccountDigest, RecordDigest};
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Mark, limits};
use roadbook_sync::ledger::ServerDevice;
use roadbook_sync::reader::{self, FillSource, PageRead};
use tracing::instrument;
use uuid::Uuid;

use super::fill;
use crate::store::cells::unsigned32;
use crate::store::fetch::leases::{leases_held, open_accounts};
use crate::store::{Store, Stored};

impl Store {
    /// The accounts of a device's scope whose digests differ from the device's.
    #[instrument(name = "db.digest.compare", skip_all, fields(device = %device.id), err(level = "debug"))]
    pub async fn compare(&self, device: &ServerDevice, theirs: &[AccountDigest]) -> Stored<Vec<AccountId>> {
        let theirs: BTreeMap<AccountId, u64> = theirs.iter().map(|row| (row.account, row.digest)).collect();
        let mut tx = self.snapshot().await?;
        let accounts = open_accounts(&leases_held(&mut tx, device.id).await?);
        let query =
            sqlx::query!("select id, digest from sync.account where id = any($1) order by id", &accounts);
        let ours = query.fetch_all(&mut *tx).await?;
        let differ = ours.into_iter().filter_map(|row| {
            let id = AccountId::from(row.id);
            (theirs.get(&id).copied().unwrap_or(0) != row.digest.cast_unsigned()).then_some(id)
        });
        Ok(differ.take(limits::DIGEST_PARTS_MAX).collect())
    }

    /// The records of these accounts that the device has otherwise or not at all, as they were at `upto`, which is how far
    /// the device has read; as many as fit a page, from `after` on. The first page names what the device has too much of.
    #[instrument(name = "db.digest.heal", skip_all, fields(device = %device.id), err(level = "debug"))]
    pub async fn heal(
        &self,
        device: &ServerDevice,
        accounts: &[AccountId],
        theirs: &[RecordDigest],
        upto: Mark,
        after: FillMark,
    ) -> Stored<PageRead> {
        let digests: BTreeMap<RecordId, u64> = theirs.iter().map(|row| (row.record, row.digest)).collect();
        let mut tx = self.snapshot().await?;
        let open: BTreeSet<Uuid> =
            open_accounts(&leases_held(&mut tx, device.id).await?).into_iter().collect();
        let scope: Vec<AccountId> =
            accounts.iter().copied().filter(|account| open.contains(&account.uuid())).collect();
        let accounts: Vec<Uuid> = scope.iter().map(|id| id.uuid()).collect();
        let ours = sqlx::query!(
            r#"
            select record.id, kind, account_id, creator_id, generation, fill_order, digest,
                   lying.territory_id as "territory_id?"
            from sync.record left join sync.account_now lying on lying.id = account_id
            where account_id = any($1) order by account_id, fill_order, record.id
            "#,
            &accounts
        )
        .fetch_all(&mut *tx)
        .await?;
        let known: BTreeSet<RecordId> = ours.iter().map(|row| row.id.into()).collect();
        let differ: Vec<FillSource> = ours
            .into_iter()
            .filter(|row| digests.get(&row.id.into()) != Some(&row.digest.cast_unsigned()))
            .filter(|row| follows(after, row.account_id, row.fill_order, row.id))
            .map(|row| FillSource {
                record: row.id.into(),
                kind: row.kind,
                order: u8::try_from(row.fill_order).unwrap_or(u8::MAX),
                account: row.account_id.into(),
                territory: row.territory_id.map(Into::into),
                creator: row.creator_id.into(),
                generation: unsigned32(row.generation),
                changes: Vec::new(),
                decision: None,
            })
            .collect();
        let (sources, whole) = fill::at(&mut tx, differ, upto.position).await?;
        let mut budget_bytes = limits::PAGE_BYTES_TARGET;
        let mut part = reader::fill(&self.settings.epoch, after, sources, whole, &mut budget_bytes);
        if after.token.is_none() {
            part.gone = reader::gone(&scope, theirs, |record| known.contains(&record));
        }
        Ok(PageRead { upto, entries: Vec::new(), fills: vec![part], more: false })
    }
}

/// Whether a record comes after a mark, or was sent in part.
fn follows(after: FillMark, account: Uuid, order: i16, record: Uuid) -> bool {
    let Some(token) = after.token else { return true };
    let sent = (token.account.uuid(), i16::from(token.order), token.record.uuid());
    let here = (account, order, record);
    here > sent || (here == sent && token.partial.is_some())
}
