//! The log by itself: dense, every entry as it was hashed, every hash chained to the one before.

use std::collections::BTreeMap;

use roadbook_model::{AccountId, TerritoryId};
use roadbook_protocol::entry::{chain_hash, entry_hash};
use roadbook_protocol::{Entry, Hash};
use sqlx::PgConnection;

use super::{Problem, Verification};
use crate::store::Stored;
use crate::store::cells::{hash, read, signed, tag, unsigned};

/// Entries that are held in memory at once.
const PIECE: i64 = 2_000;

/// Checks the chain from the first entry on, and notes on the way where each account lies in the end.
pub(super) async fn check(
    connection: &mut PgConnection,
    found: &mut Verification,
) -> Stored<BTreeMap<AccountId, TerritoryId>> {
    let mut places = BTreeMap::new();
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
            return Ok(places);
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
                places.extend(entry.places());
            } else {
                found.report(Problem::Unreadable { position });
            }
            last = (position, chain);
            found.entries += 1;
        }
    }
}
