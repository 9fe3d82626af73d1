//! What a person may see through the API: the office everything, reps and managers the accounts in their reach.

use roadbook_model::{AccountId, RecordId};

use super::people::Person;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

impl Store {
    /// Whether a person may see an account. An unknown one is seen by nobody.
    pub async fn sees_account(&self, person: &Person, account: AccountId) -> Stored<bool> {
        let query = sqlx::query_scalar!(
            r#"
            select ($3 or account.territory_id in (select territory_id from org.reach($2, $4))) as "sees!"
            from sync.accounts_now(array[$1::uuid]) account
            "#,
            account.uuid(),
            person.id.uuid(),
            person.role.is_office(),
            moment(ambient::now_ms())
        );
        Ok(query.fetch_optional(self.pool()).await?.unwrap_or(false))
    }

    /// The account of a record that a person may see; `None` for one that is unknown or not in reach.
    pub async fn sees_record(&self, person: &Person, record: RecordId) -> Stored<Option<AccountId>> {
        let query = sqlx::query_scalar!("select account_id from sync.record where id = $1", record.uuid());
        let Some(account) = query.fetch_optional(self.pool()).await?.map(AccountId::from) else {
            return Ok(None);
        };
        Ok(self.sees_account(person, account).await?.then_some(account))
    }
}
