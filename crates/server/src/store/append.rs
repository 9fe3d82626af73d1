//! One append: the only way by which anything gets into the log.
//!
//! ```text
//! begin; take the log's lock     one statement; its snapshot is too old to read the head by
//! fetch into a Book              later statements: head, and the rows that the work touches
//! decide                         Book's methods, in memory
//! store Writes, commit           entries, answers, rows, central record: all or nothing
//! ```
//!
//! The lock is taken by every writer of every node, whatever it appends; so positions are dense and commit in order.

use std::collections::BTreeMap;

use roadbook_model::RecordId;
use roadbook_protocol::Mark;
use roadbook_sync::ledger::Book;
use sqlx::{PgPool, Postgres, Transaction};
use tracing::instrument;
use uuid::Uuid;

use super::wake::Wake;
use super::{Store, Stored, cells};
use crate::ambient;

/// Begins a transaction and waits for the log's lock, in one round trip. The number means "roadbook" to nobody else.
const BEGIN_LOCKED: &str = "begin; select pg_advisory_xact_lock(8243108416119334763)";

/// An append under way. Dropping it undoes everything.
#[derive(Debug)]
pub struct Append<'a> {
    /// The working set: fetched by this type's `fetch_*`, changed by its own methods.
    pub book: Book,
    pub(super) tx: Transaction<'static, Postgres>,
    /// When the decision that stands on a record was made, for records that were fetched.
    pub(super) decided: BTreeMap<RecordId, i64>,
    /// The channels that grew, each with its last position.
    pub(super) grown: BTreeMap<Uuid, u64>,
    /// Whether rows of a reassignment had still to follow its entries when this began.
    pub(super) in_flight: bool,
    wake: &'a Wake,
}

impl Store {
    /// Begins an append of the office's own. It waits for its turn like any other.
    pub async fn append(&self) -> Stored<Append<'_>> {
        Append::begin(&self.pool, &self.wake).await
    }

    /// The same at a moment when all rows have followed the log: for what looks at leases by account or territory.
    pub(super) async fn append_followed(&self) -> Stored<Append<'_>> {
        loop {
            self.follow().await?;
            let append = self.append().await?;
            if !append.in_flight {
                return Ok(append);
            }
        }
    }
}

impl<'a> Append<'a> {
    #[instrument(name = "db.log.lock", skip_all, err(level = "debug"))]
    pub(super) async fn begin(pool: &PgPool, wake: &'a Wake) -> Stored<Self> {
        let mut tx = pool.begin_with(BEGIN_LOCKED).await?;
        let row = sqlx::query!(
            r#"
            select coalesce(entry.position, 0) as "position!", entry.chain as "chain?", setting.epoch,
                   setting.digest_key, setting.next_order,
                   exists (select from org.reassignment where followed_position < last_position) as "in_flight!"
            from org.setting
            left join lateral (select position, chain from log.entry order by position desc limit 1) entry on true
            "#
        )
        .fetch_one(&mut *tx)
        .await?;
        let chain = row.chain.map_or(Ok(roadbook_protocol::Hash([0; 32])), |chain| cells::hash(&chain))?;
        let (epoch, digest_key) = (cells::tag(&row.epoch)?, cells::tag(&row.digest_key)?);
        let mut book = Book::new(epoch, digest_key, (cells::unsigned(row.position), chain));
        book.now_ms = ambient::now_ms();
        book.seed = ambient::random();
        book.next_order = cells::unsigned(row.next_order);
        let in_flight = row.in_flight;
        Ok(Self { book, tx, decided: BTreeMap::new(), grown: BTreeMap::new(), in_flight, wake })
    }

    /// Stores what the book decided so far, without committing it: long imports go in pieces.
    pub async fn store(&mut self) -> Stored<()> {
        self.review().await?;
        let writes = self.book.take();
        self.persist(writes).await
    }

    /// Stores what the book decided and makes it durable; then wakes whoever follows the log.
    #[instrument(name = "db.log.append", skip_all, err(level = "debug"))]
    pub async fn commit(mut self) -> Stored<Mark> {
        self.store().await?;
        self.tx.commit().await?;
        let mark = self.book.mark();
        self.wake.committed(self.grown, mark.position);
        Ok(mark)
    }

    /// The transaction, for rows of the organisation that change together with the log.
    pub fn connection(&mut self) -> &mut sqlx::PgConnection {
        &mut self.tx
    }
}
