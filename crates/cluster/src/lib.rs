//! A private Postgres for one data folder: found on the machine, initialised, started, watched, stopped. It listens on
//! a Unix socket that only its own user (and root) can reach, never on the network.
//!
//! What it is not: an installer, a client, or a manager of servers that others run. It stands apart from
//! `roadbook-server` (which re-exports it as `cluster`) because the checked queries of the server need a running
//! Postgres before the server compiles.
//!
//! Reading order: this page (the three ways to get a [`Cluster`]), `bring_up` (what happens when one is already there),
//! `site` (what lies where), `initialise`, `postmaster` (the process), `keeper` (the thread that owns it).
//!
//! | | exclusive | shared | adopted |
//! | --- | --- | --- | --- |
//! | for | `serve` | tests, development | looking at another's |
//! | a second one on the same folder | refused | adopts the first | adopts |
//! | when its opener dies, even by kill -9 | stops (Linux), else is replaced by the next opener | runs on | runs on |
//! | when dropped | stops | runs on | runs on |

mod account;
mod bring_up;
pub mod dev;
mod error;
mod initialise;
mod installation;
mod keeper;
mod lock;
mod os;
mod patience;
mod postmaster;
mod site;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bring_up::Server;
use lock::{FolderLock, Purpose};
use site::Site;

pub use error::ClusterError;
pub use installation::{Installation, OLDEST_MAJOR};

/// The superuser of the private Postgres, and the name of the database made when it is initialised.
pub const ROADBOOK: &str = "roadbook";

/// What a crash of the machine may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed: fsync on, data checksums on. For every record that matters.
    Durable,
    /// Everything: fsync off. Several times faster to write; for tests and development.
    Disposable,
}

/// Whether the server belongs to one process or to whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tenure {
    Exclusive,
    Shared,
}

/// A running private Postgres, and the right to stop and restart it.
#[derive(Debug)]
pub struct Cluster {
    site: Site,
    durability: Durability,
    tenure: Tenure,
    server: Mutex<Server>,
    /// Held as long as the cluster when exclusive; a later start in the same folder is refused while it is.
    _lock: Option<FolderLock>,
}

impl Cluster {
    /// Opens the data folder for anyone of this machine: initialises and starts Postgres when nobody did, adopts the
    /// running one otherwise. It runs on after this process, until [`Cluster::stop`].
    pub fn open(data_dir: &Path, durability: Durability) -> Result<Self, ClusterError> {
        let folder = site::create_folder(data_dir)?;
        let _starting = FolderLock::acquire(&folder, Purpose::Start)?;
        Self::launch(&folder, durability, Tenure::Shared, None)
    }

    /// Opens the data folder for this process alone: Postgres ends with it, and a second opener gets
    /// [`ClusterError::InUse`]. What a predecessor left running is stopped first, what it left broken is recovered.
    pub fn open_exclusive(data_dir: &Path, durability: Durability) -> Result<Self, ClusterError> {
        let folder = site::create_folder(data_dir)?;
        let lock = FolderLock::acquire(&folder, Purpose::Life)?;
        Self::launch(&folder, durability, Tenure::Exclusive, Some(lock))
    }

    /// Finds the Postgres that another process runs in this data folder; starts and creates nothing.
    pub fn adopt(data_dir: &Path) -> Result<Self, ClusterError> {
        let folder = site::existing_folder(data_dir)?;
        let site = Site::survey(&folder)?;
        if !postmaster::answers(&site) {
            return Err(ClusterError::NotRunning { folder });
        }
        let durability = match postmaster::is_disposable(&site) {
            true => Durability::Disposable,
            false => Durability::Durable,
        };
        let server = Mutex::new(Server::Theirs);
        Ok(Self { site, durability, tenure: Tenure::Shared, server, _lock: None })
    }

    fn launch(
        folder: &Path,
        durability: Durability,
        tenure: Tenure,
        lock: Option<FolderLock>,
    ) -> Result<Self, ClusterError> {
        let site = Site::survey(folder)?;
        initialise::ensure(&site, durability)?;
        let server = Mutex::new(bring_up::bring_up(&site, durability, tenure)?);
        Ok(Self { site, durability, tenure, server, _lock: lock })
    }

    /// The address of a database in this cluster, as sqlx and libpq read it.
    pub fn url(&self, database: &str) -> String {
        let host = site::percent_encode(&self.site.socket_text);
        format!("postgresql:///{}?host={host}&user={ROADBOOK}", site::percent_encode(database))
    }

    /// The installation that runs it, for `psql`, `pg_dump` and the like of the same version.
    pub fn installation(&self) -> &Installation {
        &self.site.installation
    }

    /// The process id of the running Postgres, if it runs.
    pub fn pid(&self) -> Option<u32> {
        match &*self.server() {
            Server::Ours(keeper) => keeper.is_running().then(|| keeper.pid()),
            Server::Theirs => postmaster::running(&self.site).map(|found| found.pid),
        }
    }

    /// Whether Postgres still runs. At most 0.1 s late in noticing that it was killed.
    pub fn is_alive(&self) -> bool {
        match &*self.server() {
            Server::Ours(keeper) => keeper.is_running(),
            Server::Theirs => postmaster::answers(&self.site),
        }
    }

    /// Stops Postgres if it still runs, and starts it again with crash recovery if need be. For `serve`, when
    /// [`Cluster::is_alive`] says that somebody killed it. Connections made before are dead.
    pub fn restart(&self) -> Result<(), ClusterError> {
        let mut server = self.server();
        bring_up::stop(&self.site, self.durability, &server)?;
        let _starting = match self.tenure {
            Tenure::Exclusive => None,
            Tenure::Shared => Some(FolderLock::acquire(&self.site.folder, Purpose::Start)?),
        };
        *server = bring_up::bring_up(&self.site, self.durability, self.tenure)?;
        Ok(())
    }

    /// Stops Postgres, whoever started it: open transactions are rolled back, committed work is on disk when this
    /// returns (durable). Stopping a stopped one is fine.
    pub fn stop(&self) -> Result<(), ClusterError> {
        bring_up::stop(&self.site, self.durability, &self.server())
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.tenure == Tenure::Exclusive {
            // Nobody is left to tell; the next opener settles whatever remains.
            let _ = self.stop();
            if !self.site.socket.starts_with(&self.site.folder) {
                let _ = fs::remove_dir(&self.site.socket);
            }
        }
    }
}
