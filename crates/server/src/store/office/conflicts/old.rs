//! The conflicts of what an earlier version wrote, which kept none: found once, at the first start after the upgrade.

use automerge::Automerge;
use roadbook_model::{AccountId, Envelope, Kind};
use roadbook_protocol::Entry;
use roadbook_sync::ledger::Record;
use tracing::{info, instrument};
use uuid::Uuid;

use super::index::{conflict_rows, late_rows};
use crate::store::append::Append;
use crate::store::cells::{read, unsigned, unsigned32};
use crate::store::{Store, StoreError, Stored};

/// Records whose documents are in memory at once.
const PIECE: i64 = 200;

impl Store {
    /// Finds the conflicts of all records and writes them down, unless that was done.
    #[instrument(name = "db.conflict.find_old", skip_all, err)]
    pub(in crate::store) async fn find_old_conflicts(&self) -> Stored<()> {
        let found =
            sqlx::query_scalar!("select conflicts_found from org.setting").fetch_one(self.pool()).await?;
        if found {
            return Ok(());
        }
        // Under the log's lock: no other node writes a record, or does the same, meanwhile.
        let mut append = self.append().await?;
        let records = append.find_old_conflicts_of_records().await?;
        append.find_old_late_conflicts().await?;
        sqlx::query!("update org.setting set conflicts_found = true").execute(append.connection()).await?;
        append.commit().await?;
        if records > 0 {
            info!(records, "looked for conflicts in what was written before they were kept");
        }
        Ok(())
    }
}

impl Append<'_> {
    async fn find_old_conflicts_of_records(&mut self) -> Stored<usize> {
        let (mut last, mut count) = (Uuid::nil(), 0);
        loop {
            let query = sqlx::query!(
                r#"
                select record.id, kind, account_id, creator_id, generation, version, snapshot,
                       coalesce(account.root_id, account_id) as "root!"
                from sync.record left join sync.account on account.id = account_id
                where record.id > $1 order by record.id limit $2
                "#,
                last,
                PIECE
            );
            let rows = query.fetch_all(self.connection()).await?;
            let Some(end) = rows.last() else { return Ok(count) };
            last = end.id;
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let mut found = Vec::new();
            for row in rows {
                let unreadable = |what| StoreError::Unreadable { what };
                let envelope = Envelope {
                    id: row.id.into(),
                    kind: Kind::find(&row.kind).ok_or_else(|| unreadable("kind"))?,
                    account: row.account_id.into(),
                    creator: row.creator_id.into(),
                    generation: unsigned32(row.generation),
                };
                let doc = Automerge::load(&row.snapshot).map_err(|_| unreadable("document"))?;
                let version = unsigned(row.version);
                let record = Record { envelope, version, doc, decision: None, digest: 0, at_ms: (0, 0) };
                found.extend(conflict_rows(&record, AccountId::from(row.root)));
            }
            count += ids.len();
            self.store_conflicts(&ids, found).await?;
        }
    }

    /// Those that entries of the log tell; what somebody judged since stays so.
    async fn find_old_late_conflicts(&mut self) -> Stored<()> {
        let query = sqlx::query!(
            r#"
            select position, payload, coalesce(account.root_id, account_id) as "root!"
            from log.entry left join sync.account on account.id = account_id
            where type = 'conflict' order by position
            "#
        );
        let mut found = Vec::new();
        for row in query.fetch_all(self.connection()).await? {
            if let Entry::Conflict(conflict) = read::<Entry>("entry", &row.payload)? {
                found.extend(late_rows(unsigned(row.position), &conflict, AccountId::from(row.root)));
            }
        }
        self.put_late_conflicts(found).await
    }
}
