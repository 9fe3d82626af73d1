//! The store's files: the lock that keeps a second program out, setting a store aside, and the reserve.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// Bytes that the reserve keeps of the disk, so that a full one still lets the outbox be sent.
pub(super) const RESERVE_BYTES: usize = 1024 * 1024;

/// Why a store was set aside, as its name says.
pub(crate) const DAMAGED: &str = "damaged";
/// The server gave the device a new store generation.
pub(crate) const GENERATION: &str = "generation";
const ASIDE: [&str; 2] = [DAMAGED, GENERATION];
/// A store is these files: what is appended to its name.
const PARTS: [&str; 3] = ["-wal", "-shm", ""];
/// Stands beside a store while it is set aside, and names what it becomes.
const LEAVING: &str = ".leaving";
/// Stands beside a store set aside whose work was carried over.
const CARRIED: &str = ".carried";

/// The path with this appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Takes the store for this process, for as long as the file is kept. The system gives it back when the process ends,
/// however it ends.
pub(super) fn lock(path: &Path) -> Result<File, Failure> {
    let lock = beside(path, ".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(Failure::file(&lock))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(Failure::File { path: lock, source }),
    }
}

/// Renames the store and what belongs to it to `<name>.<word>-N`, with the first N that is free for all of it, and says
/// where it is now. The caller holds the lock and has no connection open. A program that is killed in between goes on at the
/// next open: a store without its journal lacks what was saved last.
pub(super) fn set_aside(path: &Path, word: &str) -> Result<PathBuf, Failure> {
    let mut number = 1_u32;
    let kept = loop {
        let candidate = beside(path, &format!(".{word}-{number}"));
        if PARTS.iter().all(|part| !beside(&candidate, part).exists()) {
            break candidate;
        }
        number += 1;
    };
    let name = kept.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let leaving = beside(path, LEAVING);
    write_durably(&leaving, name.as_bytes())?;
    finish_setting_aside(path)?;
    Ok(kept)
}

/// Ends what [`set_aside`] began.
pub(super) fn finish_setting_aside(path: &Path) -> Result<(), Failure> {
    let leaving = beside(path, LEAVING);
    let Ok(name) = fs::read_to_string(&leaving) else { return Ok(()) };
    let kept = folder(path).join(name);
    // A name that is not whole was never acted on.
    if is_aside(path, &kept) {
        for part in PARTS {
            let from = beside(path, part);
            if from.exists() {
                fs::rename(&from, beside(&kept, part)).map_err(Failure::file(&from))?;
            }
        }
        sync_folder(path)?;
    }
    fs::remove_file(&leaving).map_err(Failure::file(&leaving))?;
    sync_folder(path)
}

/// Writes a small file and makes it durable, its name included.
fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(Failure::file(path))?;
    sync_folder(path)
}

/// What was left of work that could not be carried over from the stores set aside: their reports that name any.
pub(crate) fn carried_reports(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let folder = folder(path);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        let mark = beside(&entry.map_err(Failure::file(folder))?.path(), CARRIED);
        if let Ok(report) = fs::read(&mark) {
            found.push(report);
        }
    }
    Ok(found)
}

/// Deletes the store and everything beside it that belongs to it, stores set aside and their reports included. The lock
/// stays: this program may still hold it.
pub(crate) fn delete_all(path: &Path) -> Result<(), Failure> {
    let folder = folder(path);
    let Some(store) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Ok(()) };
    let lock = format!("{store}.lock");
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        let candidate = entry.map_err(Failure::file(folder))?.path();
        let name = candidate.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with(&store) && name != lock {
            fs::remove_file(&candidate).map_err(Failure::file(&candidate))?;
        }
    }
    sync_folder(path)
}

/// The stores set aside beside this one that were not carried over yet, oldest name first.
pub(crate) fn asides(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = folder(path);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        let candidate = entry.map_err(Failure::file(folder))?.path();
        if is_aside(path, &candidate) && !beside(&candidate, CARRIED).exists() {
            found.push(candidate);
        }
    }
    found.sort();
    Ok(found)
}

/// Notes that a store set aside was carried over, and what came of it.
pub(crate) fn mark_carried(aside: &Path, report: &[u8]) -> Result<(), Failure> {
    write_durably(&beside(aside, CARRIED), report)
}

/// Whether a file's name is the store's, a word and a number, and nothing else.
fn is_aside(path: &Path, candidate: &Path) -> bool {
    let (Some(store), Some(name)) = (path.file_name(), candidate.file_name()) else { return false };
    let (store, name) = (store.to_string_lossy(), name.to_string_lossy());
    let rest = name.strip_prefix(store.as_ref()).and_then(|rest| rest.strip_prefix('.'));
    let number = rest.and_then(|rest| rest.split_once('-')).filter(|(word, _)| ASIDE.contains(word));
    number.is_some_and(|(_, number)| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Makes the names in a file's folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Failure> {
    let folder = folder(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Failure::file(folder))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Fills the reserve again, if it is not there and the disk has room. A full disk is no fault here.
pub(super) fn keep_reserve(path: &Path) {
    let reserve = beside(path, ".reserve");
    let is_whole = fs::metadata(&reserve).is_ok_and(|found| found.len() >= RESERVE_BYTES as u64);
    if is_whole {
        return;
    }
    let filled = File::create(&reserve).and_then(|mut file| {
        file.write_all(&vec![0; RESERVE_BYTES])?;
        file.sync_all()
    });
    if filled.is_err() {
        // Half a reserve would only make the shortage worse.
        let _gone = fs::remove_file(&reserve);
    }
}

/// Gives the reserve's space back to the disk; says whether there was any.
pub(super) fn release_reserve(path: &Path) -> bool {
    fs::remove_file(beside(path, ".reserve")).is_ok()
}
