//! Every record from its entries: the document with the index of its changes, the decision, its times and its row of the
//! central record.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, Change};
use roadbook_model::{AccountId, Envelope, Kind, RecordId, TerritoryId};
use roadbook_protocol::entry::Decision;
use roadbook_protocol::{Entry, Hash, Tag16};
use roadbook_sync::digest::{adjusted, record_digest};
use roadbook_sync::ledger::Record;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::chain::Accounts;
use super::{BESIDE, Problem, Tell, Verification};
use crate::ambient::moment;
use crate::store::Stored;
use crate::store::cells::{hash, read, signed, signed32, unsigned, unsigned32};
use crate::store::office::conflicts::index::put_beside;
use crate::store::project::central_row;

/// Records that are held in memory at once.
const PIECE: i64 = 500;

/// A record as far as it is folded, with the time of its decision.
type Folded = (Record, Option<i64>);
/// Changes by their hash: the record that each is in, and the first entry that took it in.
type Index = BTreeMap<Hash, (RecordId, u64)>;

/// Folds all records, compares their documents with the stored ones, and writes their rows beside the live ones.
pub(super) async fn records(
    connection: &mut PgConnection,
    of_log: &Accounts,
    digest_key: Tag16,
    found: &mut Verification,
    tell: Tell,
) -> Stored<()> {
    let archived = archived(connection).await?;
    let mut digests = BTreeMap::new();
    let mut last = Uuid::nil();
    loop {
        let query = sqlx::query_scalar!(
            r#"
            select distinct record_id as "id!" from log.entry
            where record_id > $1 and type in ('changes', 'decision') order by record_id limit $2
            "#,
            last,
            PIECE
        );
        let ids = query.fetch_all(&mut *connection).await?;
        let Some(end) = ids.last() else { break };
        last = *end;
        let mut folded = fold(connection, &ids, found).await?;
        found.records += folded.len() as u64;
        tell(found);
        stored(connection, &ids, &folded, digest_key, found).await?;
        for (record, _) in folded.values() {
            let digest =
                record_digest(&digest_key, record.envelope.id, record.envelope.generation, &record.doc);
            let sum: &mut u64 = digests.entry(record.envelope.account).or_default();
            *sum = adjusted(*sum, 0, digest);
        }
        folded.retain(|_, (record, _)| !archived.contains(&record.envelope.account));
        put(connection, &folded, of_log).await?;
    }
    accounts(connection, &digests, of_log, found).await?;
    not_indexed_in_vain(connection, found).await
}

/// The accounts whose records have no rows in the central record.
async fn archived(connection: &mut PgConnection) -> Stored<BTreeSet<AccountId>> {
    let query = sqlx::query_scalar!("select id from sync.account where archived_at is not null");
    Ok(query.fetch_all(connection).await?.into_iter().map(AccountId::from).collect())
}

/// Compares the index of changes with that of some records' entries.
async fn indexed(connection: &mut PgConnection, mut index: Index, found: &mut Verification) -> Stored<()> {
    found.changes += index.len() as u64;
    let hashes: Vec<Vec<u8>> = index.keys().map(|hash| hash.0.to_vec()).collect();
    let query =
        sqlx::query!("select hash, record_id, position from sync.change where hash = any($1)", &hashes);
    for row in query.fetch_all(connection).await? {
        let key = hash(&row.hash)?;
        let stored = (RecordId::from(row.record_id), unsigned(row.position));
        if index.remove(&key).is_some_and(|given| given != stored) {
            let row = stored.0.to_string();
            found.report(Problem::Differs { table: "sync.change", row, what: "record or position" });
        }
    }
    for (record, position) in index.into_values() {
        let row = format!("a change of {record} at {position}");
        found.report(Problem::Missing { table: "sync.change".to_owned(), row });
    }
    Ok(())
}

/// What the index has beyond the changes of the log. They are counted, not named: nothing else says which they are.
async fn not_indexed_in_vain(connection: &mut PgConnection, found: &mut Verification) -> Stored<()> {
    let query = sqlx::query_scalar!(r#"select count(*) as "it!" from sync.change"#);
    let stored = unsigned(query.fetch_one(connection).await?);
    if stored > found.changes {
        let row = format!("{} changes", stored - found.changes);
        found.report(Problem::Unfounded { table: "sync.change".to_owned(), row });
    }
    Ok(())
}

async fn fold(
    connection: &mut PgConnection,
    ids: &[Uuid],
    found: &mut Verification,
) -> Stored<BTreeMap<RecordId, Folded>> {
    let query = sqlx::query!(
        "
        select position, at, payload from log.entry
        where record_id = any($1) and type in ('changes', 'decision') order by position
        ",
        ids
    );
    let (mut folded, mut index) = (BTreeMap::new(), Index::new());
    for row in query.fetch_all(&mut *connection).await? {
        let position = unsigned(row.position);
        let entry = read::<Entry>("entry", &row.payload)?;
        if apply(&mut folded, &mut index, entry, position, row.at.timestamp_millis()).is_none() {
            found.report(Problem::Unreadable { position });
        }
    }
    indexed(connection, index, found).await?;
    Ok(folded)
}

/// Takes one entry in; `None` if it does not fit what came before.
fn apply(
    folded: &mut BTreeMap<RecordId, Folded>,
    index: &mut Index,
    entry: Entry,
    position: u64,
    at_ms: i64,
) -> Option<()> {
    match entry {
        Entry::Changes(entry) => {
            if let Some(kind) = &entry.creates {
                let envelope = Envelope {
                    id: entry.record,
                    kind: Kind::find(kind)?,
                    account: entry.account,
                    creator: entry.author.person,
                    generation: entry.generation,
                };
                let doc = Automerge::new();
                let at_ms = (at_ms, at_ms);
                let record = Record { envelope, version: position, doc, decision: None, digest: 0, at_ms };
                folded.entry(entry.record).or_insert((record, None));
            }
            let (record, _) = folded.get_mut(&entry.record)?;
            let changes: Result<Vec<Change>, _> =
                entry.changes.into_iter().map(|change| Change::from_bytes(change.0)).collect();
            let changes = changes.ok()?;
            for change in &changes {
                index.entry(Hash(change.hash().0)).or_insert((entry.record, position));
            }
            record.doc.apply_changes(changes).ok()?;
            record.version = position;
            record.at_ms.1 = at_ms;
        }
        Entry::Decision(decision) => {
            let (record, decided_ms) = folded.get_mut(&decision.record)?;
            record.version = position;
            record.at_ms.1 = at_ms;
            record.decision = Some(decision);
            *decided_ms = Some(at_ms);
        }
        _ => {}
    }
    Some(())
}

/// Compares folded records with the stored ones: documents by digest and version, the rest as it stands.
async fn stored(
    connection: &mut PgConnection,
    ids: &[Uuid],
    folded: &BTreeMap<RecordId, Folded>,
    digest_key: Tag16,
    found: &mut Verification,
) -> Stored<()> {
    let query = sqlx::query!(
        "
        select id, kind, account_id, creator_id, version, digest, generation, snapshot, decision, created_at,
               changed_at, decided_at
        from sync.record where id = any($1)
        ",
        ids
    );
    let mut rest: BTreeMap<RecordId, &Folded> = folded.iter().map(|(id, folded)| (*id, folded)).collect();
    for row in query.fetch_all(connection).await? {
        let id = RecordId::from(row.id);
        let Some((record, decided_ms)) = rest.remove(&id) else { continue };
        let envelope = record.envelope;
        let decision = row.decision.as_deref().map(|bytes| read::<Decision>("decision", bytes).ok());
        let stored = (row.kind.as_str(), row.account_id, row.creator_id, row.generation);
        let given = (
            envelope.kind.name(),
            envelope.account.uuid(),
            envelope.creator.uuid(),
            signed32(envelope.generation),
        );
        let times = (row.created_at, row.changed_at, row.decided_at);
        let digest = |doc: &Automerge| record_digest(&digest_key, id, unsigned32(row.generation), doc);
        let differs = match Automerge::load(&row.snapshot) {
            _ if signed(record.version) != row.version => Some("version"),
            _ if digest(&record.doc) != row.digest.cast_unsigned() => Some("digest"),
            Ok(doc) if digest(&doc) != row.digest.cast_unsigned() => Some("document"),
            Err(_) => Some("document"),
            _ if stored != given => Some("envelope"),
            _ if decision != record.decision.clone().map(Some) => Some("decision"),
            _ if times != (moment(record.at_ms.0), moment(record.at_ms.1), decided_ms.map(moment)) => {
                Some("time")
            }
            Ok(_) => None,
        };
        if let Some(what) = differs {
            found.report(Problem::Document { record: id, what });
        }
    }
    for record in rest.into_keys() {
        found.report(Problem::Document { record, what: "existence" });
    }
    Ok(())
}

async fn put(
    connection: &mut PgConnection,
    folded: &BTreeMap<RecordId, Folded>,
    of_log: &Accounts,
) -> Stored<()> {
    let kinds: Vec<&str> = folded.values().map(|(record, _)| record.envelope.kind.name()).collect();
    let rows: Vec<Json<serde_json::Value>> = folded
        .values()
        .map(|(record, decided_ms)| {
            Json(central_row(record, of_log.place(record.envelope.account), *decided_ms))
        })
        .collect();
    sqlx::query!(
        "select record.put(kind, doc, $3) from unnest($1::text[], $2::jsonb[]) as new(kind, doc)",
        &kinds as &[&str],
        &rows as &[Json<serde_json::Value>],
        BESIDE
    )
    .execute(&mut *connection)
    .await?;
    let conflicts = folded.values().map(|(record, _)| {
        let account = record.envelope.account;
        (record, of_log.place(account).root.unwrap_or(account))
    });
    put_beside(connection, BESIDE, conflicts).await
}

/// Compares where accounts lie, what they are part of and what their digests sum up to.
async fn accounts(
    connection: &mut PgConnection,
    digests: &BTreeMap<AccountId, u64>,
    of_log: &Accounts,
    found: &mut Verification,
) -> Stored<()> {
    let rows = sqlx::query!("select id, territory_id, digest, root_id from sync.account")
        .fetch_all(connection)
        .await?;
    for row in rows {
        let id = AccountId::from(row.id);
        if digests.get(&id).copied().unwrap_or(0) != row.digest.cast_unsigned() {
            found.report(Problem::Document { record: id.record(), what: "account digest" });
        }
        let place = of_log.place(id);
        if place.territory.map(TerritoryId::uuid) != Some(row.territory_id) {
            found.report(Problem::Document { record: id.record(), what: "territory" });
        }
        if place.root.map(AccountId::uuid) != row.root_id {
            found.report(Problem::Document { record: id.record(), what: "root" });
        }
    }
    Ok(())
}
