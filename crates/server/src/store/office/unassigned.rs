//! Accounts that the office has to assign: those in the inbox, new ones that no rule placed, those whose territory nobody
//! holds.

use roadbook_model::{AccountId, ReassignmentId, TerritoryId};
use roadbook_sync::ledger::place::Moved;
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use super::Done;
use super::audit::{self, Act, By};
use super::holders::EndTerms;
use super::reassignments::{Deed, NewReassignment, Selection};
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
    #[instrument(name = "db.account.list_unassigned", skip_all, err(level = "debug"))]
    pub async fn list_unassigned(&self, after: Option<AccountId>, limit: u32) -> Stored<Vec<Unassigned>> {
        let mut tx = self.settled().await?;
        let rows = sqlx::query!(
            r#"
            select unassigned.account_id as "account!", coalesce(name, '') as "name!",
                   unassigned.territory_id as "territory!", reason as "reason!"
            from org.unassigned($1) unassigned join record.accounts on accounts.id = unassigned.account_id
            where unassigned.account_id > $2 and merged_into is null
            order by unassigned.account_id limit $3
            "#,
            moment(ambient::now_ms()),
            after.map_or(Uuid::nil(), AccountId::uuid),
            i64::from(limit)
        )
        .fetch_all(&mut *tx)
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
    ///
    /// # Errors
    /// As [`Store::reassign`]; nobody may hold the territory only if `allow_unheld`.
    #[instrument(name = "db.account.assign", skip_all, fields(accounts = accounts.len(), %to), err(level = "debug"))]
    pub async fn assign(
        &self,
        by: &By,
        accounts: &[AccountId],
        to: TerritoryId,
        terms: &EndTerms,
        allow_unheld: bool,
    ) -> Done<Moved> {
        terms.check()?;
        let mut new = NewReassignment::now(Selection::Accounts(accounts.to_vec()), Some(to.into()));
        new.terms = terms.into();
        new.allow_unheld = allow_unheld;
        let ids: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
        let acts = |reassignment: Option<ReassignmentId>| {
            let detail = json!({ "territory": to, "reassignment": reassignment });
            let act = |account: &Uuid| Act {
                action: "account.place",
                subject: Some(("account", *account)),
                detail: detail.clone(),
            };
            ids.iter().map(act).collect::<Vec<_>>()
        };
        let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        let deed = Deed { by, acts: acts(Some(id)) };
        let moved = match self.reassign_as(id, &new, by.person, Some(&deed)).await {
            Ok(moved) => Some(moved.unwrap_or_default()),
            Err(error) if error.code() == "nothing_to_move" => None,
            Err(error) => return Err(error.into()),
        };
        let mut tx = self.pool().begin().await?;
        sqlx::query!("delete from org.unplaced where account_id = any($1)", &ids).execute(&mut *tx).await?;
        if moved.is_none() {
            for act in acts(None) {
                audit::record(&mut tx, Some(by), act).await?;
            }
        }
        tx.commit().await?;
        Ok(moved.unwrap_or_default())
    }
}
