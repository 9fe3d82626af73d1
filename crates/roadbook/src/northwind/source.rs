//! Where the files come from: a folder, or the copy that is compiled into the program.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

/// A set of Northwind files.
#[derive(Clone, Debug)]
pub enum Source {
    /// The files that came with Roadbook.
    Bundled,
    /// The files in this folder.
    Folder(PathBuf),
    /// The bundled files, but with these in place of some: for tests.
    #[cfg(test)]
    Edited(std::collections::BTreeMap<&'static str, Vec<u8>>),
}

macro_rules! bundled {
    ($($name:literal),+ $(,)?) => {
        /// The bundled files, by name.
        const BUNDLED: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../data/northwind/", $name)))),+];
    };
}

bundled!(
    "categories.csv",
    "customers.csv",
    "employee_territories.csv",
    "employees.csv",
    "order_details.csv",
    "orders.csv",
    "products.csv",
    "regions.csv",
    "shippers.csv",
    "suppliers.csv",
    "territories.csv",
);

impl Source {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When the folder does not have it, or it cannot be read.
    pub fn read(&self, file: &str) -> io::Result<Cow<'static, [u8]>> {
        match self {
            Self::Bundled => bundled(file).map(Cow::Borrowed),
            Self::Folder(folder) => std::fs::read(folder.join(file)).map(Cow::Owned),
            #[cfg(test)]
            Self::Edited(files) => match files.get(file) {
                Some(bytes) => Ok(Cow::Owned(bytes.clone())),
                None => bundled(file).map(Cow::Borrowed),
            },
        }
    }
}

fn bundled(file: &str) -> io::Result<&'static [u8]> {
    let found = BUNDLED.iter().find(|(name, _)| *name == file);
    found.map(|(_, bytes)| *bytes).ok_or_else(|| io::ErrorKind::NotFound.into())
}
