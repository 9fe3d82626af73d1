//! The server's own keys, in its data folder and outside the database: whoever gets hold of a backup can neither sign
//! pages nor issue tokens. Made at the first start; losing them means that people sign in again and that devices learn a
//! new page key when they next enrol.

mod ring;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::SigningKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use roadbook_protocol::{Hash, Signature};
use sha2::Sha256;

pub use self::ring::{Rotated, TokenKeys};
use crate::ambient;

/// The keys of one server.
pub struct Keys {
    /// Signs pages.
    pub page: Arc<PageKey>,
    /// Sign and check access tokens.
    pub token: TokenKeys,
    /// From a refresh token, its successor: so that a lost answer can be given again without being kept.
    pub refresh: RefreshKey,
}

/// The key by which one refresh token follows from another.
#[derive(Clone)]
pub struct RefreshKey([u8; 32]);

/// The P-256 key that signs pages.
pub struct PageKey(SigningKey);

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file or its folder.
    #[error("cannot keep the server's keys at {path}: {source}; check the rights of the data folder")]
    File {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not 32 bytes of a usable key.
    #[error("{path} does not hold a key; restore it from a backup, or move it away to have a new one made")]
    Damaged {
        /// Where.
        path: PathBuf,
    },
}

impl Keys {
    /// Opens the keys under a data folder, and makes those that are missing.
    pub fn open(data: &Path) -> Result<Self, KeyError> {
        let folder = data.join("keys");
        make_folder(&folder)?;
        let path = folder.join("page-signing.key");
        let page = SigningKey::from_slice(&secret(&path)?).map_err(|_| KeyError::Damaged { path })?;
        let token = TokenKeys::open(&folder)?;
        let refresh = RefreshKey(secret(&folder.join("refresh.key"))?);
        Ok(Self { page: Arc::new(PageKey(page)), token, refresh })
    }
}

impl RefreshKey {
    /// The key with these bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// What follows from these bytes, by HMAC-SHA-256: nobody without the key can tell.
    pub fn follow(&self, bytes: &[u8; 32]) -> [u8; 32] {
        // A key shorter than the hash's block is filled with zeros (RFC 2104).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(b"roadbook refresh 1\0");
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

/// Makes a folder that is nobody else's, if it is not there.
fn make_folder(folder: &Path) -> Result<(), KeyError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).map_err(|source| KeyError::File { path: folder.to_owned(), source })
}

/// Makes a file that is nobody else's and was not there.
fn fresh(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

impl PageKey {
    /// Signs a statement, such as [`roadbook_protocol::page::statement`].
    pub fn sign(&self, statement: &Hash) -> Signature {
        use p256::ecdsa::signature::hazmat::PrehashSigner;
        let signed: Result<p256::ecdsa::Signature, _> = self.0.sign_prehash(&statement.0);
        // A 32-byte digest is always long enough for P-256; zeros would simply not verify.
        Signature(signed.map_or([0; 64], |signature| signature.to_bytes().into()))
    }

    /// The public half, SEC1 compressed.
    pub fn public(&self) -> Vec<u8> {
        self.0.verifying_key().as_affine().to_encoded_point(true).as_bytes().to_vec()
    }
}

/// The 32 secret bytes in a file, made if it does not exist.
fn secret(path: &Path) -> Result<[u8; 32], KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    match fresh(path) {
        Ok(mut file) => {
            let bytes = ambient::random::<32>();
            file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut bytes = Vec::new();
            OpenOptions::new()
                .read(true)
                .open(path)
                .and_then(|mut file| file.read_to_end(&mut bytes))
                .map_err(failed)?;
            bytes.try_into().map_err(|_| KeyError::Damaged { path: path.to_owned() })
        }
        Err(error) => Err(failed(error)),
    }
}
