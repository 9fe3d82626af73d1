//! `cargo xtask test`: every check, each with its time, going on after a failure so that one run shows all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use roadbook_cluster::dev;

use crate::{codegen, database, setup, shell, tidy, web};

/// Runs every check.
pub(crate) fn run() -> Result<()> {
    setup::postgres()?;
    setup::node()?;
    setup::provider()?;
    let found_running = database::running().is_some();
    let postgres = dev::open(&shell::root())?;
    let steps = steps();
    let mut failed = Vec::new();
    let mut total = Duration::ZERO;
    for (name, step) in &steps {
        println!("── {name}");
        let (outcome, took) = timed(step);
        total += took;
        match outcome {
            Ok(()) => println!("── {name}: ok in {:.1} s", took.as_secs_f64()),
            Err(error) => {
                println!("── {name}: FAILED in {:.1} s: {error:#}", took.as_secs_f64());
                failed.push(*name);
            }
        }
    }
    if !found_running {
        postgres.stop()?;
    }
    match failed.is_empty() {
        true => {
            println!("xtask test: all {} steps ok in {:.1} s", steps.len(), total.as_secs_f64());
            Ok(())
        }
        false => bail!("{} of {} steps failed: {}", failed.len(), steps.len(), failed.join(", ")),
    }
}

type Step = (&'static str, fn() -> Result<()>);

/// The cheap ones first, the tests last, so that their count is what one sees at the end.
fn steps() -> Vec<Step> {
    vec![
        ("format", || shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))),
        ("tidy", tidy::run),
        ("generated files", || codegen::run(true)),
        ("lints", lints),
        ("scripts", scripts),
        ("web check", web::check),
        // The server gives out what this makes.
        ("web build", web::build),
        ("tests", tests),
        ("conformance", conformance),
        ("browser", web::browser),
    ]
}

fn lints() -> Result<()> {
    let all = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "roadbook-tests/ubl",
        "--",
        "-D",
        "warnings",
    ];
    shell::run(&mut shell::cargo(&all))
}

/// The protocol's own checks in a second language: `protocol/**/*.test.mjs`.
fn scripts() -> Result<()> {
    let mut found = Vec::new();
    collect_scripts(&shell::root().join("protocol"), &mut found)?;
    found.sort();
    if found.is_empty() {
        return Ok(());
    }
    shell::run(shell::program("node", &["--test"]).args(&found))
}

fn collect_scripts(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_scripts(&path, found)?;
        } else if path.to_string_lossy().ends_with(".test.mjs") {
            found.push(path);
        }
    }
    Ok(())
}

fn tests() -> Result<()> {
    // End-to-end tests run the real binary, which no test target builds by itself.
    shell::run(&mut shell::cargo(&["build", "--package", "roadbook"]))?;
    match shell::succeeds(&mut shell::cargo(&["nextest", "--version"])) {
        true => shell::run(&mut shell::cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])),
        false => shell::run(&mut shell::cargo(&["test", "--workspace", "--no-fail-fast"])),
    }
}

/// `cargo xtask ubl`: apart from the others, because it needs Python 3 and its package registry.
pub(crate) fn ubl() -> Result<()> {
    setup::postgres()?;
    setup::schemas()?;
    shell::run(&mut shell::cargo(&["build", "--package", "roadbook"]))?;
    let args = ["test", "--package", "roadbook-tests", "--features", "ubl", "--test", "ubl"];
    shell::run(&mut shell::cargo(&args))
}

/// The scenarios of `protocol/CONFORMANCE.md`, all of them, by both clients, against the binary that the tests have built.
fn conformance() -> Result<()> {
    let root = shell::root();
    for driver in ["node drivers/roadbook.mjs", "node drivers/replica.mjs"] {
        let mut kit = shell::program("node", &["tests/conformance/run.mjs", "--driver", driver]);
        kit.arg("--older").arg(format!("{driver} --without call"));
        kit.arg("--start").arg(root.join("target/debug/roadbook"));
        shell::run(kit.current_dir(&root))?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a step took is told to a person, nothing depends on it"
)]
fn timed(step: &dyn Fn() -> Result<()>) -> (Result<()>, Duration) {
    let start = Instant::now();
    let outcome = step();
    (outcome, start.elapsed())
}
