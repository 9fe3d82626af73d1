//! Who this device is: the files of its home folder beside the store.
//!
//! | file | what |
//! | --- | --- |
//! | `device.json` | server, device, person and names: for people and programs, no secrets; last written at enrolment |
//! | `device.key` | the device's private key, PKCS#8 PEM, readable by its owner alone; never leaves the device |
//! | `ca.pem` | the company's own certificate authority, if it has one: trusted beside the system's |
//! | `enrolment.json` | the server's answer to the enrolment, with the organisation's digest key; to start a fresh store |
//! | `enrolment.next.json`, `device.next.key` | a further enrolment, until it is in force in the place of that one |
//! | `store.sqlite` | the store |
//! | `wiped.json` | instead of all of these: the device was taken out of use and has wiped itself, and when |

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use p256::SecretKey;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use roadbook_model::{DeviceId, PersonId, Role};
use roadbook_protocol::enrol::EnrolAnswer;
use roadbook_protocol::{Hash, Signature};
use roadbook_sync::device::Signer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::store::files;

/// The file of the company's own certificate authority.
const AUTHORITY: &str = "ca.pem";

/// What can be wrong with a home folder.
#[derive(Debug, Error)]
pub enum HomeError {
    /// No device was enrolled here.
    #[error("no device is enrolled in {path}; enrol one first, with a code from the office", path = .0.display())]
    NotEnrolled(PathBuf),
    /// The device was taken out of use and wiped itself.
    #[error("the device in {path} was taken out of use: what was on it is with the office, and it wiped itself; enrol it anew with a code from the office", path = .0.display())]
    Wiped(PathBuf),
    /// A device was enrolled here already.
    #[error("a device is already enrolled in {path}; choose another home folder, or use this one", path = .0.display())]
    AlreadyEnrolled(PathBuf),
    /// The code that was to enrol a device anew is another person's.
    #[error(
        "that code is for {0}, and what is on this device is somebody else's; ask the office for a code of your own"
    )]
    AnotherPerson(String),
    /// A file cannot be reached.
    #[error("{path} cannot be read or written; check the folder's rights and the free space", path = .path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path} does not hold what it should; enrol the device anew in another home folder", path = .0.display())]
    Unreadable(PathBuf),
}

impl HomeError {
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled(_) => "not_enrolled",
            Self::Wiped(_) => roadbook_protocol::code::WIPED,
            Self::AlreadyEnrolled(_) => "already_enrolled",
            Self::AnotherPerson(_) => "another_person",
            Self::Access { .. } => "file_access",
            Self::Unreadable(_) => "home_unreadable",
        }
    }
}

/// Who the device is, as `device.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The server's address.
    pub server: String,
    /// The device.
    pub device: DeviceId,
    /// What the device is called.
    pub name: String,
    /// The person it is enrolled for.
    pub person: PersonId,
    /// That person's name.
    pub person_name: String,
    /// That person's role.
    pub role: Role,
}

impl Identity {
    /// Who a device is after this answer.
    pub(crate) fn of(server: &str, name: String, answer: &EnrolAnswer) -> Self {
        Self {
            server: server.to_owned(),
            device: answer.device,
            name,
            person: answer.person,
            person_name: answer.person_name.clone(),
            role: answer.role,
        }
    }
}

/// An enrolment that is to take the place of the one in force.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Next {
    /// Who the device is then.
    pub identity: Identity,
    /// What the server answered.
    pub answer: EnrolAnswer,
}

/// Holds such an enrolment until it is in force.
const NEXT: &str = "enrolment.next.json";
/// Its key.
const NEXT_KEY: &str = "device.next.key";

/// Stands where a device was that has wiped itself.
const WIPED: &str = "wiped.json";

/// A device's home folder.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// The home folder at this path, whether it exists or not.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where the store is.
    pub fn store(&self) -> PathBuf {
        self.0.join("store.sqlite")
    }

    /// Bytes that the store takes, with what is not yet folded into it.
    pub(crate) fn store_bytes(&self) -> u64 {
        let size = |name: &str| fs::metadata(self.0.join(name)).map_or(0, |file| file.len());
        size("store.sqlite") + size("store.sqlite-wal")
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn make(&self) -> Result<(), HomeError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(access(&self.0))
    }

    /// Who the device is.
    ///
    /// # Errors
    /// `not_enrolled` while no enrolment was completed here.
    pub fn identity(&self) -> Result<Identity, HomeError> {
        if self.0.join(WIPED).exists() {
            return Err(HomeError::Wiped(self.0.clone()));
        }
        self.lookup("device.json")?.ok_or_else(|| HomeError::NotEnrolled(self.0.clone()))
    }

    /// Whether the device has wiped itself and what is left of it is still to be removed.
    pub(crate) fn is_half_wiped(&self) -> bool {
        self.0.join(WIPED).exists() && self.0.join("device.key").exists()
    }

    /// Notes that the device is wiped. From here on it is not used again, whatever is still there.
    pub(crate) fn note_wiped(&self, device: DeviceId, at_ms: i64) -> Result<(), HomeError> {
        self.write(WIPED, &json(&serde_json::json!({ "device": device, "at_ms": at_ms })))
    }

    /// Removes what is left of the device beside its store, the key last.
    pub(crate) fn remove_identity(&self) -> Result<(), HomeError> {
        for name in ["enrolment.json", NEXT, NEXT_KEY, "device.json", "device.key"] {
            self.remove(name)?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), HomeError> {
        let path = self.0.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(access(&path)(error)),
            _ => Ok(()),
        }
    }

    /// The server's answer to the enrolment.
    pub(crate) fn enrolment(&self) -> Result<EnrolAnswer, HomeError> {
        self.lookup("enrolment.json")?.ok_or_else(|| HomeError::NotEnrolled(self.0.clone()))
    }

    /// Says that nothing is enrolled here yet.
    pub(crate) fn must_be_free(&self) -> Result<(), HomeError> {
        match self.identity() {
            Err(HomeError::NotEnrolled(_) | HomeError::Wiped(_)) => Ok(()),
            Err(other) => Err(other),
            Ok(_) => Err(HomeError::AlreadyEnrolled(self.0.clone())),
        }
    }

    /// Forgets that another device was here and wiped itself: from now on there is a key of the next one.
    pub(crate) fn begin_anew(&self) -> Result<(), HomeError> {
        self.remove(WIPED)
    }

    /// Keeps the enrolment. `device.json` comes last: with it, the device is enrolled.
    pub(crate) fn put(&self, identity: &Identity, answer: &EnrolAnswer) -> Result<(), HomeError> {
        self.write("enrolment.json", &json(answer))?;
        self.write("device.json", &json(identity))
    }

    /// The enrolment that is to take the place of the one in force.
    pub(crate) fn next(&self) -> Result<Option<Next>, HomeError> {
        self.lookup(NEXT)
    }

    /// Keeps an enrolment that is to take the place of the one in force.
    pub(crate) fn put_next(&self, next: &Next) -> Result<(), HomeError> {
        self.write(NEXT, &json(next))
    }

    /// Forgets the key: it was enrolled for somebody else.
    pub(crate) fn forget_next_key(&self) -> Result<(), HomeError> {
        self.remove(NEXT_KEY)
    }

    /// Puts it in force, with its key. Doing so twice changes nothing.
    pub(crate) fn take_next(&self, next: &Next) -> Result<(), HomeError> {
        let (from, to) = (self.0.join(NEXT_KEY), self.0.join("device.key"));
        if from.exists() {
            fs::rename(&from, &to).map_err(access(&from))?;
        }
        self.put(&next.identity, &next.answer)?;
        self.remove(NEXT)
    }

    /// The company's own certificate authority, PEM, if one was given.
    pub(crate) fn authority(&self) -> Result<Option<Vec<u8>>, HomeError> {
        let path = self.0.join(AUTHORITY);
        match fs::read(&path) {
            Ok(pem) => Ok(Some(pem)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(HomeError::Access { path, source }),
        }
    }

    /// Keeps the company's own certificate authority.
    pub(crate) fn put_authority(&self, pem: &[u8]) -> Result<(), HomeError> {
        self.write(AUTHORITY, pem)
    }

    /// The device's key.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn key(&self) -> Result<Key, HomeError> {
        self.key_in("device.key")
    }

    fn key_in(&self, name: &str) -> Result<Key, HomeError> {
        let path = self.0.join(name);
        let pem = fs::read_to_string(&path).map_err(access(&path))?;
        let secret = SecretKey::from_pkcs8_pem(&pem).map_err(|_| HomeError::Unreadable(path))?;
        Ok(Key(SigningKey::from(secret)))
    }

    /// The device's key; made now if there is none. A second attempt to enrol uses the same one, so that a lost answer
    /// can be asked for again.
    pub(crate) fn key_or_new(&self) -> Result<Key, HomeError> {
        self.key_or_new_in("device.key")
    }

    /// The same for an enrolment that is to take the place of the one in force.
    pub(crate) fn next_key(&self) -> Result<Key, HomeError> {
        self.key_or_new_in(NEXT_KEY)
    }

    fn key_or_new_in(&self, name: &str) -> Result<Key, HomeError> {
        let path = self.0.join(name);
        if !path.exists() {
            let secret = SecretKey::random(&mut OsRng);
            let pem = secret.to_pkcs8_pem(LineEnding::LF).map_err(|_| HomeError::Unreadable(path.clone()))?;
            self.write(name, pem.as_bytes())?;
        }
        self.key_in(name)
    }

    fn lookup<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, HomeError> {
        let path = self.0.join(name);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| HomeError::Unreadable(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(HomeError::Access { path, source }),
        }
    }

    /// Writes a file whole or not at all, readable by its owner alone.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        let path = self.0.join(name);
        let draft = self.0.join(format!("{name}.new"));
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&draft).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(access(&draft))?;
        fs::rename(&draft, &path).map_err(access(&path))?;
        files::sync_folder(&path)
            .map_err(|failure| HomeError::Access { path, source: io::Error::other(failure) })
    }
}

/// The device's private key.
pub struct Key(SigningKey);

impl Key {
    /// The public half: SEC1 compressed, 33 bytes.
    pub fn public(&self) -> Vec<u8> {
        self.0.verifying_key().to_encoded_point(true).as_bytes().to_vec()
    }
}

impl Signer for Key {
    fn sign(&self, hash: &Hash) -> Signature {
        // A 32-byte prehash can always be signed; were it not so, zeros are no valid signature and the server says no.
        let signature: Result<p256::ecdsa::Signature, _> = self.0.sign_prehash(&hash.0);
        signature.map_or(Signature([0; 64]), |signature| Signature(signature.to_bytes().into()))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a device's key")
    }
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}

fn access(path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Access { path, source }
}
