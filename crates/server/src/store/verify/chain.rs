//! The log by itself: dense, every entry as it was hashed, every hash chained to the one before. And what it says of
//! all that is compared later: where accounts lie and what they are part of, leases, answers, reference data.

use std::collections::BTreeMap;

use roadbook_model::{AccountId, TerritoryId};
use roadbook_protocol::entry::{chain_hash, entry_hash};
use roadbook_protocol::{Entry, Hash};
use sqlx::PgConnection;

use super::answers::Answers;
use super::leases::Leases;
use super::reference::References;
use super::{Problem, Tell, Verification};
use crate::store::Stored;
use crate::store::cells::{hash, read, signed, tag, unsigned};
use crate::store::project::Place;

/// Entries that are held in memory at once.
const PIECE: i64 = 2_000;

/// What the log says, beside the records.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub accounts: Accounts,
    pub leases: Leases,
    pub answers: Answers,
    pub references: References,
}

impl Said {
    fn apply(&mut self, position: u64, entry: &Entry) {
        self.accounts.apply(entry);
        self.leases.apply(position, entry);
        self.answers.apply(position, entry);
        self.references.apply(position, entry);
    }
}

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

/// Checks the chain from the first entry on, and notes on the way what is said.
pub(super) async fn check(
    connection: &mut PgConnection,
    found: &mut Verification,
    tell: Tell,
) -> Stored<Said> {
    let mut said = Said::default();
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
            return Ok(said);
        }
        tell(found);
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
                said.apply(position, &entry);
            } else {
                found.report(Problem::Unreadable { position });
            }
            last = (position, chain);
            found.entries += 1;
        }
    }
}
