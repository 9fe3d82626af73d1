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
    pub fn new(data: &Path, origin: &str) -> Self {
        let path = data.join(FILE);
        if let Err(error) = fs::write(&path, format!("{origin}\n")) {
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

/// The address of the server that runs, or was killed, on this data folder.
pub fn announced(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join(FILE)).ok()?;
    Some(text.trim().to_owned()).filter(|origin| !origin.is_empty())
}
