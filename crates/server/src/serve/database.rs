//! The database that a server works on: one that others run, or a private Postgres in the data folder, which is watched
//! and started again should somebody end it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roadbook_cluster::{Cluster, ClusterError, Durability, ROADBOOK};
use tokio::task::JoinHandle;
use tracing::{error, warn};

/// How often the private Postgres is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// How long to wait after it could not be started again.
const BACKOFF: Duration = Duration::from_secs(5);

/// A database within reach.
#[derive(Debug)]
pub struct Database {
    url: String,
    private: Option<Private>,
}

#[derive(Debug)]
struct Private {
    cluster: Arc<Cluster>,
    watching: JoinHandle<()>,
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The private Postgres says why.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The task that opened it did not end well.
    #[error("the private Postgres could not be opened: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Database {
    /// For a server: the database at this address, or the private one, which then belongs to this process.
    pub async fn open(data: &Path, url: Option<&str>) -> Result<Self, DatabaseError> {
        if let Some(url) = url {
            return Ok(Self { url: url.to_owned(), private: None });
        }
        let data = data.to_owned();
        let opening =
            tokio::task::spawn_blocking(move || Cluster::open_exclusive(&data, Durability::Durable));
        let cluster = Arc::new(opening.await??);
        let watching = tokio::spawn(watch(Arc::clone(&cluster)));
        Ok(Self { url: cluster.url(ROADBOOK), private: Some(Private { cluster, watching }) })
    }

    /// For a tool: the same, but the private one of a running server is shared with it.
    pub async fn reach(data: &Path, url: Option<&str>) -> Result<Self, DatabaseError> {
        if url.is_none() {
            let folder = data.to_owned();
            let adopted = tokio::task::spawn_blocking(move || Cluster::adopt(&folder)).await?;
            if let Ok(cluster) = adopted {
                return Ok(Self { url: cluster.url(ROADBOOK), private: None });
            }
        }
        Self::open(data, url).await
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The private Postgres, if this process owns one.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.private.as_ref().map(|private| &*private.cluster)
    }

    /// Stops the private Postgres, if this process owns one.
    pub async fn close(self) {
        let Some(Private { cluster, watching }) = self.private else { return };
        watching.abort();
        // It ended, or was cut off between two looks.
        let _ = watching.await;
        let stopping = tokio::task::spawn_blocking(move || cluster.stop());
        match stopping.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => error!(%error, "the private Postgres did not stop"),
            Err(error) => error!(%error, "the private Postgres was not stopped"),
        }
    }
}

async fn watch(cluster: Arc<Cluster>) {
    loop {
        tokio::time::sleep(WATCH).await;
        if cluster.is_alive() {
            continue;
        }
        warn!("the private Postgres ended; it is started again");
        let again = Arc::clone(&cluster);
        match tokio::task::spawn_blocking(move || again.restart()).await {
            Ok(Ok(())) => warn!("the private Postgres runs again"),
            Ok(Err(error)) => {
                error!(%error, "the private Postgres cannot be started; trying again");
                tokio::time::sleep(BACKOFF).await;
            }
            Err(_) => return,
        }
    }
}
