//! A device of the demo: a home folder, and the `roadbook device` command called on it as a child process each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value as Json;

use super::process::{Program, Running, until};

/// How long a rep tries again before giving up on the server.
const PATIENCE: Duration = Duration::from_secs(30);

/// A device.
#[derive(Clone, Debug)]
pub struct Phone {
    program: Program,
    home: PathBuf,
    name: String,
    email: String,
}

impl Phone {
    /// A device that is not enrolled yet.
    pub fn new(program: Program, folder: &Path, name: &str, email: &str) -> Self {
        let home = folder.join("devices").join(name);
        Self { program, home, name: name.to_owned(), email: email.to_owned() }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose it is.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Its home folder.
    pub fn home(&self) -> String {
        self.home.display().to_string()
    }

    /// Calls a device command.
    ///
    /// # Errors
    /// What the command says.
    pub fn call(&self, args: &[&str]) -> Result<Json> {
        let home = self.home();
        let all = ["device", "--home", &home].into_iter().chain(args.iter().copied());
        self.program.call(all).with_context(|| format!("{}: device {}", self.name, args.join(" ")))
    }

    /// Captures, and gives the record that was saved.
    ///
    /// # Errors
    /// What the command says.
    pub fn capture(&self, args: &[&str]) -> Result<String> {
        let saved = self.call(args)?;
        Ok(saved["record"].as_str().context("a capture was answered without its record")?.to_owned())
    }

    /// Syncs, trying again while the server is away.
    ///
    /// # Errors
    /// What the last attempt said.
    pub fn sync(&self) -> Result<Json> {
        until(PATIENCE, || self.call(&["sync"]))
    }

    /// Starts a command and leaves it running.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, args: &[&str]) -> Result<Running> {
        let home = self.home();
        let all = ["device", "--home", &home].into_iter().chain(args.iter().copied());
        self.program.start(all, &self.home.with_extension("log"))
    }

    /// The id of an account on this device, by its number in the system behind or its name.
    ///
    /// # Errors
    /// When there is not exactly one.
    pub fn account(&self, name: &str) -> Result<String> {
        let found = self.call(&["search", name, "--kind", "account"])?;
        let first = found.get(0).and_then(|one| one["record"].as_str());
        Ok(first.with_context(|| format!("{} has no account {name}", self.name))?.to_owned())
    }

    /// Whether this account is on the device.
    ///
    /// # Errors
    /// When the device cannot be asked.
    pub fn has_account(&self, name: &str) -> Result<bool> {
        let found = self.call(&["search", name, "--kind", "account"])?;
        Ok(found.get(0).is_some())
    }

    /// The first account on this device, by name.
    ///
    /// # Errors
    /// When there is none.
    pub fn first_account(&self) -> Result<String> {
        let page = self.call(&["list", "account", "--limit", "1"])?;
        let first = page["records"].get(0).and_then(|one| one["record"].as_str());
        Ok(first.with_context(|| format!("{} has no account", self.name))?.to_owned())
    }

    /// Whether it is still a device of the organisation's: one that wiped itself is not.
    pub fn is_enrolled(&self) -> bool {
        self.call(&["status"]).is_ok()
    }

    /// Copies its home folder, as a phone's own backup does.
    ///
    /// # Errors
    /// What the file system says.
    pub fn back_up(&self) -> Result<()> {
        copy(&self.home, &self.home.with_extension("backup"))
    }

    /// Puts the backup in the place of what is there.
    ///
    /// # Errors
    /// What the file system says.
    pub fn restore(&self) -> Result<()> {
        fs::remove_dir_all(&self.home)?;
        copy(&self.home.with_extension("backup"), &self.home)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
