//! What lies where in a data folder: `pg-<major>` (the database files), `run` (the socket), `postgres.log`, `lock`.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::error::ClusterError;
use crate::installation::Installation;
use crate::os;

/// The longest path of a Unix socket, without the closing zero.
const SOCKET_PATH_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// What Postgres calls its socket; the number is that of the port it does not listen on.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// A data folder, looked at and found usable: by which installation, as which user, through which socket.
#[derive(Debug)]
pub(crate) struct Site {
    /// The data folder, absolute and without links.
    pub(crate) folder: PathBuf,
    /// The database files, `pg-<major>`; may not exist yet.
    pub(crate) database: PathBuf,
    /// The folder of the socket.
    pub(crate) socket: PathBuf,
    /// The same as text, for settings and URLs.
    pub(crate) socket_text: String,
    /// Where Postgres writes.
    pub(crate) log: PathBuf,
    pub(crate) installation: Installation,
    pub(crate) account: Account,
}

impl Site {
    /// Decides everything that an existing data folder leaves open, and prepares the place of the socket.
    pub(crate) fn survey(folder: &Path) -> Result<Self, ClusterError> {
        let installation = choose_installation(folder)?;
        let database = database_folder(folder, installation.major);
        let account = Account::choose(&database)?;
        account.check_reach(&installation.program("postgres"), folder)?;
        let socket = socket_folder(folder, &account)?;
        let socket_text =
            socket.to_str().ok_or_else(|| ClusterError::PathText { path: socket.clone() })?.to_owned();
        let log = folder.join("postgres.log");
        Ok(Self { folder: folder.to_owned(), database, socket, socket_text, log, installation, account })
    }

    pub(crate) fn socket_path(&self) -> PathBuf {
        self.socket.join(SOCKET_NAME)
    }
}

/// The data folder, made when it is missing.
pub(crate) fn create_folder(data_dir: &Path) -> Result<PathBuf, ClusterError> {
    let failed = || ClusterError::io("create the data folder", data_dir);
    if !data_dir.exists() {
        let parent = data_dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.map_or(Ok(()), fs::create_dir_all).map_err(failed())?;
        let mode = Account::choose(Path::new(""))?.folder_mode();
        match fs::DirBuilder::new().mode(mode).create(data_dir) {
            // Set again, because the mask of this process may have taken the way in.
            Ok(()) => fs::set_permissions(data_dir, fs::Permissions::from_mode(mode)).map_err(failed())?,
            Err(_) if data_dir.is_dir() => {} // another starter was faster
            Err(error) => return Err(failed()(error)),
        }
    }
    existing_folder(data_dir)
}

/// The data folder as an absolute path without links.
pub(crate) fn existing_folder(data_dir: &Path) -> Result<PathBuf, ClusterError> {
    fs::canonicalize(data_dir).map_err(ClusterError::io("find the data folder", data_dir))
}

fn database_folder(folder: &Path, major: u32) -> PathBuf {
    folder.join(format!("pg-{major}"))
}

/// The installation that matches the newest database in the folder, or the newest installation for a new one.
fn choose_installation(folder: &Path) -> Result<Installation, ClusterError> {
    let mut installed = Installation::all()?;
    let Some(named) = newest_database(folder)? else {
        return installed.pop().ok_or(ClusterError::PostgresMissing);
    };
    let database = database_folder(folder, named);
    let path = database.join("PG_VERSION");
    let words = fs::read_to_string(&path).map_err(ClusterError::io("read", &path))?;
    // A version that does not parse is from before 10 ("9.6"): 9 is true enough to refuse it.
    let written = words.trim().parse().unwrap_or(9);
    match installed.iter().find(|one| one.major == written && written == named) {
        Some(found) => Ok(found.clone()),
        None => {
            let installed = installed.iter().map(|one| one.major).collect();
            Err(ClusterError::Version { folder: database, data: written, installed })
        }
    }
}

/// The highest major version among the initialised databases of a folder: after an upgrade the old one may still lie
/// beside it.
fn newest_database(folder: &Path) -> Result<Option<u32>, ClusterError> {
    let entries = fs::read_dir(folder).map_err(ClusterError::io("read", folder))?;
    let major = |entry: fs::DirEntry| -> Option<u32> {
        let major = entry.file_name().to_str()?.strip_prefix("pg-")?.parse().ok()?;
        entry.path().join("PG_VERSION").exists().then_some(major)
    };
    Ok(entries.flatten().filter_map(major).max())
}

/// A folder for the socket that only the user of Postgres can enter: in the data folder, or when that path is too long
/// for a socket, under the temporary folder, by a name that the next opener finds again.
fn socket_folder(folder: &Path, account: &Account) -> Result<PathBuf, ClusterError> {
    let inside = folder.join("run");
    let place = if fits(&inside) { inside } else { temporary_folder("roadbook-run", folder) };
    if !fits(&place) {
        return Err(ClusterError::SocketPath { path: place, limit: SOCKET_PATH_MAX });
    }
    make_private(&place, account)?;
    Ok(place)
}

/// A comma separates hosts for libpq, so that `psql` could not be given the URL.
fn fits(socket_folder: &Path) -> bool {
    let path = socket_folder.join(SOCKET_NAME);
    path.as_os_str().len() <= SOCKET_PATH_MAX && !path.to_string_lossy().contains(',')
}

/// Makes the folder for the account alone, or makes sure that it is: a temporary folder is open to all, so somebody may
/// have made ours beforehand.
fn make_private(place: &Path, account: &Account) -> Result<(), ClusterError> {
    let failed = || ClusterError::io("make the socket folder", place);
    match fs::DirBuilder::new().mode(0o700).create(place) {
        Ok(()) => account.give(place)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed()(error)),
    }
    let found = fs::symlink_metadata(place).map_err(failed())?;
    if found.is_dir() && found.uid() == os::effective_uid() && found.uid() != account.uid {
        // Made by a start that was killed before it could give it away.
        account.give(place)?;
    } else if !found.is_dir() || found.uid() != account.uid || found.mode() & 0o077 != 0 {
        return Err(ClusterError::SocketPath { path: place.to_owned(), limit: SOCKET_PATH_MAX });
    }
    Ok(())
}

/// A name under the temporary folder that is always the same for the same path.
pub(crate) fn temporary_folder(name: &str, path: &Path) -> PathBuf {
    // FNV-1a: the standard hasher promises no stable result.
    let mark = path.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    std::env::temp_dir().join(format!("{name}-{}-{mark:016x}", os::effective_uid()))
}

/// Percent-encodes all but what is safe anywhere in a URL.
pub(crate) fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
