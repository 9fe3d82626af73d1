//! What the packages we build on cost and oblige to: no second copy of a heavy one, no licence that we cannot keep.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use super::licence;
use crate::shell;

/// Packages of which a second major version would be felt: in build time, size, or types that do not fit.
const HEAVY: [&str; 20] = [
    "automerge",
    "axum",
    "chrono",
    "clap",
    "flate2",
    "hyper",
    "libsqlite3-sys",
    "minicbor",
    "p256",
    "rusqlite",
    "rustls",
    "serde",
    "serde_json",
    "sha2",
    "sqlx-core",
    "tokio",
    "tracing",
    "tungstenite",
    "uuid",
    "zstd-sys",
];

/// Second versions that we live with: package and why.
const TOLERATED: [(&str, &str); 1] = [(
    "sha2",
    "p256 0.13 and jsonwebtoken are still on 0.10, automerge and sqlx on 0.11; small, and never exchanged",
)];

/// Packages whose licence field needs a person's word: name and what was found.
const READ_BY_HAND: [(&str, &str); 0] = [];

/// Cargo's description of everything in the lock file.
pub(super) fn metadata() -> Result<Value> {
    let text = shell::read(&mut shell::cargo(&["metadata", "--format-version", "1"]))?;
    Ok(serde_json::from_slice(&text)?)
}

/// The packages of this workspace.
pub(super) fn members(metadata: &Value) -> Vec<&Value> {
    let ids: BTreeSet<&str> =
        metadata["workspace_members"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    packages(metadata).filter(|package| package["id"].as_str().is_some_and(|id| ids.contains(id))).collect()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

pub(super) fn duplicates(metadata: &Value) -> Vec<String> {
    let mut majors: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in packages(metadata) {
        if let (Some(name), Some(version)) = (package["name"].as_str(), package["version"].as_str()) {
            majors.entry(name).or_default().insert(major(version));
        }
    }
    let is_watched =
        |name: &str| HEAVY.contains(&name) && !TOLERATED.iter().any(|(tolerated, _)| *tolerated == name);
    let doubled = majors.into_iter().filter(|(name, majors)| majors.len() > 1 && is_watched(name));
    doubled
        .map(|(name, majors)| {
            let list = majors.into_iter().collect::<Vec<_>>().join(" and ");
            format!("Cargo.lock: {name} in versions {list}; one is enough (`cargo tree -i {name}@VERSION`)")
        })
        .collect()
}

/// The part of a version that says what is compatible: `1` of 1.2.3, `0.3` of 0.3.4.
fn major(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        _ => version.to_owned(),
    }
}

pub(super) fn licences(metadata: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        let declared = package["license"].as_str().unwrap_or_default();
        if !licence::is_allowed(declared) && !READ_BY_HAND.iter().any(|(known, _)| *known == name) {
            findings.push(format!("{name}: licence {declared:?} is not among those we may ship"));
        }
    }
    findings
}
