//! Passwords: which ones are taken, how they are kept, how they are compared. Pure but for the time it costs: hashing is
//! meant to be slow, so it happens on threads of its own, and only so many at once that the server goes on serving.

mod rule;

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

pub use self::rule::{BYTES_MAX, NewPassword, WeakPassword};
use crate::ambient;

/// Memory of one hash, in KiB; with [`PASSES`] and [`LANES`] what OWASP asks of argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Hashes made at once.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const TURN_MAX: Duration = Duration::from_secs(10);

/// Makes and compares hashes of passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    turn_max: Duration,
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right,
    /// It is, and this is its hash by today's parameters, to keep instead of the old one.
    RightRehashed(String),
    /// It is not, or there is none.
    Wrong,
}

/// Why no hash was made.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many sign-ins at once.
    #[error("too many people sign in at this moment; try again in a few seconds")]
    Busy,
    /// The hash function or its thread failed: a fault of the program's.
    #[error("a password could not be hashed: {0}")]
    Broken(String),
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), turn_max: TURN_MAX }
    }
}

impl Passwords {
    /// The hash to keep of a password, as a PHC string.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when others are before it for too long.
    pub async fn hash(&self, password: NewPassword) -> Result<String, PasswordError> {
        self.in_turn(move || hash(password.as_bytes())).await
    }

    /// Compares a password with the hash that is kept. Without one it takes as long, so that nobody can tell.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when others are before it for too long.
    pub async fn compare(&self, kept: Option<String>, password: String) -> Result<Verdict, PasswordError> {
        self.in_turn(move || match kept {
            Some(kept) => compare(&kept, password.as_bytes()),
            None => hash(password.as_bytes()).map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = tokio::time::timeout(self.turn_max, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_| PasswordError::Busy)?.map_err(|_| PasswordError::Busy)?;
        let done = spawn_blocking(move || {
            // The turn ends with the work, not with a caller who gave up waiting.
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| PasswordError::Broken(error.to_string()))?
    }
}

fn params() -> Result<Params, PasswordError> {
    Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| PasswordError::Broken(error.to_string()))
}

fn hash(password: &[u8]) -> Result<String, PasswordError> {
    let salt = Salt::new(&ambient::random::<16>());
    let salt = salt.map_err(|error| PasswordError::Broken(error.to_string()))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params()?);
    let hash: PasswordHash = argon
        .hash_password_with_params(password, salt.as_ref(), params()?)
        .map_err(|error| PasswordError::Broken(error.to_string()))?;
    Ok(hash.to_string())
}

fn compare(kept: &str, password: &[u8]) -> Result<Verdict, PasswordError> {
    let broken = |error: String| PasswordError::Broken(error);
    let kept = PasswordHash::new(kept).map_err(|error| broken(error.to_string()))?;
    match Argon2::default().verify_password(password, &kept) {
        Ok(()) => {}
        Err(argon2::password_hash::Error::PasswordInvalid) => return Ok(Verdict::Wrong),
        Err(error) => return Err(broken(error.to_string())),
    }
    let is_todays = kept.algorithm.as_str() == "argon2id"
        && Params::try_from(&kept)
            .is_ok_and(|kept| (kept.m_cost(), kept.t_cost(), kept.p_cost()) == (MEMORY_KIB, PASSES, LANES));
    if is_todays { Ok(Verdict::Right) } else { hash(password).map(Verdict::RightRehashed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> NewPassword {
        NewPassword::admit(text, "Anna Berg", "anna@example.org").unwrap()
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_alone() {
        let passwords = Passwords::default();
        let kept = passwords.hash(password("correct horse 7")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "the parameters are in it: {kept}");
        let again = passwords.hash(password("correct horse 7")).await.unwrap();
        assert_ne!(kept, again, "salted");
        let compare = |text: &str| passwords.compare(Some(kept.clone()), text.to_owned());
        assert_eq!(compare("correct horse 7").await.unwrap(), Verdict::Right);
        assert_eq!(compare("correct horse 8").await.unwrap(), Verdict::Wrong);
        assert_eq!(compare("").await.unwrap(), Verdict::Wrong);
        assert_eq!(passwords.compare(None, "correct horse 7".into()).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn an_old_hash_is_made_anew() {
        let old = Params::new(8 * 1024, 1, 1, None).unwrap();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, old.clone());
        let old: PasswordHash = argon.hash_password_with_params(b"correct horse 7", &[5; 16], old).unwrap();
        let passwords = Passwords::default();
        let verdict = passwords.compare(Some(old.to_string()), "correct horse 7".into()).await.unwrap();
        let Verdict::RightRehashed(new) = verdict else { panic!("{verdict:?}") };
        assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let again = passwords.compare(Some(new), "correct horse 7".into()).await.unwrap();
        assert_eq!(again, Verdict::Right);
    }

    #[tokio::test]
    async fn whoever_waits_too_long_for_a_turn_is_told() {
        let passwords = Passwords { turn_max: Duration::ZERO, ..Passwords::default() };
        let _all = Arc::clone(&passwords.turns).acquire_many_owned(2).await.unwrap();
        let refused = passwords.compare(None, "correct horse 7".into()).await;
        assert!(matches!(refused, Err(PasswordError::Busy)));
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_fault_and_no_password() {
        let passwords = Passwords::default();
        for kept in ["", "$argon2id$", "$argon2id$v=19$m=1,t=0,p=0$AAAA$AAAA", "plain"] {
            let compared = passwords.compare(Some(kept.into()), "plain".into()).await;
            assert!(matches!(compared, Err(PasswordError::Broken(_))), "{kept}");
        }
    }
}
