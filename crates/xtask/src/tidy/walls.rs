//! Dependencies point one way, and the pure crates stay pure.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use crate::shell;

/// Which crates of ours each may use, dependencies for tests aside. `None`: any, because nothing may use it.
const WALLS: [(&str, Option<&[&str]>); 10] = [
    ("roadbook-model", Some(&[])),
    ("roadbook-protocol", Some(&["roadbook-model"])),
    ("roadbook-sync", Some(&["roadbook-model", "roadbook-protocol"])),
    ("roadbook-replica", Some(&["roadbook-model", "roadbook-protocol", "roadbook-sync"])),
    ("roadbook-cluster", Some(&[])),
    ("roadbook-server", Some(&["roadbook-model", "roadbook-protocol", "roadbook-sync", "roadbook-cluster"])),
    (
        "roadbook",
        Some(&[
            "roadbook-model",
            "roadbook-protocol",
            "roadbook-sync",
            "roadbook-replica",
            "roadbook-server",
            "roadbook-cluster",
        ]),
    ),
    ("roadbook-testkit", None),
    ("roadbook-tests", None),
    ("xtask", Some(&["roadbook-cluster"])),
];

/// Crates without clocks, sockets and files of their own.
const PURE: [&str; 3] = ["roadbook-model", "roadbook-protocol", "roadbook-sync"];
/// What would make them impure, at any depth.
const IMPURE: [&str; 9] =
    ["tokio", "axum", "hyper", "sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys", "tungstenite", "mio"];

pub(super) fn check(metadata: &Value) -> Result<Vec<String>> {
    let ours = super::packages::members(metadata);
    let names: BTreeSet<&str> = ours.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    for package in ours {
        let name = package["name"].as_str().unwrap_or_default();
        match WALLS.iter().find(|(known, _)| *known == name) {
            None => findings
                .push(format!("{name}: a new crate needs its place among the walls (xtask, tidy/walls.rs)")),
            Some((_, None)) => {}
            Some((_, Some(allowed))) => {
                let used = uses(package).filter(|used| names.contains(used) && !allowed.contains(used));
                findings.extend(used.map(|used| format!("{name} must not depend on {used}")));
            }
        }
    }
    for name in PURE.iter().filter(|name| names.contains(**name)) {
        findings.extend(impurities(name)?);
    }
    Ok(findings)
}

/// The direct dependencies of a package, those for its tests aside.
fn uses(package: &Value) -> impl Iterator<Item = &str> {
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    dependencies.filter(|one| one["kind"] != "dev").filter_map(|one| one["name"].as_str())
}

/// Asked of cargo for this crate alone, because in the workspace's graph others switch on features for it.
fn impurities(name: &str) -> Result<Vec<String>> {
    let args = ["tree", "--package", name, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = String::from_utf8(shell::read(&mut shell::cargo(&args))?)?;
    let used: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let found = IMPURE.iter().filter(|impure| used.contains(**impure));
    Ok(found.map(|impure| format!("{name} is pure and must not depend on {impure}, at any depth")).collect())
}
