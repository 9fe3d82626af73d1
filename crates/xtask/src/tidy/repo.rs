//! The files of the checkout that are, or would be, committed.

use std::fs;

use anyhow::Result;

use crate::shell;

/// One text file.
pub(super) struct TextFile {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl TextFile {
    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }
}

/// All of them; files that are not UTF-8 (vectors, pictures) are left out.
pub(super) struct Repo {
    pub(super) files: Vec<TextFile>,
}

impl Repo {
    pub(super) fn open() -> Result<Self> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let names = String::from_utf8(shell::read(&mut shell::program("git", &list))?)?;
        let read = |path: &str| {
            let text = fs::read_to_string(shell::root().join(path)).ok()?;
            Some(TextFile { path: path.to_owned(), text })
        };
        Ok(Self { files: names.split_terminator('\0').filter_map(read).collect() })
    }

    pub(super) fn find(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(super) fn with_extension<'a>(&'a self, extensions: &'a [&str]) -> impl Iterator<Item = &'a TextFile> {
        self.files.iter().filter(|file| file.has_extension(extensions))
    }
}
