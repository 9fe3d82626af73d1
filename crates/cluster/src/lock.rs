//! One starter at a time in a data folder, and one owner for life when it is exclusive. The system releases the lock
//! when its process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use crate::error::ClusterError;
use crate::patience::poll;

/// How long a start by another may take before we give up waiting for it.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long the word of a possibly dead owner must stand before it is believed.
const OWNER_LIMIT: Duration = Duration::from_millis(300);
const STEP: Duration = Duration::from_millis(20);
/// What the lock file says while its holder keeps it for life; followed by the process id.
const OWNED: &str = "owned by ";

/// For how long the folder is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For the length of an initialisation and a start; others wait for it.
    Start,
    /// As long as this process has the cluster; others are refused.
    Life,
}

/// The held lock; released when dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    pub(crate) fn acquire(folder: &Path, purpose: Purpose) -> Result<Self, ClusterError> {
        let path = folder.join("lock");
        let failed = || ClusterError::io("lock", &path);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed())?;
        let mut owned_for = Duration::ZERO;
        let outcome = poll(START_LIMIT, STEP, || match file.try_lock() {
            Ok(()) => Some(Ok(())),
            Err(TryLockError::Error(error)) => Some(Err(failed()(error))),
            Err(TryLockError::WouldBlock) => {
                // The words may be those of a dead owner whose successor has not yet written its own.
                owned_for = if owner(&mut file).is_some() { owned_for + STEP } else { Duration::ZERO };
                (owned_for > OWNER_LIMIT).then(|| Err(in_use(folder, &mut file)))
            }
        });
        outcome.unwrap_or_else(|| Err(in_use(folder, &mut file)))?;
        let words = match purpose {
            Purpose::Start => String::from("starting\n"),
            Purpose::Life => format!("{OWNED}{}\n", std::process::id()),
        };
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(words.as_bytes()))
            .map_err(failed())?;
        Ok(Self { _file: file })
    }
}

fn in_use(folder: &Path, file: &mut File) -> ClusterError {
    ClusterError::InUse { folder: folder.to_owned(), holder: owner(file) }
}

fn owner(file: &mut File) -> Option<u32> {
    let mut words = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut words).ok()?;
    words.trim().strip_prefix(OWNED)?.parse().ok()
}
