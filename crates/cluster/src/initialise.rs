//! Making the database files. They appear under their final name in one rename, complete with the `roadbook` database,
//! so that an interrupted start leaves nothing half.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::error::ClusterError;
use crate::site::Site;
use crate::{Durability, ROADBOOK, os};

/// The character classes of text (upper and lower case beyond ASCII); the order stays by code point everywhere, so that
/// an index never depends on the machine's locale data.
const CHARACTERS: &str = if cfg!(target_os = "macos") { "UTF-8" } else { "C.UTF-8" };

/// Settings that an operator may change later, in contrast to those given at every start.
const SETTINGS: &str = "
# Roadbook: the first settings of a private cluster; change what you like here.
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
max_connections = 200
jit = off                        # statements here are short
checkpoint_timeout = 15min       # after a checkpoint every touched page is written in full
max_wal_size = 2GB
";

/// Makes the database files unless they are there; to be called under the folder's lock.
pub(crate) fn ensure(site: &Site, durability: Durability) -> Result<(), ClusterError> {
    if site.database.join("PG_VERSION").exists() {
        return reclaim(site);
    }
    let scratch = site.database.with_extension("new");
    let failed = |path: &Path| ClusterError::io("prepare", path);
    if scratch.exists() {
        fs::remove_dir_all(&scratch).map_err(failed(&scratch))?;
    }
    fs::DirBuilder::new().mode(0o700).create(&scratch).map_err(failed(&scratch))?;
    site.account.give(&scratch)?;
    initdb(site, durability, &scratch)?;
    settle_settings(&scratch.join("postgresql.conf"))?;
    create_database(site, durability, &scratch)?;
    // An empty folder of the final name gives way; one with content makes this fail, and stays as it is.
    fs::rename(&scratch, &site.database).map_err(failed(&site.database))?;
    File::open(&site.folder).and_then(|folder| folder.sync_all()).map_err(failed(&site.folder))
}

/// Files that root copied here belong to root, as whom Postgres cannot run.
fn reclaim(site: &Site) -> Result<(), ClusterError> {
    let owner = fs::metadata(&site.database).map_err(ClusterError::io("read", &site.database))?.uid();
    match os::effective_uid() == 0 && owner == 0 {
        true => site.account.give_all(&site.database),
        false => Ok(()),
    }
}

fn initdb(site: &Site, durability: Durability, target: &Path) -> Result<(), ClusterError> {
    let program = site.installation.program("initdb");
    let mut command = Command::new(&program);
    command.arg("--pgdata").arg(target).args([
        "--username",
        ROADBOOK,
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
    ]);
    command.args(["--locale", "C", "--lc-ctype", CHARACTERS, "--data-checksums"]);
    if durability == Durability::Disposable {
        command.arg("--no-sync");
    }
    command.current_dir(&site.folder).stdin(Stdio::null());
    site.account.apply(&mut command);
    let output = command.output().map_err(ClusterError::io("run", &program))?;
    judge(&output)
}

fn settle_settings(path: &Path) -> Result<(), ClusterError> {
    let append = |mut file: File| file.write_all(SETTINGS.as_bytes()).and_then(|()| file.sync_all());
    OpenOptions::new().append(true).open(path).and_then(append).map_err(ClusterError::io("write", path))
}

/// Single-user mode needs no socket, no client and no second wait.
fn create_database(site: &Site, durability: Durability, target: &Path) -> Result<(), ClusterError> {
    let program = site.installation.program("postgres");
    let mut command = Command::new(&program);
    command.args(["--single", "-D"]).arg(target);
    if durability == Durability::Disposable {
        command.args(["-c", "fsync=off"]);
    }
    command.arg("postgres").current_dir(&site.folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    site.account.apply(&mut command);
    let run = || -> io::Result<Output> {
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(format!("create database {ROADBOOK}\n").as_bytes())?;
        }
        child.wait_with_output()
    };
    let output = { run }().map_err(ClusterError::io("run", &program))?;
    judge(&output)
}

/// Single-user mode ends well even when a statement failed, so its words count too.
fn judge(output: &Output) -> Result<(), ClusterError> {
    let words = String::from_utf8_lossy(&output.stderr);
    match output.status.success() && !words.contains("ERROR:") {
        true => Ok(()),
        false => Err(ClusterError::Initialise { output: format!("{} ({})", words.trim(), output.status) }),
    }
}
