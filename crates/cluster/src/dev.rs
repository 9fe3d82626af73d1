//! The one disposable Postgres that the tests of a checkout share: the first test to need it starts it, the others
//! adopt it, `cargo xtask pg stop` ends it. Each test makes its own database in it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::ClusterError;
use crate::{Cluster, Durability, os, site};

/// Opens the shared Postgres of the checkout with this root folder; from a test,
/// `Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")`.
pub fn open(workspace: &Path) -> Result<Cluster, ClusterError> {
    Cluster::open(&folder(workspace)?, Durability::Disposable)
}

/// The data folder of that Postgres: `target/pg`, or a temporary folder when root works in a place that an unprivileged
/// user cannot enter, such as its own home.
pub fn folder(workspace: &Path) -> Result<PathBuf, ClusterError> {
    let root = fs::canonicalize(workspace).map_err(ClusterError::io("find", workspace))?;
    let inside = root.join("target").join("pg");
    let inside = site::create_folder(&inside)?;
    match site::Site::survey(&inside) {
        Err(ClusterError::Unreachable { .. }) => own_temporary_folder(&root),
        _ => Ok(inside),
    }
}

/// The temporary folder is open to all, so another user may have made ours beforehand.
fn own_temporary_folder(root: &Path) -> Result<PathBuf, ClusterError> {
    let folder = site::create_folder(&site::temporary_folder("roadbook-dev", root))?;
    let owner = fs::metadata(&folder).map_err(ClusterError::io("read", &folder))?.uid();
    match os::effective_uid() {
        user if user == owner => Ok(folder),
        user => Err(ClusterError::WrongOwner { folder, owner, user }),
    }
}
