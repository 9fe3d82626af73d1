//! Opening the store: connect, bring the schema up to date, make the settings if this is the first start.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use roadbook_cluster::OLDEST_MAJOR;
use roadbook_sync::ledger::Book;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use tokio::task::JoinSet;
use tracing::info;

use super::writer::Judge;
use super::{Settings, Store, StoreError, Stored, cells, wake, writer};
use crate::ambient;

/// The schema's history, compiled in.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long a caller waits for a free connection.
const ACQUIRE_MAX: Duration = Duration::from_secs(10);
/// How long a transaction may wait for its client before Postgres ends it.
const ABANDONED_MAX: &str = "set idle_in_transaction_session_timeout = '2min'";
/// How long a first connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Why the store cannot be opened, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one.
    #[error("the database address is malformed: {0}; it reads postgresql://user:password@host:port/database")]
    Address(#[source] sqlx::Error),
    /// Nobody answers, or not to us.
    #[error(
        "the database at {place} does not let us in: {source}; check that Postgres runs there and the address is right"
    )]
    Unreachable {
        /// Host and database, without the password.
        place: String,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// Postgres itself is too old for what the schema asks of it.
    #[error(
        "the database runs on PostgreSQL {0}, and Roadbook needs {OLDEST_MAJOR} or later; move it to a newer one \
         (pg_upgrade, or pg_dump and restore)"
    )]
    PostgresTooOld(u32),
    /// Made by a later version.
    #[error(
        "the database was set up by a later version of Roadbook (its migration {0} is unknown here); \
         run that version, or restore a backup from before it"
    )]
    Newer(i64),
    /// A migration was edited after it was applied.
    #[error(
        "migration {0} is not the one this database was set up with; run the version that matches the database"
    )]
    Changed(i64),
    /// A migration failed; the database is as it was before it.
    #[error("the database could not be brought up to date: {0}; nothing of the failed step remains")]
    Migration(#[source] MigrateError),
    /// Later trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What works behind an open store. Dropping it ends that work at once; [`Background::finish`] lets it end in order.
#[derive(Debug)]
pub struct Background {
    tasks: JoinSet<()>,
}

impl Background {
    /// Waits until whatever was queued is answered. Every [`Store`] must be dropped first, or this waits for it.
    pub async fn finish(mut self) {
        // The writer ends when the last store is gone; the others end with it.
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Store {
    /// Opens the database at this address.
    ///
    /// # Errors
    /// When it cannot be reached or brought up to date; see [`OpenError`].
    pub async fn open(url: &str) -> Result<(Self, Background), OpenError> {
        let options = PgConnectOptions::from_str(url).map_err(OpenError::Address)?;
        let options = options.application_name("roadbook").log_statements(tracing::log::LevelFilter::Trace);
        migrate(&options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(ACQUIRE_MAX)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // A node that is cut off in the middle of an append must not keep the log's lock for ever.
                    sqlx::raw_sql(ABANDONED_MAX).execute(connection).await.map(drop)
                })
            })
            .connect_with(options)
            .await
            .map_err(StoreError::from)?;
        let settings = settle(&pool).await?;
        let head = super::reading::head(&pool).await?;
        let mut tasks = JoinSet::new();
        let wake = wake::start(pool.clone(), head, &mut tasks);
        let writer = writer::start(pool.clone(), Arc::clone(&wake), Book::judge, &mut tasks);
        let following = Arc::default();
        let store = Self { pool, settings, wake, writer, following };
        store.find_old_conflicts().await?;
        Ok((store, Background { tasks }))
    }
}

impl Store {
    /// For tests: the same store with a writer that comes to its word on items otherwise, and may break at one.
    #[must_use]
    pub fn judging_by(&self, judge: Judge, background: &mut Background) -> Self {
        let writer = writer::start(self.pool.clone(), Arc::clone(&self.wake), judge, &mut background.tasks);
        Self { writer, ..self.clone() }
    }
}

/// Brings the schema up to date. Two nodes may start together: sqlx holds a lock meanwhile.
async fn migrate(options: &PgConnectOptions) -> Result<(), OpenError> {
    let place = format!("{}/{}", options.get_host(), options.get_database().unwrap_or_default());
    let unreachable = |source| OpenError::Unreachable { place: place.clone(), source };
    let connecting = tokio::time::timeout(CONNECT_MAX, options.connect()).await;
    let mut connection =
        connecting.map_err(|_| unreachable(sqlx::Error::PoolTimedOut))?.map_err(unreachable)?;
    new_enough(connection.server_version_num())?;
    let pending = pending(&mut connection).await;
    if pending > 0 {
        info!(pending, "the schema is brought up to date");
    }
    MIGRATIONS.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        MigrateError::VersionMismatch(version) => OpenError::Changed(version),
        error => OpenError::Migration(error),
    })?;
    if pending > 0 {
        info!("the schema is up to date");
    }
    connection.close().await.map_err(StoreError::from)?;
    Ok(())
}

/// How many migrations are still to be applied: all, in a database that knows of none.
async fn pending(connection: &mut PgConnection) -> usize {
    let query = sqlx::query_scalar::<_, i64>("select version from _sqlx_migrations where success");
    let applied = query.fetch_all(connection).await.unwrap_or_default();
    MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.version)).count()
}

/// Refuses a Postgres of a version that the migrations are not written for. One that does not say its version is tried.
fn new_enough(version: Option<u32>) -> Result<(), OpenError> {
    match version.map(|version| version / 10_000) {
        Some(major) if major < OLDEST_MAJOR => Err(OpenError::PostgresTooOld(major)),
        _ => Ok(()),
    }
}

/// The settings, made if this is the first start.
async fn settle(pool: &PgPool) -> Stored<Settings> {
    let epoch = ambient::random::<16>();
    let digest_key = ambient::random::<16>();
    let made = sqlx::query!(
        "insert into org.setting (epoch, digest_key) values ($1, $2) on conflict (singleton) do nothing",
        &epoch[..],
        &digest_key[..]
    )
    .execute(pool)
    .await?;
    if made.rows_affected() > 0 {
        info!("set up a new organisation");
    }
    let row = sqlx::query!("select epoch, digest_key from org.setting").fetch_one(pool).await?;
    Ok(Settings { epoch: cells::tag(&row.epoch)?, digest_key: cells::tag(&row.digest_key)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postgres_that_is_too_old_is_named_with_what_to_do() {
        let error = new_enough(Some(140_012)).unwrap_err();
        assert!(matches!(error, OpenError::PostgresTooOld(14)));
        let text = error.to_string();
        assert!(text.contains("PostgreSQL 14") && text.contains("15 or later"), "{text}");
        assert!(new_enough(Some(150_000)).is_ok() && new_enough(Some(180_001)).is_ok());
        assert!(new_enough(None).is_ok());
    }
}
