//! The web client: its packages, its build that the server gives out, and its checks. All by npm, in `clients/web`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Subcommand;

use crate::{setup, shell};

const FOLDER: &str = "clients/web";
/// A copy of the lock file that the installed packages were installed from.
const STAMP: &str = "target/web/package-lock.json";
/// What npm says when it reached no registry, or one that does not let it in.
const NO_REGISTRY: [&str; 9] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "ERR_SOCKET_TIMEOUT",
    "E401",
    "E403",
];
/// Checks of the client, cheap ones first; generated types come before all of them.
const CHECKS: [&str; 6] = ["types", "format:check", "compile", "check", "lint", "test"];

/// What is done with the web client.
#[derive(Clone, Copy, Subcommand)]
pub(crate) enum Order {
    /// Types, style, lints and the tests that need no browser.
    Check,
    /// The tests in Chromium, on the real server.
    Browser,
}

/// Builds, or does what was ordered.
pub(crate) fn run(order: Option<Order>) -> Result<()> {
    match order {
        None => build(),
        Some(Order::Check) => check(),
        Some(Order::Browser) => build().and_then(|()| browser()),
    }
}

/// Builds the client into `clients/web/dist`, from which the server takes it.
pub(crate) fn build() -> Result<()> {
    install()?;
    for script in ["types", "build"] {
        shell::run(&mut npm(&["run", "--silent", script]))?;
    }
    Ok(())
}

/// Types, style, lints and the tests that need no browser.
pub(crate) fn check() -> Result<()> {
    install()?;
    for script in CHECKS {
        shell::run(&mut npm(&["run", "--silent", script]))
            .with_context(|| format!("web check `{script}`"))?;
    }
    Ok(())
}

/// The client in a real browser, on the real server and a Postgres of its own.
pub(crate) fn browser() -> Result<()> {
    install()?;
    in_chromium("browser", "debug")
}

/// What people wait for on a phone with 50,000 records, beside another database in the same browser.
pub(crate) fn bench() -> Result<()> {
    build()?;
    in_chromium("bench", "release")
}

/// A script that needs the browser and the binary, built in that profile.
fn in_chromium(script: &str, profile: &str) -> Result<()> {
    let chromium = setup::chromium()?;
    let optimised: &[&str] = if profile == "release" { &["--release"] } else { &[] };
    shell::run(shell::cargo(&["build", "--package", "roadbook"]).args(optimised))?;
    let binary = shell::root().join("target").join(profile).join("roadbook");
    shell::run(
        npm(&["run", "--silent", script]).env("ROADBOOK_CHROMIUM", chromium).env("ROADBOOK_BIN", binary),
    )
}

/// Fetches the packages of the lock file, unless those are what is there.
pub(crate) fn install() -> Result<()> {
    setup::node()?;
    setup::npm()?;
    let folder = shell::root().join(FOLDER);
    let stamp = shell::root().join(STAMP);
    let locked = fs::read(folder.join("package-lock.json"))?;
    let is_there = folder.join("node_modules/.package-lock.json").is_file();
    if is_there && fs::read(&stamp).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    eprintln!("xtask: fetching the packages of {FOLDER} (npm ci)");
    let output = npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
        .stdout(Stdio::null())
        .output()
        .context("cannot run npm")?;
    if !output.status.success() {
        bail!(why_not_installed(&String::from_utf8_lossy(&output.stderr)));
    }
    fs::create_dir_all(stamp.parent().unwrap_or(&folder))?;
    Ok(fs::write(&stamp, locked)?)
}

/// What npm wrote at length, as one line that says what to do.
fn why_not_installed(said: &str) -> String {
    if NO_REGISTRY.iter().any(|code| said.contains(code)) {
        return format!(
            "the packages of {FOLDER} are missing and npm reached no registry that gives them: go online once, or set \
             one with `npm config set registry`"
        );
    }
    let told =
        said.lines().map(|line| line.trim_start_matches("npm error").trim_start_matches("npm ERR!").trim());
    let words: Vec<&str> =
        told.filter(|line| !line.is_empty() && !line.starts_with("A complete log")).take(3).collect();
    format!("`npm ci` in {FOLDER} failed: {}", words.join("; "))
}

fn npm(args: &[&str]) -> Command {
    let mut command = shell::program("npm", args);
    command.current_dir(folder());
    command
}

fn folder() -> PathBuf {
    shell::root().join(FOLDER)
}

#[cfg(test)]
mod tests {
    use super::why_not_installed;

    #[test]
    fn a_missing_registry_and_any_other_failure_are_told_in_one_line() {
        let offline =
            "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error network request failed\n";
        assert!(why_not_installed(offline).contains("no registry"));
        let stale =
            "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when in sync\n";
        let told = why_not_installed(stale);
        assert_eq!(told.lines().count(), 1);
        assert!(told.ends_with("code EUSAGE; `npm ci` can only install packages when in sync"), "{told}");
    }
}
