//! Accounts that the office has to assign: those in the inbox, new ones that no rule placed, those whose territory nobody
//! holds.

use std::collections::BTreeSet;

use roadbook_model::{AccountId, TerritoryId};
use roadbook_sync::ledger::place::{Handover, Moved};
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use super::Done;
use super::audit::{self, Act, By};
use super::moves::place;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// An account that waits to be assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unassigned {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Where it lies meanwhile.
    pub territory: TerritoryId,
    /// Why it is here: `inbox`, `no_rule` or `no_holder`.
    pub reason: String,
}

impl Store {
    /// Accounts that wait to be assigned, by id, after one of them.
    #[instrument(name = "db.account.list_unassigned", skip_all, err)]
    pub async fn list_unassigned(&self, after: Option<AccountId>, limit: u32) -> Stored<Vec<Unassigned>> {
        let rows = sqlx::query!(
            r#"
            select unassigned.account_id as "account!", coalesce(name, '') as "name!",
                   unassigned.territory_id as "territory!", reason as "reason!"
            from org.unassigned($1) unassigned join record.accounts on accounts.id = unassigned.account_id
            where unassigned.account_id > $2
            order by unassigned.account_id limit $3
            "#,
            moment(ambient::now_ms()),
            after.map_or(Uuid::nil(), AccountId::uuid),
            i64::from(limit)
        )
        .fetch_all(self.pool())
        .await?;
        let rows = rows.into_iter().map(|row| Unassigned {
            account: row.account.into(),
            name: row.name,
            territory: row.territory.into(),
            reason: row.reason,
        });
        Ok(rows.collect())
    }

    /// Assigns accounts: an ordinary move. For one that lies there already the question is answered all the same.
    #[instrument(name = "db.account.assign", skip_all, fields(accounts = accounts.len(), %to), err)]
    pub async fn assign(
        &self,
        by: &By,
        accounts: &[AccountId],
        to: TerritoryId,
        terms: &Handover,
    ) -> Done<Moved> {
        let accounts: Vec<AccountId> =
            accounts.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut append = self.append().await?;
        let moved = place(&mut append, &accounts, to, by.person, terms).await?;
        let ids: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
        sqlx::query!("delete from org.unplaced where account_id = any($1)", &ids)
            .execute(append.connection())
            .await?;
        let detail =
            json!({ "accounts": accounts.len(), "moved": moved.accounts, "first": accounts.first() });
        let subject = match accounts.as_slice() {
            [one] => ("account", one.uuid()),
            _ => ("territory", to.uuid()),
        };
        let act = Act { action: "account.place", subject: Some(subject), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await?;
        Ok(moved)
    }
}
