//! Tasks that are another program of this workspace, given the same arguments.

use std::os::unix::process::CommandExt;

use anyhow::{Error, Result};

use crate::{setup, shell, web};

/// Builds the web client and the `roadbook` binary, and becomes `roadbook demo`.
pub(crate) fn demo(args: &[String]) -> Result<()> {
    setup::postgres()?;
    web::build()?;
    become_cargo_run(&["--package", "roadbook", "--bin", "roadbook", "--", "demo"], args)
}

/// Runs the bench of the engines, that of moves on a real Postgres, and that of the app in a real browser, all built with
/// optimisation.
pub(crate) fn bench() -> Result<()> {
    setup::postgres()?;
    let engines = ["run", "--release", "--package", "roadbook-testkit", "--bin", "bench"];
    shell::run(&mut shell::cargo(&engines))?;
    let moves = ["run", "--release", "--package", "roadbook-server", "--example", "bench-moves"];
    shell::run(&mut shell::cargo(&moves))?;
    web::bench()
}

/// Becomes the simulator, as the tests build it.
pub(crate) fn sim(args: &[String]) -> Result<()> {
    become_cargo_run(&["--package", "roadbook-testkit", "--bin", "sim", "--"], args)
}

/// Becomes the simulator with a ledger: a run that is cut off goes on with the next block of seeds.
pub(crate) fn proof(histories: u64) -> Result<()> {
    let commit = shell::read(&mut shell::program("git", &["rev-parse", "--short", "HEAD"]))?;
    let commit = String::from_utf8_lossy(&commit);
    let ledger = shell::root().join("target/proof/histories.tsv");
    let args = [
        "--count".to_owned(),
        histories.to_string(),
        "--ledger".to_owned(),
        ledger.display().to_string(),
        "--commit".to_owned(),
        commit.trim().to_owned(),
    ];
    become_cargo_run(&["--release", "--package", "roadbook-testkit", "--bin", "sim", "--"], &args)
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
