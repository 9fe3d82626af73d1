//! The records of a fill, in its order (account, the kind's fill order, record), as they were at a position.

use std::collections::BTreeMap;

use roadbook_model::{AccountId, RecordId};
use roadbook_protocol::entry::{Author, Decision};
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Entry, limits};
use roadbook_sync::reader::{FillSource, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::Stored;
use crate::store::cells::{read, signed, unsigned32};

/// Most accounts that one read looks at.
const ACCOUNTS_MAX: usize = 200;
/// Most records of one read.
const RECORDS_MAX: i64 = 1_000;

/// The records that follow a fill's mark, and whether none follows those.
pub(super) async fn sources(
    connection: &mut PgConnection,
    scope: &Scope,
    mark: FillMark,
    upto: u64,
) -> Stored<(Vec<FillSource>, bool)> {
    let mut accounts = scope.fill_accounts(mark.grant);
    accounts.dedup();
    if let Some(token) = mark.token {
        accounts.retain(|account| *account >= token.account);
    }
    let mut chunks = accounts.chunks(ACCOUNTS_MAX).peekable();
    while let Some(chunk) = chunks.next() {
        let records = following(connection, chunk, mark).await?;
        let exhausted =
            chunks.peek().is_none() && i64::try_from(records.len()).unwrap_or(i64::MAX) < RECORDS_MAX;
        if !records.is_empty() {
            let (sources, whole) = at(connection, records, upto).await?;
            return Ok((sources, exhausted && whole));
        }
    }
    Ok((Vec::new(), true))
}

async fn following(
    connection: &mut PgConnection,
    accounts: &[AccountId],
    mark: FillMark,
) -> Stored<Vec<FillSource>> {
    let accounts: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
    let token = mark.token;
    // A record that was sent in part comes again; one that was sent whole does not.
    let partial = token.is_some_and(|token| token.partial.is_some());
    let rows = sqlx::query!(
        r#"
        with wanted as materialized (
            -- Once for each account, and not for each of its records.
            select account_id, (select territory_id from sync.account_now where id = account_id) as territory_id
            from unnest($1::uuid[]) as given(account_id)
        )
        select record.id as "id!", record.kind as "kind!", record.account_id as "account_id!",
               record.creator_id as "creator_id!", record.generation as "generation!",
               record.fill_order as "fill_order!", wanted.territory_id as "territory_id?"
        from wanted
        cross join lateral (
            select * from sync.record
            where record.account_id = wanted.account_id
              and ($2::uuid is null
                   or (record.account_id, record.fill_order, record.id) > ($2, $3, $4)
                   or ($5 and record.id = $4))
            order by record.fill_order, record.id limit $6
        ) record
        order by record.account_id, record.fill_order, record.id limit $6
        "#,
        &accounts,
        token.map(|token| token.account.uuid()),
        token.map_or(0, |token| i16::from(token.order)),
        token.map_or(Uuid::nil(), |token| token.record.uuid()),
        partial,
        RECORDS_MAX
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| FillSource {
            record: row.id.into(),
            kind: row.kind,
            order: u8::try_from(row.fill_order).unwrap_or(u8::MAX),
            account: row.account_id.into(),
            territory: row.territory_id.map(Into::into),
            creator: row.creator_id.into(),
            generation: unsigned32(row.generation),
            changes: Vec::new(),
            decision: None,
        })
        .collect())
}

/// Gives records their changes and decision as of a position, as many as make a page. The second value says whether all
/// got theirs. A record that did not exist yet is left out: the tail brings it.
pub(super) async fn at(
    connection: &mut PgConnection,
    mut records: Vec<FillSource>,
    upto: u64,
) -> Stored<(Vec<FillSource>, bool)> {
    let ids: Vec<Uuid> = records.iter().map(|source| source.record.uuid()).collect();
    let sizes = sqlx::query!(
        r#"
        select record_id as "record_id!", sum(octet_length(payload)) as "bytes!" from log.entry
        where record_id = any($1) and type in ('changes', 'decision') and position <= $2 group by record_id
        "#,
        &ids,
        signed(upto)
    )
    .fetch_all(&mut *connection)
    .await?;
    let sizes: BTreeMap<Uuid, usize> = sizes
        .into_iter()
        .map(|row| (row.record_id, usize::try_from(row.bytes).unwrap_or(usize::MAX)))
        .collect();
    let mut sum = 0_usize;
    let over = records.iter().position(|source| {
        let before = sum;
        sum = sum.saturating_add(sizes.get(&source.record.uuid()).copied().unwrap_or(0));
        before > limits::PAGE_BYTES_TARGET
    });
    records.truncate(over.unwrap_or(records.len()));
    let ids: Vec<Uuid> = records.iter().map(|source| source.record.uuid()).collect();
    let mut contents = contents(connection, &ids, &records, upto).await?;
    records.retain_mut(|source| match contents.remove(&source.record) {
        Some((changes, decision)) => {
            source.changes = changes;
            source.decision = decision;
            true
        }
        None => false,
    });
    Ok((records, over.is_none()))
}

type Contents = BTreeMap<RecordId, (Vec<(Author, Vec<u8>)>, Option<Decision>)>;

async fn contents(
    connection: &mut PgConnection,
    ids: &[Uuid],
    records: &[FillSource],
    upto: u64,
) -> Stored<Contents> {
    let generations: BTreeMap<RecordId, u32> =
        records.iter().map(|source| (source.record, source.generation)).collect();
    let payloads = sqlx::query_scalar!(
        "
        select payload from log.entry
        where record_id = any($1) and type in ('changes', 'decision') and position <= $2 order by position
        ",
        ids,
        signed(upto)
    )
    .fetch_all(connection)
    .await?;
    let mut contents = Contents::new();
    for payload in payloads {
        match read::<Entry>("entry", &payload)? {
            Entry::Changes(entry) if generations.get(&entry.record) == Some(&entry.generation) => {
                let (changes, _) = contents.entry(entry.record).or_default();
                changes.extend(entry.changes.into_iter().map(|change| (entry.author, change.0)));
            }
            Entry::Decision(decision) => {
                let (_, stands) = contents.entry(decision.record).or_default();
                *stands = Some(decision);
            }
            _ => {}
        }
    }
    Ok(contents)
}
