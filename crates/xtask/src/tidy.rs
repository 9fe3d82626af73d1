//! `cargo xtask tidy`: what the house asks for and no compiler checks. Each check says what it found, file by file.

mod files;
mod licence;
mod npm;
mod packages;
mod problems;
mod repo;
mod rust;
mod spec;
mod walls;
mod web;

use anyhow::{Result, bail};
use repo::Repo;

/// Runs every check and lists all findings.
pub(crate) fn run() -> Result<()> {
    let repo = Repo::open()?;
    let metadata = packages::metadata()?;
    let mut findings = walls::check(&metadata)?;
    findings.extend(packages::duplicates(&metadata));
    findings.extend(packages::licences(&metadata));
    findings.extend(npm::check(&repo));
    findings.extend(rust::check(&repo));
    findings.extend(spec::check(&repo));
    findings.extend(problems::check(&repo));
    findings.extend(web::check(&repo));
    findings.extend(files::check(&repo));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("tidy: {count} finding(s)"),
    }
}
