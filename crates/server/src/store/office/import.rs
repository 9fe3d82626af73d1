//! Bulk import: records from another system, in one transaction, through the same log as everything else.

use std::collections::BTreeSet;

use roadbook_model::{AccountId, RecordId, TerritoryId};
use roadbook_sync::ledger::import::Imported;
use tracing::instrument;
use uuid::Uuid;

use super::placing::place_imported;
use super::{Done, OfficeError, unknown};
use crate::store::append::Append;
use crate::store::{Store, Stored};

/// Records that are held in memory at once.
const PIECE: usize = 1_000;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Records taken in.
    pub added: usize,
    /// Records that existed already and were left alone.
    pub known: usize,
}

impl Store {
    /// Imports records, accounts before what belongs to them. All or nothing: the first that breaks a rule undoes it.
    #[instrument(name = "db.record.import", skip_all, fields(records = records.len()), err(level = "debug"))]
    pub async fn import(&self, records: Vec<Imported>) -> Done<ImportCount> {
        let mut append = self.append().await?;
        let count = import(&mut append, records).await?;
        append.commit().await?;
        Ok(count)
    }
}

/// Takes records into an append, and stores them without committing.
pub(super) async fn import(append: &mut Append<'_>, records: Vec<Imported>) -> Done<ImportCount> {
    let known = known(append, &records).await?;
    let mut records = records;
    records.retain(|record| !known.contains(&record.envelope.id));
    place_imported(append, &mut records).await?;
    let mut count = ImportCount { added: 0, known: known.len() };
    let territories: BTreeSet<TerritoryId> = records.iter().filter_map(|record| record.territory).collect();
    append.fetch_territories(&territories.into_iter().collect::<Vec<_>>()).await?;
    let mut fresh = records.into_iter().peekable();
    while fresh.peek().is_some() {
        let piece: Vec<Imported> = fresh.by_ref().take(PIECE).collect();
        count.added += take(append, piece).await?;
        append.store().await?;
        append.book.records.clear();
        append.book.changes.clear();
    }
    Ok(count)
}

/// Which of these records exist already.
async fn known(append: &mut Append<'_>, records: &[Imported]) -> Stored<BTreeSet<RecordId>> {
    let ids: Vec<Uuid> = records.iter().map(|record| record.envelope.id.uuid()).collect();
    let query = sqlx::query_scalar!("select id from sync.record where id = any($1)", &ids);
    Ok(query.fetch_all(append.connection()).await?.into_iter().map(RecordId::from).collect())
}

async fn take(append: &mut Append<'_>, piece: Vec<Imported>) -> Done<usize> {
    let accounts: BTreeSet<AccountId> = piece
        .iter()
        .map(|record| record.envelope.account)
        .filter(|account| !append.book.accounts.contains_key(account))
        .collect();
    append.fetch_accounts(&accounts.into_iter().collect::<Vec<_>>()).await?;
    let mut added = 0;
    for record in piece {
        let id = record.envelope.id;
        let is_placed =
            record.territory.is_some() || append.book.accounts.contains_key(&record.envelope.account);
        if !is_placed {
            return Err(unknown("account", record.envelope.account));
        }
        let taken = append
            .book
            .import(record)
            .map_err(|violation| OfficeError::Violation { record: id, violation })?;
        added += usize::from(taken);
    }
    Ok(added)
}
