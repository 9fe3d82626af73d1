//! The Postgres process as seen from outside: what it says in its pid file, whether it answers, how it is started.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::ClusterError;
use crate::site::Site;
use crate::{Durability, Tenure, os};

/// Said at the start of a shared one, so that an exclusive opener does not take it for a leftover.
const SHARED_MARK: &str = "roadbook.shared=on";
/// Said at the start of a disposable one.
const DISPOSABLE_MARK: &str = "fsync=off";
/// Above this the log is set aside when Postgres starts.
const LOG_BYTES_MAX: u64 = 16 << 20;

/// A Postgres that runs on this site's database files.
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    /// Whether it takes connections, in contrast to starting or stopping.
    pub(crate) is_ready: bool,
}

/// The Postgres that runs on these files, by whomever started. A pid file whose process is gone counts for nothing.
pub(crate) fn running(site: &Site) -> Option<Postmaster> {
    let words = fs::read_to_string(site.database.join("postmaster.pid")).ok()?;
    let mut lines = words.lines();
    let pid = pid_of(&words)?;
    let is_ready = lines.nth(7).is_some_and(|line| line.trim() == "ready");
    works_in(pid, &site.database).then_some(Postmaster { pid, is_ready })
}

/// Whether a Postgres of this site takes connections now.
pub(crate) fn answers(site: &Site) -> bool {
    running(site).is_some_and(|found| found.is_ready) && UnixStream::connect(site.socket_path()).is_ok()
}

pub(crate) fn is_disposable(site: &Site) -> bool {
    started_with(site, DISPOSABLE_MARK)
}

pub(crate) fn is_shared(site: &Site) -> bool {
    started_with(site, SHARED_MARK)
}

fn started_with(site: &Site, mark: &str) -> bool {
    fs::read_to_string(site.database.join("postmaster.opts")).is_ok_and(|words| words.contains(mark))
}

/// The first line is the process id, negative for single-user mode.
fn pid_of(pid_file: &str) -> Option<u32> {
    pid_file.lines().next()?.trim().trim_start_matches('-').parse().ok()
}

/// Postgres works in its database folder. The id alone proves nothing: ids are reused, in containers at once, and
/// zombies keep theirs.
fn works_in(pid: u32, database: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return os::exists(pid);
    }
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(folder) => folder == database,
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied && os::exists(pid),
    }
}

/// Removes a pid file whose id now belongs to some other process, for which Postgres would refuse to start. To be
/// called under the folder's lock, when [`running`] finds nobody.
pub(crate) fn clear_stale(site: &Site) {
    let path = site.database.join("postmaster.pid");
    let named = fs::read_to_string(&path).ok().as_deref().and_then(pid_of);
    if cfg!(target_os = "linux") && named.is_some_and(os::exists) && running(site).is_none() {
        // If this fails, Postgres itself says what is in its way.
        let _ = fs::remove_file(&path);
        let _ = fs::remove_file(site.socket_path().with_extension("5432.lock"));
    }
}

/// The command that runs Postgres in the foreground, its words going to the log.
pub(crate) fn command(site: &Site, durability: Durability, tenure: Tenure) -> Result<Command, ClusterError> {
    set_log_aside(&site.log);
    // Private, because a failed statement is logged with what it was to store.
    let failed = || ClusterError::io("write", &site.log);
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&site.log).map_err(failed())?;
    let errors = log.try_clone().map_err(failed())?;
    let mut command = Command::new(site.installation.program("postgres"));
    command.arg("-D").arg(&site.database);
    // Given here and not in a file, because nothing in a file may override them.
    let mut settings = vec![
        String::from("listen_addresses="),
        String::from("port=5432"),
        String::from("unix_socket_permissions=0700"),
        format!("unix_socket_directories=\"{}\"", site.socket_text.replace('"', "\"\"")),
    ];
    settings.extend(durability_settings(durability).map(String::from));
    if tenure == Tenure::Shared {
        settings.push(String::from(SHARED_MARK));
    }
    for setting in &settings {
        command.args(["-c", setting]);
    }
    command.current_dir(&site.folder).stdin(Stdio::null()).stdout(log).stderr(errors);
    // Its own group: an interrupt from the keyboard is for us, and we stop Postgres when we are done with it.
    command.process_group(0);
    site.account.apply(&mut command);
    Ok(command)
}

fn durability_settings(durability: Durability) -> [&'static str; 3] {
    match durability {
        Durability::Durable => ["fsync=on", "synchronous_commit=on", "full_page_writes=on"],
        Durability::Disposable => [DISPOSABLE_MARK, "synchronous_commit=off", "full_page_writes=off"],
    }
}

fn set_log_aside(log: &Path) {
    if fs::metadata(log).is_ok_and(|found| found.len() > LOG_BYTES_MAX) {
        // A log that stays long is no reason not to start.
        let _ = fs::rename(log, log.with_extension("log.1"));
    }
}
