//! What can go wrong with a private Postgres, each with a stable code and what to do next.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::installation::OLDEST_MAJOR;

/// Why the private Postgres cannot be had.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// No PostgreSQL on this machine.
    #[error(
        "no PostgreSQL found on this machine (looked for `initdb` and `postgres` on the PATH and in the usual places). \
         Install it (Debian, Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; \
         Alpine: `apk add postgresql`; macOS: `brew install postgresql`), or give a --database-url"
    )]
    PostgresMissing,
    /// Only installations older than [`OLDEST_MAJOR`].
    #[error("PostgreSQL {found} is too old: Roadbook needs {OLDEST_MAJOR} or later")]
    PostgresTooOld {
        /// The newest major version found.
        found: u32,
    },
    /// The data was written by a major version that is not installed; Postgres reads no other's files.
    #[error("{}", version_text(folder, *data, installed))]
    Version {
        /// The folder with the database files.
        folder: PathBuf,
        /// The major version that wrote them.
        data: u32,
        /// The major versions on this machine.
        installed: Vec<u32>,
    },
    /// Another process owns the data folder.
    #[error(
        "the data folder {} is in use{}. Stop that one first, or choose another folder with --data",
        folder.display(), by_process(*holder)
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The process that holds it, when it said so.
        holder: Option<u32>,
    },
    /// Postgres refuses to run as root, and the user it would run as cannot reach the data.
    #[error(
        "Postgres does not run as root, so it runs as `{user}`, and `{user}` cannot enter {}. \
         Choose a data folder outside it (such as /var/lib/roadbook), or `chmod o+x` it",
        path.display()
    )]
    Unreachable {
        /// The first folder on the way that cannot be entered.
        path: PathBuf,
        /// The user without the right.
        user: String,
    },
    /// The database files belong to somebody else.
    #[error(
        "the database files in {} belong to user id {owner}, but this process runs as {user}. \
         Run as their owner, or give them over with `chown -R`",
        folder.display()
    )]
    WrongOwner {
        /// The folder with the database files.
        folder: PathBuf,
        /// Whose they are.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// Running as root and no unprivileged user exists.
    #[error(
        "Postgres does not run as root, and this machine has neither a `postgres` nor a `nobody` user to run it as"
    )]
    NoUser,
    /// A place for the socket could not be had.
    #[error(
        "no usable place for the database socket: {} is too long (at most {limit} bytes) or not ours. \
         Choose a data folder with a shorter path",
        path.display()
    )]
    SocketPath {
        /// The place tried last.
        path: PathBuf,
        /// The longest socket path that the system takes.
        limit: usize,
    },
    /// The path is not UTF-8, so that no database URL could name it.
    #[error("the data folder {} has a name that is not UTF-8; choose another", path.display())]
    PathText {
        /// The path.
        path: PathBuf,
    },
    /// `initdb` or the making of the first database failed. Nothing is left half done.
    #[error("the database could not be initialised: {output}")]
    Initialise {
        /// What the program said.
        output: String,
    },
    /// Postgres ended, or did not get ready in time.
    #[error("Postgres did not start: {reason}. Its log is {}; it ends:\n{tail}", log.display())]
    Start {
        /// What was seen from outside.
        reason: String,
        /// The log.
        log: PathBuf,
        /// The last lines of this start.
        tail: String,
    },
    /// Postgres did not stop.
    #[error("Postgres (process {pid}) did not stop within {seconds} s; see its log, then stop it by hand")]
    StopTimeout {
        /// Its process id.
        pid: u32,
        /// How long it was given.
        seconds: u64,
    },
    /// Nothing to adopt.
    #[error("no Postgres runs in the data folder {}", folder.display())]
    NotRunning {
        /// The data folder.
        folder: PathBuf,
    },
    /// A durable cluster was asked for, a disposable one runs.
    #[error(
        "the Postgres that runs in {} does not write durably (it was started for tests); stop it first",
        folder.display()
    )]
    NotDurable {
        /// The data folder.
        folder: PathBuf,
    },
    /// The system refused something.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// A verb phrase.
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl ClusterError {
    /// A stable word for this failure, for logs and exit messages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PostgresMissing => "postgres_missing",
            Self::PostgresTooOld { .. } => "postgres_too_old",
            Self::Version { .. } => "postgres_version",
            Self::InUse { .. } => "data_in_use",
            Self::Unreachable { .. } => "data_unreachable",
            Self::WrongOwner { .. } => "data_wrong_owner",
            Self::NoUser => "no_unprivileged_user",
            Self::SocketPath { .. } => "socket_path",
            Self::PathText { .. } => "path_not_utf8",
            Self::Initialise { .. } => "postgres_init_failed",
            Self::Start { .. } => "postgres_start_failed",
            Self::StopTimeout { .. } => "postgres_stop_timeout",
            Self::NotRunning { .. } => "postgres_not_running",
            Self::NotDurable { .. } => "postgres_not_durable",
            Self::Io { .. } => "io",
        }
    }

    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

fn by_process(holder: Option<u32>) -> String {
    holder.map_or_else(String::new, |pid| format!(" by process {pid}"))
}

fn version_text(folder: &Path, data: u32, installed: &[u32]) -> String {
    let have = installed.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ");
    let mut text = format!(
        "the database in {} was written by PostgreSQL {data}, and this machine has {have}, which cannot read it. \
         Install version {data} beside it (Debian, Ubuntu: `apt-get install postgresql-{data}`; \
         Fedora: `dnf install postgresql{data}-server`; Alpine: `apk add postgresql{data}`; \
         macOS: `brew install postgresql@{data}`)",
        folder.display()
    );
    if let Some(new) = installed.iter().max().filter(|new| **new > data) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "; to move to {new}, then run that version's `initdb` for a new folder pg-{new} beside it (with -U \
             roadbook and the same options), and `pg_upgrade` from one to the other"
        );
    }
    text
}
