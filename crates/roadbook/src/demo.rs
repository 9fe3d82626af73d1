//! `roadbook demo`: an honest day on the road, with real processes. The server, the import, every device and every tool
//! is a child process of its own, and so is what gets killed. What is printed at the end is asked of the record by SQL
//! and of the devices by their own command.
//!
//! Reading order: [`day`] (what happens), [`world`] (the server and its tools), [`phone`] (a device), [`hostile`] (a
//! tampered client), [`findings`] (what is asked at the end), [`report`] (how it is told).

mod day;
mod findings;
mod hostile;
mod phone;
mod process;
mod report;
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use roadbook_server::serve::stop_signal;
use serde_json::Value as Json;

use crate::edge;
use crate::output::{self, Output};
use crate::problem::Problem;
pub use process::Told;
use report::Report;
use world::World;

const EXAMPLES: &str = "\
Examples:
  roadbook demo
  roadbook demo --once --report day.json
  roadbook demo --once --skip-offline --json

Without --once the server stays up afterwards, until Ctrl-C, and the devices' home folders can be used with
`roadbook device --home ...`.";

/// The report, in the demo's folder.
const REPORT: &str = "report.json";
/// The file that says that a folder is a demo's, to be replaced by the next one.
const MARK: &str = "roadbook-demo";

/// Play a day on the road: offline, reassigned, killed, back online.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// End with the day instead of leaving the server up.
    #[arg(long)]
    once: bool,
    /// A folder for the server and the devices; one of an earlier demo is replaced. Without it, a temporary one that is
    /// removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the report to this file, as JSON. Without it, it is report.json in the folder, as long as that is kept.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Leave out those who work offline all day.
    #[arg(long)]
    skip_offline: bool,
    /// Where the server listens. Without it, the usual port, or any free one if that is taken.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

/// Plays the day.
///
/// # Errors
/// Whatever kept the day from ending as it must; the folder is kept then.
pub fn run(args: &DemoArgs, output: Output) -> Result<()> {
    let began = edge::instant();
    let folder = folder(args.data.as_deref())?;
    let mut world = World::start(&folder, args.listen.as_deref(), began, output)?;
    let played = day::play(&mut world, !args.skip_offline)
        .and_then(|day| findings::ask(&mut world, day))
        .with_context(|| format!("the day did not go as it must; see {}", folder.display()))?;
    let report = Report { offline: !args.skip_offline, took_ms: elapsed_ms(began), findings: played };
    let value = serde_json::to_value(&report)?;
    let file = args.report.clone().unwrap_or_else(|| folder.join(REPORT));
    write(&file, &value)?;
    let is_kept = args.report.is_some() || args.data.is_some() || !args.once;
    output.show(&value, || {
        let mut words = report.in_words();
        if is_kept {
            words.push_str(&format!("\nthe same as JSON: {}\n", file.display()));
        }
        words
    })?;
    if !args.once {
        stay(&world, output)?;
    }
    world.stop()?;
    if args.data.is_none() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    report.must_be_sound()
}

fn elapsed_ms(began: std::time::Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// An empty folder for the demo.
fn folder(wanted: Option<&Path>) -> Result<PathBuf> {
    let folder = match wanted {
        Some(folder) => std::path::absolute(folder)?,
        None => std::env::temp_dir().join(format!("roadbook-demo-{}", std::process::id())),
    };
    if folder.is_dir() {
        let is_ours = folder.join(MARK).is_file();
        if !is_ours && std::fs::read_dir(&folder)?.next().is_some() {
            let text =
                format!("{} is not empty and not of an earlier demo; name another folder", folder.display());
            return Err(Problem::new("folder_in_use", text).into());
        }
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(folder.join(MARK), "This folder is replaced by the next demo.\n")?;
    Ok(folder)
}

fn write(file: &Path, value: &Json) -> Result<()> {
    let text = format!("{}\n", serde_json::to_string_pretty(value)?);
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Leaves the server up until a signal.
fn stay(world: &World, output: Output) -> Result<()> {
    let text = world.how_to_go_on()?;
    match output.json {
        true => eprintln!("{text}"),
        false => output::line(&text)?,
    }
    tokio::runtime::Runtime::new()?.block_on(stop_signal())?;
    Ok(())
}
