//! What is generated and committed, so that a build needs neither a database nor a second language: renewed, or
//! checked to be what would be generated now.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::{database, setup, shell};

/// Files that an example program writes to standard output: package, example, file. The server's comes after its
/// queries were described, since it does not compile before.
const EMITTED: [(&str, &str, &str); 7] = [
    ("model", "emit-model", "protocol/model.json"),
    ("model", "emit-pricing", "protocol/vectors/pricing/agree.json"),
    ("model", "emit-plan", "protocol/vectors/plan/agree.json"),
    ("model", "emit-process", "protocol/vectors/processes/agree.json"),
    ("testkit", "emit-alike", "protocol/vectors/alike/agree.json"),
    ("testkit", "emit-seeded", "protocol/vectors/alike/seeded.json"),
    ("server", "emit-openapi", "protocol/openapi.json"),
];

/// Examples that write their files themselves; a test of the same package compares them, so a check leaves them out.
const WRITERS: [(&str, &str); 1] = [("protocol", "emit-vectors")];

/// Renews everything generated, or with `check` fails when something differs.
pub(crate) fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    if !database::migrations()?.is_empty() {
        stale.extend(queries(check)?);
    }
    for (folder, example, file) in EMITTED {
        stale.extend(emit(folder, example, file, check)?);
    }
    for (folder, example) in WRITERS.iter().filter(|_| !check) {
        let package = format!("roadbook-{folder}");
        shell::run(&mut shell::cargo(&["run", "--quiet", "-p", &package, "--example", example]))?;
    }
    match stale.is_empty() || !check {
        true => Ok(()),
        false => bail!("out of date: {}; run `cargo xtask codegen` and commit", stale.join(", ")),
    }
}

fn emit(folder: &str, example: &str, file: &str, check: bool) -> Result<Option<String>> {
    let package = format!("roadbook-{folder}");
    let emitted = shell::read(&mut shell::cargo(&["run", "--quiet", "-p", &package, "--example", example]))?;
    let path = shell::root().join(file);
    if fs::read(&path).is_ok_and(|committed| committed == emitted) {
        return Ok(None);
    }
    if !check {
        fs::write(&path, emitted).with_context(|| format!("cannot write {file}"))?;
    }
    Ok(Some(file.to_owned()))
}

/// The descriptions of the server's checked queries, as a real database with all migrations gives them.
fn queries(check: bool) -> Result<Vec<String>> {
    setup::postgres()?;
    let fresh = shell::root().join("target/codegen/sqlx");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    database::with_migrated(|url| {
        // The descriptions are written while the queries are expanded, so the server must be compiled anew.
        touch(&shell::root().join("crates/server/src/lib.rs"))?;
        let mut cargo = shell::cargo(&["check", "--quiet", "-p", "roadbook-server"]);
        cargo.env("DATABASE_URL", url).env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &fresh);
        shell::run(&mut cargo)
    })?;
    let committed = shell::root().join(".sqlx");
    let (before, after) = (contents(&committed)?, contents(&fresh)?);
    let mut stale = Vec::new();
    for name in before.keys().chain(after.keys()) {
        let is_same = before.get(name) == after.get(name);
        if !is_same && !stale.contains(name) {
            stale.push(name.clone());
        }
    }
    if !check {
        replace(&committed, &stale, &after)?;
    }
    Ok(stale.into_iter().map(|name| format!(".sqlx/{name}")).collect())
}

fn replace(folder: &Path, stale: &[String], after: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in stale {
        match after.get(name) {
            Some(content) => fs::write(folder.join(name), content)?,
            None => fs::remove_file(folder.join(name))?,
        }
    }
    Ok(())
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            files.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
        }
    }
    Ok(files)
}

#[expect(clippy::disallowed_methods, reason = "cargo itself compares file times with the wall clock")]
fn touch(path: &Path) -> Result<()> {
    let times = FileTimes::new().set_modified(SystemTime::now());
    File::options().append(true).open(path)?.set_times(times)?;
    Ok(())
}
