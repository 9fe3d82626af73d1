//! The file that keeps a session: readable by its owner alone, replaced whole, and locked while a call exchanges its token,
//! so that two calls at once are not taken for a copied token.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// A kept session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The server's origin.
    pub server: String,
    /// What the next tokens are had for.
    pub refresh_token: String,
}

/// The file, ours alone until dropped.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    _lock: fs::File,
}

/// Opens the file of this user, waiting for another call that has it.
///
/// # Errors
/// `session_file`.
pub fn open() -> Result<File> {
    let folder = folder()?;
    let path = folder.join("session.json");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed(&folder))?;
    let beside = folder.join("session.lock");
    let lock = private().create(true).truncate(false).open(&beside).map_err(failed(&beside))?;
    lock.lock().map_err(failed(&beside))?;
    Ok(File { path, _lock: lock })
}

impl File {
    /// The session, if there is one.
    ///
    /// # Errors
    /// `session_file`.
    pub fn read(&self) -> Result<Option<Kept>> {
        match fs::read(&self.path) {
            Ok(bytes) => {
                let damaged = |_| {
                    let text =
                        format!("{} does not hold a session; remove it and sign in", self.path.display());
                    Problem::new("session_file", text)
                };
                Ok(Some(serde_json::from_slice(&bytes).map_err(damaged)?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.path)(error).into()),
        }
    }

    /// Replaces the session: whenever this is cut short, the one before or this one is there whole.
    ///
    /// # Errors
    /// `session_file`.
    pub fn write(&mut self, kept: &Kept) -> Result<()> {
        let next = self.path.with_extension("next");
        let bytes = serde_json::to_vec(kept)?;
        let put = || {
            let mut file = private().create(true).truncate(true).open(&next)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&next, &self.path)?;
            match self.path.parent() {
                Some(folder) => fs::File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        Ok(put().map_err(failed(&self.path))?)
    }

    /// Forgets the session.
    ///
    /// # Errors
    /// `session_file`.
    pub fn remove(&mut self) -> Result<()> {
        Ok(fs::remove_file(&self.path).map_err(failed(&self.path))?)
    }
}

/// How files that are nobody else's are opened.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// `$XDG_CONFIG_HOME/roadbook`, as the XDG base directory specification has it.
fn folder() -> Result<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    let none =
        || Problem::new("session_file", "neither XDG_CONFIG_HOME nor HOME says where to keep a session");
    Ok(config.ok_or_else(none)?.join("roadbook"))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Problem + '_ {
    move |error| {
        Problem::new("session_file", format!("a session cannot be kept at {}: {error}", path.display()))
    }
}
