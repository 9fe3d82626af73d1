//! Where a running server is, for the tools on the same machine: a file in its data folder, there while the server runs.

use std::fs;
use std::path::{Path, PathBuf};

use tracing::warn;

/// The file's name.
const FILE: &str = "address";

/// Says where the server is until it is dropped.
#[derive(Debug)]
pub struct Announced(PathBuf);

impl Announced {
    /// Writes the address down. A folder that cannot be written is no reason not to serve.
    ///
    /// The first line is for programs on this machine, the second for everybody else.
    pub fn new(data: &Path, local: &str, public: &str) -> Self {
        let path = data.join(FILE);
        if let Err(error) = fs::write(&path, format!("{local}\n{public}\n")) {
            warn!(%error, path = %path.display(), "the tools on this machine will not find the server by themselves");
        }
        Self(path)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Somebody may have tidied the folder; then it is gone, as it should be.
        let _ = fs::remove_file(&self.0);
    }
}

/// The address by which a program on this machine reaches the server that runs, or was killed, on this data folder.
pub fn announced(data: &Path) -> Option<String> {
    line(data, 0)
}

/// The address by which devices and browsers reach it.
pub fn announced_public(data: &Path) -> Option<String> {
    line(data, 1)
}

fn line(data: &Path, n: usize) -> Option<String> {
    let text = fs::read_to_string(data.join(FILE)).ok()?;
    text.lines().nth(n).map(|line| line.trim().to_owned()).filter(|origin| !origin.is_empty())
}
