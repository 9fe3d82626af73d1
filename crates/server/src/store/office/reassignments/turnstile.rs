//! One reassignment at a time: whoever stages and flips one has passed the turnstile, on whatever node. It is no lock on
//! the log: pushes go on meanwhile.

use sqlx::{Connection, PgConnection};
use tracing::instrument;

use crate::store::{Store, Stored};

/// Means "reassign" to nobody else.
const KEY: i64 = 8_243_108_416_119_334_764;

/// The right to stage and flip. It ends with its connection, hence also when whoever holds it dies.
#[derive(Debug)]
pub(in crate::store::office) struct Turnstile(PgConnection);

impl Store {
    /// Waits for its turn, and until all rows have followed what took effect before.
    #[instrument(name = "db.reassignment.turn", skip_all, err(level = "debug"))]
    pub(in crate::store::office) async fn turnstile(&self) -> Stored<Turnstile> {
        let mut connection = self.pool.acquire().await?.detach();
        sqlx::query!("select pg_advisory_lock($1)", KEY).execute(&mut connection).await?;
        self.follow().await?;
        Ok(Turnstile(connection))
    }
}

impl Turnstile {
    /// Lets the next one in. Dropping it does so too, as soon as Postgres notices.
    pub(in crate::store::office) async fn leave(self) {
        let _ = self.0.close().await;
    }
}
