//! That two accounts are not one: somebody's word, with who and when, that can be taken back. Both are in the audit.

use roadbook_model::AccountId;
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use super::super::audit::{self, Act, By};
use super::super::{Done, OfficeError, unknown};
use crate::ambient::{self, moment};
use crate::store::Store;

impl Store {
    /// Sets two accounts apart, or takes that back. Said twice it is said once: the first word stands.
    ///
    /// # Errors
    /// An account is unknown; `same_account`.
    #[instrument(name = "db.duplicate.judge", skip_all, fields(%account, %other, apart), err(level = "debug"))]
    pub async fn set_apart(&self, by: &By, account: AccountId, other: AccountId, apart: bool) -> Done<()> {
        if account == other {
            return Err(OfficeError::invalid("same_account", "both are the same account; name two"));
        }
        let mut tx = self.pool().begin().await?;
        for id in [account, other] {
            let query = sqlx::query_scalar!("select id from record.accounts where id = $1", id.uuid());
            query.fetch_optional(&mut *tx).await?.ok_or_else(|| unknown("account", id))?;
        }
        let (one, two): (Uuid, Uuid) = (account.min(other).uuid(), account.max(other).uuid());
        let query = match apart {
            true => sqlx::query!(
                "
                insert into org.not_duplicate (account_id, other_id, person_id, at) values ($1, $2, $3, $4)
                on conflict do nothing
                ",
                one,
                two,
                by.person.uuid(),
                moment(ambient::now_ms())
            ),
            false => {
                sqlx::query!(
                    "delete from org.not_duplicate where account_id = $1 and other_id = $2",
                    one,
                    two
                )
            }
        };
        if query.execute(&mut *tx).await?.rows_affected() > 0 {
            let action = if apart { "account.set_apart" } else { "account.set_apart_undone" };
            let act = Act { action, subject: Some(("account", one)), detail: json!({ "other": two }) };
            audit::record(&mut tx, Some(by), act).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
