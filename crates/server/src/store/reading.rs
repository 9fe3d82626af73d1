//! Reading: what a hello is judged by, what a device may read next, what its digests lack, and the office's feed.
//!
//! Everything that has to agree (leases, log, records) is read in one transaction with one snapshot. Which rows a device
//! gets is decided by `roadbook_sync::reader`; here they are fetched, by index and in bounded pieces.

pub mod feed;
mod fill;
mod heal;
mod hello;
mod tail;

use roadbook_model::{AccountId, TerritoryId};
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Mark, limits};
use roadbook_sync::ledger::ServerDevice;
use roadbook_sync::reader::{self, PageRead, Scope};
use sqlx::{PgConnection, PgExecutor, Postgres, Transaction};
use tracing::instrument;
use uuid::Uuid;

use super::fetch::leases::leases_held;
use super::{Store, Stored, cells};

/// The channels that a device reads.
pub type Channels = Vec<Uuid>;

/// Begins a transaction in which everything is as of one moment.
const BEGIN_SNAPSHOT: &str = "begin isolation level repeatable read read only";

/// The log's last position; 0 for an empty one.
pub(super) async fn head(executor: impl PgExecutor<'_>) -> Stored<u64> {
    let query = sqlx::query_scalar!("select position from log.entry order by position desc limit 1");
    Ok(query.fetch_optional(executor).await?.map_or(0, cells::unsigned))
}

/// The mark at a position; `None` beyond the head.
async fn mark_at(connection: &mut PgConnection, position: u64) -> Stored<Option<Mark>> {
    if position == 0 {
        return Ok(Some(Mark::START));
    }
    let query =
        sqlx::query_scalar!("select chain from log.entry where position = $1", cells::signed(position));
    let chain = query.fetch_optional(connection).await?;
    chain.map(|chain| Ok(Mark { position, chain: cells::hash(&chain)?.tag() })).transpose()
}

/// The log's head.
async fn head_mark(connection: &mut PgConnection) -> Stored<Mark> {
    let position = head(&mut *connection).await?;
    Ok(mark_at(connection, position).await?.unwrap_or(Mark::START))
}

impl Store {
    /// A transaction that sees one moment.
    pub(super) async fn snapshot(&self) -> Stored<Transaction<'static, Postgres>> {
        Ok(self.pool.begin_with(BEGIN_SNAPSHOT).await?)
    }

    /// Reads on for a device: the tail from its cursor, and a stretch of its open fills.
    #[instrument(name = "db.page.read", skip_all, fields(device = %device.id, cursor, fills = fills.len()), err(level = "debug"))]
    pub async fn read_page(
        &self,
        device: &ServerDevice,
        cursor: u64,
        fills: &[FillMark],
    ) -> Stored<(PageRead, Channels)> {
        let mut tx = self.snapshot().await?;
        let scope = Scope::new(device, leases_held(&mut tx, device.id).await?);
        let head = head_mark(&mut tx).await?;
        let channels = channels(&mut tx, &scope, cursor).await?;
        let tail = tail::Tail::new(&channels, cursor, &scope);
        let rows = tail.rows(&mut tx).await?;
        let fetched = rows.last().map(|row| row.position);
        let cut = rows.len() >= tail::ROWS_MAX;
        let (bytes, cut) = match tail::within_budget(&rows, limits::PAGE_BYTES_TARGET) {
            Some(position) => (Some(position), true),
            None => (fetched, cut),
        };
        let rows = match bytes {
            Some(last) => tail.load(&mut tx, last).await?,
            None => Vec::new(),
        };
        let mut budget_bytes = limits::PAGE_BYTES_TARGET;
        let mut open = fills.to_vec();
        let (entries, ended) = reader::tail(&scope, &mut open, rows, &mut budget_bytes);
        let upto = match ended.or(bytes.filter(|_| cut)) {
            Some(position) => mark_at(&mut tx, position).await?.unwrap_or(head),
            None => head,
        };
        let mut more = ended.is_some() || cut;
        let mut parts = Vec::new();
        for mark in open {
            if budget_bytes == 0 {
                more = true;
                break;
            }
            let (sources, exhausted) = fill::sources(&mut tx, &scope, mark, upto.position).await?;
            let part = reader::fill(&self.settings.epoch, mark, sources, exhausted, &mut budget_bytes);
            more |= !part.done;
            parts.push(part);
        }
        Ok((PageRead { upto, entries, fills: parts, more }, channels))
    }
}

/// The channels that may hold something for the scope after a cursor: an account's entries lie in the channel of the
/// territory where it lay at the time.
async fn channels(connection: &mut PgConnection, scope: &Scope, cursor: u64) -> Stored<Channels> {
    let mut channels: Vec<Uuid> =
        scope.channels(|_| None::<TerritoryId>).into_iter().map(Uuid::from_bytes).collect();
    let accounts: Vec<Uuid> = scope.leases.iter().filter_map(account_of).map(AccountId::uuid).collect();
    let query = sqlx::query_scalar!(
        r#"
        select distinct territory_id as "id!" from sync.place
        where account_id = any($1) and (until_position is null or until_position > $2)
        union
        select item.to_territory_id
        from org.reassignment flight join org.reassignment_account item on item.reassignment_id = flight.id
        where flight.followed_position < flight.last_position and item.account_id = any($1)
        "#,
        &accounts,
        cells::signed(cursor)
    );
    channels.extend(query.fetch_all(connection).await?);
    channels.sort_unstable();
    channels.dedup();
    Ok(channels)
}

fn account_of(lease: &roadbook_sync::ledger::Lease) -> Option<AccountId> {
    match lease.subject {
        roadbook_protocol::entry::Subject::Account(account) => Some(account),
        roadbook_protocol::entry::Subject::Territory(_) => None,
    }
}
