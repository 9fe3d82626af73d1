//! The npm packages that the web client is built with and from: licences that we can keep, and none unknown.

use std::fs;

use serde_json::Value;

use super::licence;
use super::repo::{Repo, TextFile};
use crate::shell;

const LOCK: &str = "package-lock.json";

/// Tools whose licence is not on the list, which is for what we ship: name and why nothing of them is shipped.
const TOOLS: [(&str, &str); 4] = [
    ("axe-core", "MPL-2.0; the tests run it in their own browser"),
    ("lightningcss", "MPL-2.0; reads styles during the build, unchanged"),
    ("argparse", "Python-2.0, which is as free as MIT; reads the command line of a build tool"),
    ("caniuse-lite", "CC-BY-4.0; data on browsers that a build tool looks up"),
];

pub(super) fn check(repo: &Repo) -> Vec<String> {
    let locks = repo.files.iter().filter(|file| file.path.rsplit('/').next() == Some(LOCK));
    locks.flat_map(check_lock).collect()
}

fn check_lock(lock: &TextFile) -> Vec<String> {
    let Ok(content) = serde_json::from_str::<Value>(&lock.text) else {
        return vec![format!("{}: is not JSON", lock.path)];
    };
    let Some(packages) = content["packages"].as_object() else {
        return vec![format!("{}: names no packages; write it with npm 7 or later", lock.path)];
    };
    let folder = lock.path.trim_end_matches(LOCK);
    let fetched = packages.iter().filter(|(place, package)| is_fetched(place, package));
    fetched.filter_map(|(place, package)| finding(folder, place, package)).collect()
}

/// Whether it comes from a registry: neither ours nor a link to one of ours.
fn is_fetched(place: &str, package: &Value) -> bool {
    place.contains("node_modules/") && package["link"] != true
}

fn finding(folder: &str, place: &str, package: &Value) -> Option<String> {
    let locked = package["license"].as_str().unwrap_or_default();
    // The installed package has the last word; those for other systems are not installed here.
    let declared = installed_licence(folder, place).unwrap_or_else(|| locked.to_owned());
    let is_tool = package["dev"] == true && TOOLS.iter().any(|(tool, _)| is_of(name(place), tool));
    match licence::is_allowed(&declared) || is_tool {
        true => None,
        false => Some(format!(
            "{folder}{LOCK}: {}: licence {declared:?} is not among those we may ship",
            name(place)
        )),
    }
}

/// `node_modules/a/node_modules/@b/c` holds `@b/c`.
fn name(place: &str) -> &str {
    place.rsplit("node_modules/").next().unwrap_or(place)
}

/// A tool, or its binary for one system: `lightningcss-linux-x64-gnu`.
fn is_of(name: &str, tool: &str) -> bool {
    name.strip_prefix(tool).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn installed_licence(folder: &str, place: &str) -> Option<String> {
    let text = fs::read(shell::root().join(folder).join(place).join("package.json")).ok()?;
    let package: Value = serde_json::from_slice(&text).ok()?;
    // Old packages name it in an object, or several in a list.
    let licence = &package["license"];
    licence.as_str().or_else(|| licence["type"].as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::repo::{Repo, TextFile};
    use super::check;

    fn found(packages: &str) -> Vec<String> {
        let text = format!("{{\"packages\": {{{packages}}}}}");
        // No such folder, so that the lock file has the only word.
        check(&Repo { files: vec![TextFile { path: String::from("none/package-lock.json"), text }] })
    }

    #[test]
    fn every_fetched_package_needs_a_licence_that_we_can_keep() {
        let good = r#""": {}, "src/ours": {}, "node_modules/ours": {"link": true, "resolved": "src/ours"},
            "node_modules/a": {"license": "MIT"}, "node_modules/a/node_modules/b": {"license": "(MIT OR GPL-3.0)"}"#;
        assert!(found(good).is_empty(), "{:?}", found(good));
        let bad = r#""node_modules/a": {"license": "GPL-3.0"}, "node_modules/@b/c": {}"#;
        let findings = found(bad);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(
            findings[0].contains("@b/c: licence \"\"") && findings[1].contains("GPL-3.0"),
            "{findings:?}"
        );
    }

    #[test]
    fn a_tool_is_excused_as_long_as_it_is_only_a_tool() {
        let tool = r#""node_modules/lightningcss-linux-x64-gnu": {"license": "MPL-2.0", "dev": true}"#;
        assert!(found(tool).is_empty());
        let shipped = r#""node_modules/lightningcss": {"license": "MPL-2.0"}"#;
        let stranger = r#""node_modules/lightningcssx": {"license": "MPL-2.0", "dev": true}"#;
        assert_eq!((found(shipped).len(), found(stranger).len()), (1, 1));
    }

    #[test]
    fn a_lock_file_that_cannot_be_read_is_a_finding() {
        let repo = |text: &str| Repo {
            files: vec![TextFile { path: String::from("package-lock.json"), text: text.to_owned() }],
        };
        assert_eq!((check(&repo("{")).len(), check(&repo("{}")).len()), (1, 1));
    }
}
