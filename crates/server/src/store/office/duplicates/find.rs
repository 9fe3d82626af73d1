//! Finding accounts that are likely one, in the background: each that was written is compared with those few that share a
//! key with it, never with all. A key that more than [`SHARED_MAX`] accounts have is left out, so that one account costs the
//! same in a record of a thousand and of a million.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::alike::{SHARED_MAX, Traits};
use roadbook_model::projection::from_json;
use roadbook_model::{Fields, Kind};
use serde_json::Value as Json;
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use crate::store::{Store, Stored};

/// Accounts that are compared in one transaction.
const PIECE: i64 = 100;
/// Pieces of one look, so that what else is due does not wait for an import to be compared.
const PIECES_MAX: usize = 10;
/// Held while accounts are compared: of two nodes that did so at once, neither would see the other's keys.
const LOCK: i64 = 8_243_108_416_119_334_766;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Accounts that were looked at.
    pub accounts: usize,
    /// Accounts that they were compared with, each time counted.
    pub with: usize,
}

struct Likely {
    account: Uuid,
    other: Uuid,
    points: i64,
    reasons: Vec<String>,
}

impl Store {
    /// Compares accounts that were written since, some thousand at most. Each node may do so; one does at a time.
    #[instrument(name = "db.duplicate.find", skip_all, err(level = "debug"))]
    pub async fn find_duplicates(&self) -> Stored<Compared> {
        let mut sum = Compared::default();
        for _ in 0..PIECES_MAX {
            let compared = self.compare_piece().await?;
            sum.accounts += compared.accounts;
            sum.with += compared.with;
            if compared.accounts == 0 {
                break;
            }
        }
        Ok(sum)
    }

    async fn compare_piece(&self) -> Stored<Compared> {
        let mut tx = self.pool().begin().await?;
        let query = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "mine!""#, LOCK);
        if !query.fetch_one(&mut *tx).await? {
            return Ok(Compared::default());
        }
        let query = sqlx::query_scalar!(
            "
            delete from org.duplicate_todo
            where seq in (select seq from org.duplicate_todo order by seq limit $1) returning account_id
            ",
            PIECE
        );
        let written: BTreeSet<Uuid> = query.fetch_all(&mut *tx).await?.into_iter().collect();
        let written: Vec<Uuid> = written.into_iter().collect();
        // A later statement sees at least what wrote the rows above.
        let own = traits(&mut tx, &written).await?;
        put_keys(&mut tx, &written, &own).await?;
        let candidates = candidates(&mut tx, &own).await?;
        let compared =
            Compared { accounts: written.len(), with: candidates.values().map(BTreeSet::len).sum() };
        let pairs = likely(&mut tx, &own, &candidates).await?;
        put_pairs(&mut tx, &written, &pairs).await?;
        tx.commit().await?;
        Ok(compared)
    }
}

/// What is compared of accounts that stand for themselves.
async fn traits(connection: &mut PgConnection, accounts: &[Uuid]) -> Stored<BTreeMap<Uuid, Traits>> {
    let query = sqlx::query!(
        r#"
        select id, jsonb_build_object(
            'name', name, 'phone', phone, 'email', email, 'website', website, 'street', street, 'city', city,
            'postal_code', postal_code, 'country', country, 'latitude_microdeg', latitude_microdeg,
            'longitude_microdeg', longitude_microdeg, 'tax_id', tax_id) as "fields!: Json"
        from record.accounts where id = any($1) and merged_into is null
        "#,
        accounts
    );
    let rows = query.fetch_all(connection).await?.into_iter();
    Ok(rows.map(|row| (row.id, Traits::of(&fields(&row.fields), None))).collect())
}

fn fields(row: &Json) -> Fields {
    from_json(Kind::ACCOUNT.spec(), row).unwrap_or_default()
}

/// Replaces the keys of accounts; those that were merged have none any more.
async fn put_keys(
    connection: &mut PgConnection,
    written: &[Uuid],
    own: &BTreeMap<Uuid, Traits>,
) -> Stored<()> {
    let (accounts, keys) = flat(own, Traits::keys);
    sqlx::query!("delete from org.duplicate_key where account_id = any($1)", written)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "
        insert into org.duplicate_key (key, account_id)
        select distinct hashtextextended(key, 0), account_id from unnest($1::uuid[], $2::text[]) known (account_id, key)
        ",
        &accounts,
        &keys
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn flat(
    own: &BTreeMap<Uuid, Traits>,
    keys: impl Fn(&Traits) -> BTreeSet<String>,
) -> (Vec<Uuid>, Vec<String>) {
    own.iter().flat_map(|(id, traits)| keys(traits).into_iter().map(|key| (*id, key))).unzip()
}

/// With whom each is to be compared: no more than [`SHARED_MAX`] for each of its keys, read from the key's index.
async fn candidates(
    connection: &mut PgConnection,
    own: &BTreeMap<Uuid, Traits>,
) -> Stored<BTreeMap<Uuid, BTreeSet<Uuid>>> {
    let (accounts, probes) = flat(own, Traits::probes);
    let shared_max = i32::try_from(SHARED_MAX).unwrap_or(i32::MAX);
    let query = sqlx::query!(
        r#"
        select probe.account_id as "account!", shared.others as "others!"
        from unnest($1::uuid[], $2::text[]) probe (account_id, key)
        cross join lateral (
            select array_agg(account_id) as others
            from (select account_id from org.duplicate_key where duplicate_key.key = hashtextextended(probe.key, 0)
                  limit $3 + 1) few
        ) shared
        where cardinality(shared.others) <= $3
        "#,
        &accounts,
        &probes,
        shared_max
    );
    let mut found: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for row in query.fetch_all(connection).await? {
        found.entry(row.account).or_default().extend(row.others.into_iter().filter(|id| *id != row.account));
    }
    Ok(found)
}

async fn likely(
    connection: &mut PgConnection,
    own: &BTreeMap<Uuid, Traits>,
    candidates: &BTreeMap<Uuid, BTreeSet<Uuid>>,
) -> Stored<Vec<Likely>> {
    let others: BTreeSet<Uuid> = candidates.values().flatten().copied().collect();
    let others: Vec<Uuid> = others.into_iter().collect();
    let known = traits(connection, &others).await?;
    let mut pairs = BTreeMap::new();
    for (account, with) in candidates {
        for other in with {
            let (Some(one), Some(two)) = (own.get(account), known.get(other)) else { continue };
            let likeness = one.likeness(two);
            if likeness.is_likely() {
                pairs.insert((account.min(other), account.max(other)), likeness);
            }
        }
    }
    let word = |reason| match serde_json::to_value(reason) {
        Ok(Json::String(word)) => word,
        _ => String::new(),
    };
    let named = pairs.into_iter().map(|((account, other), likeness)| Likely {
        account: *account,
        other: *other,
        points: likeness.points,
        reasons: likeness.reasons.into_iter().map(word).collect(),
    });
    Ok(named.collect())
}

/// Replaces the pairs of accounts that were written.
async fn put_pairs(connection: &mut PgConnection, written: &[Uuid], pairs: &[Likely]) -> Stored<()> {
    sqlx::query!("delete from org.duplicate where account_id = any($1) or other_id = any($1)", written)
        .execute(&mut *connection)
        .await?;
    let accounts: Vec<Uuid> = pairs.iter().map(|pair| pair.account).collect();
    let others: Vec<Uuid> = pairs.iter().map(|pair| pair.other).collect();
    let points: Vec<i64> = pairs.iter().map(|pair| pair.points).collect();
    // An array of arrays has rows of one length: the words go as one text each.
    let reasons: Vec<String> = pairs.iter().map(|pair| pair.reasons.join(" ")).collect();
    sqlx::query!(
        "
        insert into org.duplicate (account_id, other_id, points, reasons)
        select account_id, other_id, points, string_to_array(reasons, ' ')
        from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) pair (account_id, other_id, points, reasons)
        ",
        &accounts,
        &others,
        &points,
        &reasons
    )
    .execute(connection)
    .await?;
    Ok(())
}
