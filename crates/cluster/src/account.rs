//! The user that Postgres runs as: this process's own, or an unprivileged one when we are root, which Postgres refuses.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::ClusterError;
use crate::os;

/// Users that root may hand Postgres to, best first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// A user by number, and whether we have to become it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    name: String,
    pub(crate) uid: u32,
    gid: u32,
    drops_root: bool,
}

impl Account {
    /// Who is to run Postgres: as root, the owner of the existing database files, else `postgres`, else `nobody`.
    pub(crate) fn choose(database: &Path) -> Result<Self, ClusterError> {
        let uid = os::effective_uid();
        let existing = fs::metadata(database).ok();
        if uid != 0 {
            return match existing.map(|files| files.uid()) {
                Some(owner) if owner != uid => {
                    Err(ClusterError::WrongOwner { folder: database.to_owned(), owner, user: uid })
                }
                _ => Ok(Self { name: uid.to_string(), uid, gid: 0, drops_root: false }),
            };
        }
        if let Some(files) = existing.filter(|files| files.uid() != 0) {
            return Ok(Self {
                name: name_of(files.uid()),
                uid: files.uid(),
                gid: files.gid(),
                drops_root: true,
            });
        }
        let chosen = UNPRIVILEGED.iter().find_map(|name| lookup(name)).ok_or(ClusterError::NoUser)?;
        Ok(chosen)
    }

    /// Makes the command run as this user, with none of the settings that Postgres programs read from the environment.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.drops_root {
            // The standard library drops the supplementary groups as well.
            command.uid(self.uid).gid(self.gid);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C");
    }

    /// Gives one path to this user.
    pub(crate) fn give(&self, path: &Path) -> Result<(), ClusterError> {
        match self.drops_root {
            true => chown(path, Some(self.uid), Some(self.gid)).map_err(ClusterError::io("give away", path)),
            false => Ok(()),
        }
    }

    /// Gives everything under a folder to this user: a copy made by root, such as a restored backup.
    pub(crate) fn give_all(&self, folder: &Path) -> Result<(), ClusterError> {
        let failed = |path: &Path| ClusterError::io("give away", path);
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            self.give(&folder)?;
            for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
                let path = entry.map_err(failed(&folder))?.path();
                match path.symlink_metadata().map_err(failed(&path))?.is_dir() {
                    true => folders.push(path),
                    false => lchown(&path, Some(self.uid), Some(self.gid)).map_err(failed(&path))?,
                }
            }
        }
        Ok(())
    }

    /// The mode of a data folder that we make: private, yet on the way to what belongs to this user.
    pub(crate) fn folder_mode(&self) -> u32 {
        if self.drops_root { 0o711 } else { 0o700 }
    }

    /// Whether this user can enter the folder and run the program; says which folder is in the way.
    pub(crate) fn check_reach(&self, program: &Path, folder: &Path) -> Result<(), ClusterError> {
        if !self.drops_root {
            return Ok(());
        }
        let blocked =
            |path: &Path| ClusterError::Unreachable { path: path.to_owned(), user: self.name.clone() };
        if !self.can_run(program, Path::new("/"))? {
            return Err(blocked(program));
        }
        if self.can_run(program, folder)? {
            return Ok(());
        }
        let mut way: Vec<PathBuf> = folder.ancestors().map(Path::to_owned).collect();
        way.reverse();
        for step in way {
            if !self.can_run(program, &step)? {
                return Err(blocked(&step));
            }
        }
        Err(blocked(folder))
    }

    /// Entering the folder is part of the attempt: the child changes user first, then folder.
    fn can_run(&self, program: &Path, folder: &Path) -> Result<bool, ClusterError> {
        let mut command = Command::new(program);
        command.arg("--version").current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        self.apply(&mut command);
        match command.status() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(ClusterError::io("run", program)(error)),
        }
    }
}

fn lookup(name: &str) -> Option<Account> {
    passwd().into_iter().find(|account| account.name == name)
}

fn name_of(uid: u32) -> String {
    let known = passwd().into_iter().find(|account| account.uid == uid);
    known.map_or_else(|| uid.to_string(), |account| account.name)
}

fn passwd() -> Vec<Account> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Account { name, uid, gid, drops_root: true })
        })
        .collect()
}
