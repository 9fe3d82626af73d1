//! The PostgreSQL installations of this machine.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ClusterError;

/// The oldest major version that Roadbook runs on.
pub const OLDEST_MAJOR: u32 = 15;

/// Folders that hold one folder per installed version, and what lies between it and the programs.
const VERSIONED: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", "bin"), // Debian, Ubuntu
    ("/usr", "bin"),                // the PostgreSQL project's packages for Red Hat: /usr/pgsql-16/bin
    ("/usr/libexec", ""),           // Alpine: /usr/libexec/postgresql16
    ("/opt/homebrew/opt", "bin"),   // macOS on Arm
    ("/usr/local/opt", "bin"),      // macOS on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "bin"),
];

/// One installed PostgreSQL: a major version and where its programs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The major version, such as 17.
    pub major: u32,
    /// The folder with `initdb` and `postgres`.
    pub programs: PathBuf,
}

impl Installation {
    /// Every usable installation, by rising major version; the PATH wins where two have the same.
    pub fn all() -> Result<Vec<Self>, ClusterError> {
        Self::among(candidates())
    }

    /// The same of these folders, best first.
    fn among(candidates: Vec<PathBuf>) -> Result<Vec<Self>, ClusterError> {
        let mut found = BTreeMap::new();
        for programs in candidates {
            if let Some(major) = major_of(&programs) {
                found.entry(major).or_insert(programs);
            }
        }
        let newest = *found.keys().next_back().ok_or(ClusterError::PostgresMissing)?;
        if newest < OLDEST_MAJOR {
            return Err(ClusterError::PostgresTooOld { found: newest });
        }
        let usable = found.into_iter().filter(|(major, _)| *major >= OLDEST_MAJOR);
        Ok(usable.map(|(major, programs)| Self { major, programs }).collect())
    }

    /// A program of this installation; where a distribution packages it apart, the one on the PATH.
    pub fn program(&self, name: &str) -> PathBuf {
        let path = self.programs.join(name);
        if path.is_file() { path } else { PathBuf::from(name) }
    }
}

/// Folders that may hold the programs, best first.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let path = env::var_os("PATH").unwrap_or_default();
    for entry in env::split_paths(&path) {
        // Postgres looks for its parts beside the real program, not beside a link to it.
        if let Ok(real) = fs::canonicalize(entry.join("initdb")) {
            folders.extend(real.parent().map(Path::to_owned));
        }
    }
    for (parent, inside) in VERSIONED {
        let Ok(entries) = fs::read_dir(parent) else { continue };
        let folder = |entry: fs::DirEntry| entry.path().join(inside);
        folders.extend(entries.flatten().filter(|entry| names_postgres(parent, entry)).map(folder));
    }
    folders.retain(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file());
    folders
}

fn names_postgres(parent: &str, entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    parent.ends_with("postgresql") || name.starts_with("postgresql") || name.starts_with("pgsql")
}

/// Asks the program itself; `initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_of(programs: &Path) -> Option<u32> {
    let output = Command::new(programs.join("initdb")).arg("--version").output().ok()?;
    let words = String::from_utf8(output.stdout).ok()?;
    let version = words.split_whitespace().nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder with an `initdb` that says that it is of this version.
    fn installed(scratch: &Path, version: &str) -> PathBuf {
        let programs = scratch.join(version);
        fs::create_dir_all(&programs).unwrap();
        let initdb = programs.join("initdb");
        fs::write(&initdb, format!("#!/bin/sh\necho 'initdb (PostgreSQL) {version}'\n")).unwrap();
        fs::set_permissions(&initdb, fs::Permissions::from_mode(0o755)).unwrap();
        programs
    }

    #[test]
    fn an_old_postgres_is_refused_by_its_version_and_passed_over_beside_a_newer_one() {
        let scratch = env::temp_dir().join(format!("roadbook-installation-{}", std::process::id()));
        let [older, old, fits] = ["9.6.24", "14.12", "16.3"].map(|version| installed(&scratch, version));
        assert_eq!(Installation::among(Vec::new()).unwrap_err().code(), "postgres_missing");
        let error = Installation::among(vec![old.clone(), older.clone()]).unwrap_err();
        assert_eq!(error.code(), "postgres_too_old");
        let text = error.to_string();
        assert!(text.contains("PostgreSQL 14") && text.contains("15 or later"), "{text}");
        let usable = Installation::among(vec![old, fits.clone(), older]).unwrap();
        assert_eq!(usable, [Installation { major: 16, programs: fits }]);
        fs::remove_dir_all(&scratch).unwrap();
    }
}
