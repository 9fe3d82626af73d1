//! Merging accounts: the office says that two are one customer. One append; the central record follows in the same
//! transaction. What it means for devices is in `roadbook_sync::ledger::merge`.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::AccountId;
use roadbook_protocol::Entry;
use roadbook_sync::ledger::Merged;
use roadbook_sync::ledger::place::Moved;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use tracing::instrument;
use uuid::Uuid;

use super::audit::{self, Act, By};
use super::holders::EndTerms;
use super::reassignments::follow::follow_at_once;
use super::reassignments::preview::DeviceAtStake;
use super::{Done, OfficeError, unknown};
use crate::store::append::Append;
use crate::store::cells::signed;
use crate::store::{Store, Stored};

/// Which accounts, and on what terms.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The account that is merged.
    pub account: AccountId,
    /// The one that it becomes a part of.
    pub into: AccountId,
    /// On what terms people lose it who are not entitled to that one.
    pub terms: EndTerms,
}

/// What a merge did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeDone {
    /// The account that it is part of now: the one that was named, or what that one was merged into.
    pub root: AccountId,
    /// What is part of it by this: the account, and what was merged into it before.
    pub parts: Vec<AccountId>,
    /// The position of the log entry; none if it was only looked at.
    pub position: Option<i64>,
    /// Records that stand under the root by it, by kind.
    pub records: BTreeMap<String, i64>,
    /// Items that are held of these accounts.
    pub held: i64,
    /// Accounts that lie in another territory by it.
    pub placed: u32,
}

impl Store {
    /// Says what merging would do, and does nothing.
    ///
    /// # Errors
    /// As [`Store::merge_accounts`].
    #[instrument(name = "db.account.preview_merge", skip_all, err(level = "debug"))]
    pub async fn preview_merge(&self, by: &By, merge: &Merge) -> Done<(MergeDone, Vec<DeviceAtStake>)> {
        let mut append = self.append_followed().await?;
        let (done, moved) = made(&mut append, by, merge).await?;
        drop(append);
        Ok((MergeDone { position: None, ..done }, self.at_stake(&moved).await?))
    }

    /// Merges an account into another. Asked again under the same request, it is not done again.
    ///
    /// # Errors
    /// An account is unknown; `already_merged`; `merge_cycle`; `bad_grace`, `bad_note`.
    #[instrument(name = "db.account.merge", skip_all, fields(account = %merge.account, into = %merge.into), err(level = "debug"))]
    pub async fn merge_accounts(
        &self,
        by: &By,
        merge: &Merge,
        request: Uuid,
    ) -> Done<(MergeDone, Vec<DeviceAtStake>)> {
        // Whoever lists accounts to move has passed it too, so that none is moved without its parts.
        let turnstile = self.turnstile().await?;
        let done = self.merge_now(by, merge, request).await;
        turnstile.leave().await;
        let (done, moved) = done?;
        Ok((done, self.at_stake(&moved).await?))
    }

    async fn merge_now(&self, by: &By, merge: &Merge, request: Uuid) -> Done<(MergeDone, Moved)> {
        let mut append = self.append_followed().await?;
        if let Some(known) = done_before(append.connection(), merge.account, request).await? {
            return Ok((known, Moved::default()));
        }
        let (done, moved) = made(&mut append, by, merge).await?;
        let entries = append.book.out.entries.iter();
        let placed = entries.filter(|new| matches!(new.entry, Entry::Placed(_)));
        let placed: Vec<(u64, Entry)> = placed.map(|new| (new.position, new.entry.clone())).collect();
        append.store().await?;
        follow_at_once(append.connection(), placed.into_iter()).await?;
        follow(append.connection(), &done).await?;
        let detail = json!({ "request": request, "into": merge.into, "done": done });
        let act = Act { action: "account.merge", subject: Some(("account", merge.account.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await?;
        Ok((done, moved))
    }
}

/// Makes the merge in the append's book.
async fn made(append: &mut Append<'_>, by: &By, merge: &Merge) -> Done<(MergeDone, Moved)> {
    merge.terms.check()?;
    let accounts = append.fetch_accounts_whole(&BTreeSet::from([merge.account, merge.into])).await?;
    for account in [merge.account, merge.into] {
        if !append.book.accounts.contains_key(&account) {
            return Err(unknown("account", account));
        }
    }
    append.fetch_leases_on(&accounts).await?;
    append.fetch_territories_at_hand().await?;
    let terms = merge.terms.from_now(append.book.now_ms);
    let merged = append.book.merge(merge.account, merge.into, by.person, &terms);
    let Merged { position, root, parts, moved } = merged.map_err(OfficeError::Refused)?;
    let ids: Vec<Uuid> = parts.iter().map(|part| part.uuid()).collect();
    let query = sqlx::query!(
        r#"
        select kind as "kind!", count(*) as "count!" from sync.record where account_id = any($1) group by kind
        "#,
        &ids
    );
    let records = query.fetch_all(append.connection()).await?;
    let query = sqlx::query_scalar!(
        r#"select count(*) as "count!" from sync.held where account_id = any($1) and held and fate is null"#,
        &ids
    );
    let done = MergeDone {
        root,
        parts,
        position: Some(signed(position)),
        records: records.into_iter().map(|row| (row.kind, row.count)).collect(),
        held: query.fetch_one(append.connection()).await?,
        placed: moved.accounts,
    };
    Ok((done, moved))
}

/// What the same request did before its answer was lost.
async fn done_before(
    connection: &mut PgConnection,
    account: AccountId,
    request: Uuid,
) -> Stored<Option<MergeDone>> {
    let query = sqlx::query_scalar!(
        r#"
        select detail -> 'done' as "done!: Json<MergeDone>" from org.audit
        where action = 'account.merge' and subject_id = $1 and detail ->> 'request' = $2::text
        "#,
        account.uuid(),
        request.to_string()
    );
    Ok(query.fetch_optional(connection).await?.map(|Json(done)| done))
}

/// The rows that follow besides those of the log's own.
async fn follow(connection: &mut PgConnection, done: &MergeDone) -> Stored<()> {
    let parts: Vec<Uuid> = done.parts.iter().map(|part| part.uuid()).collect();
    sqlx::query!("select record.merge($1, $2)", &parts, done.root.uuid()).execute(&mut *connection).await?;
    sqlx::query!(
        "update org.late_conflict set account_id = $2 where account_id = any($1)",
        &parts,
        done.root.uuid()
    )
    .execute(&mut *connection)
    .await?;
    // The question where it belongs is answered.
    sqlx::query!("delete from org.unplaced where account_id = any($1)", &parts).execute(connection).await?;
    Ok(())
}
