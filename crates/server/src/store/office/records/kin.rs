//! What accounts say of one another, where the office writes it: nothing of themselves, and no parents in a circle.

use std::collections::BTreeSet;

use roadbook_model::value::str_of;
use roadbook_model::{AccountId, Edit, Fields, Kind, Value, document};

use crate::store::Stored;
use crate::store::append::Append;
use crate::store::pricing::profile;

/// Why accounts cannot be so, as a code and in words.
pub(in crate::store::office) type Unfit = (&'static str, &'static str);

const OWN_PARENT: Unfit = ("own_parent", "An account does not belong to itself.");
const OWN_RELATION: Unfit = ("own_relation", "An account has no relation to itself.");
const UNKNOWN_PARENT: Unfit = ("unknown_parent", "There is no account with the parent's id.");
pub(in crate::store::office) const PARENT_CYCLE: Unfit =
    ("parent_cycle", "The parent belongs to this account already, through others or by itself.");

impl Append<'_> {
    /// What is wrong with what these edits say of an account and others, if anything is.
    pub(in crate::store::office) async fn kin_edited(
        &mut self,
        account: AccountId,
        edits: &[Edit],
    ) -> Stored<Option<Unfit>> {
        let mut said = Fields::new();
        for edit in edits {
            let Edit::Put { path, value } = edit else { continue };
            match path.as_slice() {
                [name] if name == "parent_id" => drop(said.insert(name.clone(), value.clone())),
                [name, key] if name == "relations" => {
                    let items = said.entry(name.clone()).or_insert_with(|| Value::Map(Fields::new()));
                    if let Value::Map(items) = items {
                        items.insert(key.clone(), value.clone());
                    }
                }
                _ => {}
            }
        }
        self.kin_said(account, &said).await
    }

    /// What is wrong with what these fields say of an account and others, if anything is.
    pub(in crate::store::office) async fn kin_said(
        &mut self,
        account: AccountId,
        said: &Fields,
    ) -> Stored<Option<Unfit>> {
        let own = account.to_string();
        let mut relations = Value::entries(said.get("relations")).values();
        if relations
            .any(|item| matches!(item, Value::Map(item) if str_of(item, "other_id") == Some(own.as_str())))
        {
            return Ok(Some(OWN_RELATION));
        }
        match str_of(said, "parent_id").and_then(|id| id.parse::<AccountId>().ok()) {
            Some(parent) if parent == account => Ok(Some(OWN_PARENT)),
            Some(parent) => self.above(account, parent).await,
            None => Ok(None),
        }
    }

    /// Goes up from a parent. A circle that was there before is nobody's now, and ends the way too.
    async fn above(&mut self, account: AccountId, parent: AccountId) -> Stored<Option<Unfit>> {
        let (mut next, mut seen) = (Some(parent), BTreeSet::new());
        while let Some(at) = next.filter(|at| seen.insert(*at)) {
            if at == account {
                return Ok(Some(PARENT_CYCLE));
            }
            next = match self.profile_of(at).await? {
                Some(fields) => str_of(&fields, "parent_id").and_then(|id| id.parse().ok()),
                None if at == parent => return Ok(Some(UNKNOWN_PARENT)),
                None => None,
            };
        }
        Ok(None)
    }

    /// What an account says, as this append leaves it.
    async fn profile_of(&mut self, account: AccountId) -> Stored<Option<Fields>> {
        if let Some(record) = self.book.records.get(&account.record()) {
            let is_account = record.envelope.kind == Kind::ACCOUNT;
            return Ok(is_account.then(|| document::hydrate(Kind::ACCOUNT.spec(), &record.doc)));
        }
        let query = sqlx::query_scalar!("select snapshot from sync.record where id = $1", account.uuid());
        let snapshot = query.fetch_optional(self.connection()).await?;
        snapshot.map(|snapshot| profile(Some(&snapshot))).transpose()
    }
}
