//! Tasks that are another program of this workspace, given the same arguments.

use std::os::unix::process::CommandExt;

use anyhow::{Error, Result};

use crate::{setup, shell};

/// Builds the `roadbook` binary and becomes `roadbook demo`.
pub(crate) fn demo(args: &[String]) -> Result<()> {
    setup::postgres()?;
    become_cargo_run(&["--package", "roadbook", "--bin", "roadbook", "--", "demo"], args)
}

/// Replaces this process, so that signals and the exit code are the program's own.
fn become_cargo_run(what: &[&str], args: &[String]) -> Result<()> {
    let mut command = shell::cargo(&["run"]);
    // The demo reads and writes where the developer stands, not in the root.
    command.current_dir(std::env::current_dir()?);
    command.args(["--manifest-path".as_ref(), shell::root().join("Cargo.toml").as_os_str()]);
    command.args(what).args(args);
    Err(Error::new(command.exec()).context("cannot run cargo"))
}
