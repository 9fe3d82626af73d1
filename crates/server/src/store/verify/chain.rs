//! The log by itself: dense, every entry as it was hashed, every hash chained to the one before. And what it says of
//! accounts: where each lies, and what it is part of.

use std::collections::BTreeMap;

use roadbook_model::{AccountId, TerritoryId};
use roadbook_protocol::entry::{chain_hash, entry_hash};
use roadbook_protocol::{Entry, Hash};
use sqlx::PgConnection;

use super::{Problem, Verification};
use crate::store::Stored;
use crate::store::cells::{hash, read, signed, tag, unsigned};
use crate::store::project::Place;

/// Entries that are held in memory at once.
const PIECE: i64 = 2_000;

/// What the log says of accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    /// Where each lies in the end.
    pub territories: BTreeMap<AccountId, TerritoryId>,
    /// The roots of those that were merged.
    pub roots: BTreeMap<AccountId, AccountId>,
}

impl Accounts {
    fn apply(&mut self, entry: &Entry) {
        self.territories.extend(entry.places());
        if let Entry::Alias(alias) = entry {
            let parts = self.roots.values_mut().filter(|root| **root == alias.account);
            parts.for_each(|root| *root = alias.root);
            self.roots.insert(alias.account, alias.root);
        }
    }

    /// Where an account lies, and what it was merged into.
    pub(super) fn place(&self, account: AccountId) -> Place {
        Place { territory: self.territories.get(&account).copied(), root: self.roots.get(&account).copied() }
    }
}

/// Checks the chain from the first entry on, and notes on the way what is said of accounts.
pub(super) async fn check(connection: &mut PgConnection, found: &mut Verification) -> Stored<Accounts> {
    let mut accounts = Accounts::default();
    let mut last = (0_u64, Hash([0; 32]));
    loop {
        let query = sqlx::query!(
            "
            select position, salt, hash, chain, payload from log.entry
            where position > $1 order by position limit $2
            ",
            signed(last.0),
            PIECE
        );
        let rows = query.fetch_all(&mut *connection).await?;
        if rows.is_empty() {
            return Ok(accounts);
        }
        for row in rows {
            let position = unsigned(row.position);
            let (stored, chain) = (hash(&row.hash)?, hash(&row.chain)?);
            if position != last.0 + 1 {
                found.report(Problem::Gap { position: last.0 + 1 });
            } else if chain_hash(&last.1, position, &stored) != chain {
                found.report(Problem::Unchained { position });
            }
            if entry_hash(&tag(&row.salt)?, &row.payload) != stored {
                found.report(Problem::Altered { position });
            } else if let Ok(entry) = read::<Entry>("entry", &row.payload) {
                accounts.apply(&entry);
            } else {
                found.report(Problem::Unreadable { position });
            }
            last = (position, chain);
            found.entries += 1;
        }
    }
}
