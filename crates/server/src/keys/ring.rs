//! The keys of access tokens: one that signs, and the public halves of those that signed before.
//!
//! ```text
//! token-signing.key      the secret half of the one that signs
//! token-retired/<kid>    a public half in hex, and until when it is good, in seconds since 1970
//! ```
//!
//! Keys are exchanged by whoever may write the folder (`roadbook admin rotate-keys`), under a running server: it looks
//! whether the file is another one before it issues a token, and when it meets a key that it does not know.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::{KeyError, fresh, make_folder, secret};
use crate::ambient;
use crate::token::{Bearer, LEEWAY_S, LIFETIME_S_MAX, PublicKey, TokenError, TokenKey, kid_of};

/// The file of the key that signs.
const SIGNING: &str = "token-signing.key";
/// The folder of those that signed before.
const RETIRED: &str = "token-retired";

/// Signs and checks access tokens.
pub struct TokenKeys {
    folder: PathBuf,
    loaded: RwLock<Arc<Loaded>>,
}

struct Loaded {
    stamp: Stamp,
    signing: TokenKey,
    retired: Vec<Retired>,
}

/// Tells one file from another at the same place: device, inode and time of change.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp(u64, u64, i64, i64);

#[derive(Clone, Copy)]
struct Retired {
    public: PublicKey,
    until_s: u64,
}

/// What an exchange of keys did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The name of the key that signs now.
    pub kid: String,
    /// The name of the one that signed before.
    pub retired: String,
    /// Until when tokens by that one are good, in seconds since 1970.
    pub until_s: u64,
}

impl TokenKeys {
    pub(super) fn open(folder: &Path) -> Result<Self, KeyError> {
        let loaded = Loaded::read(folder)?;
        Ok(Self { folder: folder.to_owned(), loaded: RwLock::new(Arc::new(loaded)) })
    }

    /// A token for a person, good at this server for so many seconds.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn issue(&self, issuer: &str, bearer: Bearer, lifetime_s: u64) -> Result<String, TokenError> {
        self.renewed().signing.issue(issuer, bearer, lifetime_s)
    }

    /// Who this token speaks for, if a key of ours signed it for one of these addresses.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify(&self, issuers: &[impl ToString], token: &str) -> Result<Bearer, TokenError> {
        let kid = kid_of(token)?;
        let known = self.loaded().public(&kid).or_else(|| self.renewed().public(&kid));
        known.ok_or(TokenError::UnknownKey)?.verify(issuers, token)
    }

    /// The public halves that tokens may be signed by, the one that signs first.
    pub fn public(&self) -> Vec<PublicKey> {
        let loaded = self.renewed();
        let retired = loaded.retired.iter().filter(|key| key.is_good()).map(|key| key.public);
        std::iter::once(loaded.signing.public()).chain(retired).collect()
    }

    /// Makes a new key that signs from now on. Tokens by the old one are good until they are over; or, with `distrust`, no
    /// token by any earlier key is good any more, because somebody else may have made it.
    ///
    /// # Errors
    /// When the folder cannot be written; then the old key goes on.
    pub fn rotate(&self, distrust: bool) -> Result<Rotated, KeyError> {
        let lock_path = self.folder.join("lock");
        let failed = |source| KeyError::File { path: self.folder.clone(), source };
        let lock = File::create(&lock_path).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let old = Loaded::read(&self.folder)?.signing.public();
        let until_s = if distrust { now_s() } else { now_s() + LIFETIME_S_MAX + LEEWAY_S };
        let retired = self.folder.join(RETIRED);
        make_folder(&retired)?;
        if distrust {
            forget(&retired, |_| true).map_err(failed)?;
        } else {
            // The old key's public half first: if we are cut off here, the old key still signs, and nothing is lost.
            let hex: String = old.0.iter().map(|byte| format!("{byte:02x}")).collect();
            put(&retired, &old.kid(), format!("{hex} {until_s}\n").as_bytes())?;
        }
        let new = ambient::random();
        put(&self.folder, SIGNING, &new)?;
        // Whatever cannot be removed is not good anyhow.
        let _ = forget(&retired, |key| !key.is_good());
        self.renewed();
        Ok(Rotated { kid: TokenKey::new(new).public().kid(), retired: old.kid(), until_s })
    }

    fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is in the folder now. If it cannot be read, what was there before: tokens go on working.
    fn renewed(&self) -> Arc<Loaded> {
        let loaded = self.loaded();
        if stamp(&self.folder).is_ok_and(|stamp| stamp == loaded.stamp) {
            return loaded;
        }
        match Loaded::read(&self.folder) {
            Ok(read) => {
                let read = Arc::new(read);
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
                read
            }
            Err(error) => {
                tracing::error!(%error, "the keys of access tokens cannot be read; the old ones go on");
                loaded
            }
        }
    }
}

impl Loaded {
    fn read(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(SIGNING);
        let secret = secret(&path)?;
        // Taken after the file was made, and before the retired ones: a later exchange makes another stamp.
        let stamp = stamp(folder).map_err(|source| KeyError::File { path, source })?;
        let retired = retired(&folder.join(RETIRED))?;
        Ok(Self { stamp, signing: TokenKey::new(secret), retired })
    }

    fn public(&self, kid: &str) -> Option<PublicKey> {
        let signing = self.signing.public();
        let mut retired = self.retired.iter().filter(|key| key.is_good()).map(|key| key.public);
        if signing.kid() == kid { Some(signing) } else { retired.find(|key| key.kid() == kid) }
    }
}

/// Removes retired keys.
fn forget(folder: &Path, which: impl Fn(&Retired) -> bool) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if parse(&fs::read_to_string(&path)?).is_some_and(|key| which(&key)) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

impl Retired {
    fn is_good(&self) -> bool {
        now_s() < self.until_s
    }
}

fn now_s() -> u64 {
    ambient::now_ms().unsigned_abs() / 1000
}

fn stamp(folder: &Path) -> std::io::Result<Stamp> {
    let file = fs::metadata(folder.join(SIGNING))?;
    Ok(Stamp(file.dev(), file.ino(), file.mtime(), file.mtime_nsec()))
}

fn retired(folder: &Path) -> Result<Vec<Retired>, KeyError> {
    let failed = |source| KeyError::File { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        // A file that was half written when the machine went down has a name that no key has.
        if path.extension().is_some() {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        keys.push(parse(&text).ok_or(KeyError::Damaged { path })?);
    }
    Ok(keys)
}

fn parse(text: &str) -> Option<Retired> {
    let (hex, until) = text.trim().split_once(' ')?;
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut public = [0; 32];
    for (n, byte) in public.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(Retired { public: PublicKey(public), until_s: until.parse().ok()? })
}

/// Puts a file in its place, whole or not at all.
fn put(folder: &Path, name: &str, content: &[u8]) -> Result<(), KeyError> {
    let new = folder.join(format!("{name}.new"));
    let failed = |source| KeyError::File { path: new.clone(), source };
    match fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = fresh(&new).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&new, folder.join(name)).map_err(failed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKeys({})", self.folder.display())
    }
}

#[cfg(test)]
mod tests {
    use roadbook_model::{PersonId, Role};

    use super::*;

    const HERE: [&str; 1] = ["http://here"];

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("roadbook-{name}-{}", std::process::id()));
            make_folder(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn bearer() -> Bearer {
        Bearer { person: PersonId::from_bytes([7; 16]), role: Role::Office, session: None }
    }

    #[test]
    fn tokens_outlive_the_exchange_of_keys_and_a_running_server_follows() {
        let folder = Folder::new("ring");
        let server = TokenKeys::open(&folder.0).unwrap();
        let before = server.issue(HERE[0], bearer(), 60).unwrap();
        let rotated = TokenKeys::open(&folder.0).unwrap().rotate(false).unwrap();
        assert_eq!(server.verify(&HERE, &before).unwrap(), bearer(), "still good");
        let after = server.issue(HERE[0], bearer(), 60).unwrap();
        assert_eq!(kid_of(&after).unwrap(), rotated.kid, "signed by the new key");
        assert_ne!(kid_of(&before).unwrap(), rotated.kid);
        assert_eq!(server.verify(&HERE, &after).unwrap(), bearer());
        let kids: Vec<String> = server.public().iter().map(PublicKey::kid).collect();
        assert_eq!(kids, [rotated.kid, rotated.retired]);
    }

    #[test]
    fn a_server_meets_a_key_made_elsewhere() {
        let folder = Folder::new("ring-met");
        let (here, there) = (TokenKeys::open(&folder.0).unwrap(), TokenKeys::open(&folder.0).unwrap());
        there.rotate(false).unwrap();
        let token = there.issue(HERE[0], bearer(), 60).unwrap();
        assert_eq!(here.verify(&HERE, &token).unwrap(), bearer());
        let stranger = TokenKey::new([3; 32]).issue(HERE[0], bearer(), 60).unwrap();
        assert!(matches!(here.verify(&HERE, &stranger), Err(TokenError::UnknownKey)));
    }

    #[test]
    fn a_retired_key_is_over_when_its_last_token_is() {
        let folder = Folder::new("ring-over");
        let keys = TokenKeys::open(&folder.0).unwrap();
        let token = keys.issue(HERE[0], bearer(), LIFETIME_S_MAX + 1_000_000).unwrap();
        let old = keys.rotate(false).unwrap();
        assert!(old.until_s > now_s() + LIFETIME_S_MAX - 60, "the longest-lived token is still good");
        let file = folder.0.join(RETIRED).join(&old.retired);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace(&old.until_s.to_string(), "1")).unwrap();
        let later = TokenKeys::open(&folder.0).unwrap();
        assert!(matches!(later.verify(&HERE, &token), Err(TokenError::UnknownKey)));
        assert_eq!(later.public().len(), 1);
        later.rotate(false).unwrap();
        assert!(!file.exists(), "swept out by the next exchange");
    }

    #[test]
    fn after_a_theft_no_earlier_token_holds() {
        let folder = Folder::new("ring-theft");
        let server = TokenKeys::open(&folder.0).unwrap();
        let first = server.issue(HERE[0], bearer(), 60).unwrap();
        server.rotate(false).unwrap();
        let second = server.issue(HERE[0], bearer(), 60).unwrap();
        TokenKeys::open(&folder.0).unwrap().rotate(true).unwrap();
        let third = server.issue(HERE[0], bearer(), 60).unwrap();
        for old in [first, second] {
            assert!(matches!(server.verify(&HERE, &old), Err(TokenError::UnknownKey)));
        }
        assert_eq!(server.verify(&HERE, &third).unwrap(), bearer());
        assert_eq!(server.public().len(), 1);
    }

    #[test]
    fn a_damaged_key_is_said_to_be_one() {
        let folder = Folder::new("ring-damaged");
        TokenKeys::open(&folder.0).unwrap().rotate(false).unwrap();
        fs::write(folder.0.join(RETIRED).join("x"), "no key").unwrap();
        assert!(matches!(TokenKeys::open(&folder.0), Err(KeyError::Damaged { .. })));
    }
}
