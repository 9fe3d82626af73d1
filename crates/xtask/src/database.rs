//! The disposable Postgres of this checkout, and throw-away databases in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use roadbook_cluster::{Cluster, ROADBOOK, dev};

use crate::shell::root;
use crate::{setup, shell};

/// What to do with it.
#[derive(Subcommand)]
pub(crate) enum Order {
    /// Start it unless it runs, and print its URL.
    Start,
    /// Stop it if it runs.
    Stop,
}

pub(crate) fn run(order: &Order) -> Result<()> {
    match order {
        Order::Start => {
            setup::postgres()?;
            println!("{}", dev::open(&root())?.url(ROADBOOK));
        }
        Order::Stop => {
            if let Some(cluster) = running() {
                cluster.stop()?;
            }
        }
    }
    Ok(())
}

/// The one that runs already, if it does.
pub(crate) fn running() -> Option<Cluster> {
    dev::folder(&root()).ok().and_then(|folder| Cluster::adopt(&folder).ok())
}

/// The migrations in the order in which they apply.
pub(crate) fn migrations() -> Result<Vec<PathBuf>> {
    let folder = root().join("migrations");
    let mut paths = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(&folder)? {
            paths.push(entry?.path());
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.sort();
    Ok(paths)
}

/// Hands the URL of a new database with all migrations applied to some work, and drops it afterwards.
pub(crate) fn with_migrated(work: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    let cluster = dev::open(&root())?;
    let name = format!("codegen_{}", std::process::id());
    let admin = cluster.url(ROADBOOK);
    psql(&cluster, &admin, &["-c", &format!("create database {name}")])?;
    let outcome = migrate(&cluster, &cluster.url(&name)).and_then(|()| work(&cluster.url(&name)));
    psql(&cluster, &admin, &["-c", &format!("drop database {name} with (force)")])?;
    outcome
}

fn migrate(cluster: &Cluster, url: &str) -> Result<()> {
    for path in migrations()? {
        let text = fs::read_to_string(&path)?;
        let file = path.to_str().context("a migration whose name is not UTF-8")?;
        // The same word makes the server's own migrator leave the transaction out.
        let is_whole = !text.starts_with("-- no-transaction");
        let args: &[&str] = if is_whole { &["--single-transaction", "-f", file] } else { &["-f", file] };
        psql(cluster, url, args).with_context(|| format!("migration {}", short(&path)))?;
    }
    Ok(())
}

fn short(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn psql(cluster: &Cluster, url: &str, args: &[&str]) -> Result<()> {
    let program = cluster.installation().program("psql");
    let mut command = shell::program(&program.to_string_lossy(), &["--no-psqlrc", "--quiet"]);
    command.args(["-v", "ON_ERROR_STOP=1", "-o", "/dev/null"]).args(args).arg(url);
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    shell::run(&mut command)
}
