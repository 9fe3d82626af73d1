//! From database files to a Postgres that answers, whatever a predecessor left behind, and back.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::ClusterError;
use crate::keeper::Keeper;
use crate::patience::poll;
use crate::site::Site;
use crate::{Durability, Tenure, os, postmaster};

const STEP: Duration = Duration::from_millis(5);
/// Crash recovery replays at most a few gigabytes; more than this is a fault, not patience.
const READY_LIMIT: Duration = Duration::from_secs(600);
/// A fast stop writes what is in memory to disk first.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// What is left of a killed Postgres ends by itself, when its current statements do.
const ORPHANS_LIMIT: Duration = Duration::from_secs(60);
const ORPHANS_STEP: Duration = Duration::from_millis(100);
/// What Postgres says when parts of a predecessor still run.
const ORPHANS_SIGNS: [&str; 2] = ["is still in use", "already exists"];
const TAIL_BYTES_MAX: u64 = 2000;

/// Who answers for the process.
#[derive(Debug)]
pub(crate) enum Server {
    /// Started by this process.
    Ours(Keeper),
    /// Started by another; known by its files only.
    Theirs,
}

/// Adopts what runs (shared) or replaces it (exclusive), and starts Postgres when nothing does. To be called under the
/// folder's lock.
pub(crate) fn bring_up(site: &Site, durability: Durability, tenure: Tenure) -> Result<Server, ClusterError> {
    let adopted = match tenure {
        Tenure::Shared => await_shared(site, durability)?,
        Tenure::Exclusive => remove_leftover(site, durability)?,
    };
    match adopted {
        true => Ok(Server::Theirs),
        false => start(site, durability, tenure).map(Server::Ours),
    }
}

/// Whether there is one to adopt; one that is just starting or stopping is waited for.
fn await_shared(site: &Site, durability: Durability) -> Result<bool, ClusterError> {
    let settled = poll(STOP_LIMIT, STEP, || match postmaster::running(site) {
        None => Some(false),
        Some(_) => postmaster::answers(site).then_some(true),
    });
    let is_adopted = settled.ok_or_else(|| in_use(site))?;
    if is_adopted && durability == Durability::Durable && postmaster::is_disposable(site) {
        return Err(ClusterError::NotDurable { folder: site.folder.clone() });
    }
    Ok(is_adopted)
}

/// Stops what an owner left that was killed: on Linux it is already stopping. Never adopts, so never true.
fn remove_leftover(site: &Site, durability: Durability) -> Result<bool, ClusterError> {
    if postmaster::running(site).is_some() {
        if postmaster::is_shared(site) {
            return Err(in_use(site));
        }
        stop(site, durability, &Server::Theirs)?;
    }
    Ok(false)
}

fn in_use(site: &Site) -> ClusterError {
    ClusterError::InUse {
        folder: site.folder.clone(),
        holder: postmaster::running(site).map(|found| found.pid),
    }
}

/// Stops Postgres and waits for its end. Immediate when disposable: nothing is worth writing then.
pub(crate) fn stop(site: &Site, durability: Durability, server: &Server) -> Result<(), ClusterError> {
    let signal = match durability {
        Durability::Durable => libc::SIGINT,
        Durability::Disposable => libc::SIGQUIT,
    };
    match server {
        Server::Ours(keeper) => match keeper.end(signal, STOP_LIMIT) {
            true => Ok(()),
            false => Err(stuck(keeper.pid())),
        },
        Server::Theirs => {
            let Some(found) = postmaster::running(site) else { return Ok(()) };
            // It may end by itself between the look and the signal.
            let _ = os::signal(found.pid, signal);
            let gone = || postmaster::running(site).is_none_or(|now| now.pid != found.pid).then_some(());
            poll(STOP_LIMIT, STEP, gone).ok_or_else(|| stuck(found.pid))
        }
    }
}

fn stuck(pid: u32) -> ClusterError {
    ClusterError::StopTimeout { pid, seconds: STOP_LIMIT.as_secs() }
}

/// Starts Postgres and waits until it is ready, again while orphans of a killed predecessor are in the way.
fn start(site: &Site, durability: Durability, tenure: Tenure) -> Result<Keeper, ClusterError> {
    postmaster::clear_stale(site);
    let mut waited = Duration::ZERO;
    loop {
        let error = match attempt(site, durability, tenure) {
            Ok(keeper) => return Ok(keeper),
            Err(error) => error,
        };
        let meets_orphans = matches!(&error, ClusterError::Start { tail, .. }
            if ORPHANS_SIGNS.iter().any(|sign| tail.contains(sign)));
        if !meets_orphans || waited >= ORPHANS_LIMIT {
            return Err(error);
        }
        thread::sleep(ORPHANS_STEP);
        waited += ORPHANS_STEP;
    }
}

fn attempt(site: &Site, durability: Durability, tenure: Tenure) -> Result<Keeper, ClusterError> {
    let command = postmaster::command(site, durability, tenure)?;
    let log_start = fs::metadata(&site.log).map_or(0, |found| found.len());
    let keeper = Keeper::start(command, tenure).map_err(ClusterError::io("run Postgres in", &site.folder))?;
    let failed = |reason: String| {
        let tail = log_tail(&site.log, log_start);
        ClusterError::Start { reason, log: site.log.clone(), tail }
    };
    let settled = poll(READY_LIMIT, STEP, || {
        if let Some(ending) = keeper.ending() {
            return Some(Err(failed(format!("it ended ({ending})"))));
        }
        let found = postmaster::running(site)?;
        (found.pid == keeper.pid() && postmaster::answers(site)).then_some(Ok(()))
    });
    match settled {
        Some(outcome) => outcome.map(|()| keeper),
        None => {
            keeper.end(libc::SIGQUIT, STOP_LIMIT);
            Err(failed(format!("it was not ready after {} s", READY_LIMIT.as_secs())))
        }
    }
}

/// The end of what was logged since a position.
fn log_tail(log: &Path, since: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let from = since.max(file.metadata()?.len().saturating_sub(TAIL_BYTES_MAX));
        file.seek(SeekFrom::Start(from))?;
        let mut words = Vec::new();
        file.read_to_end(&mut words)?;
        Ok(String::from_utf8_lossy(&words).trim().to_owned())
    };
    read().unwrap_or_else(|error| error.to_string())
}
