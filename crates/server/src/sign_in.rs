//! Signing in, from the outside in: guesses are slowed down, a password is compared, a session begins and goes on. What
//! is kept of it is `store::sign_in`'s matter, how it looks over HTTP `http::session`'s.

use std::net::IpAddr;

use roadbook_model::{DeviceId, SessionId};

use crate::keys::Keys;
use crate::password::{BYTES_MAX, NewPassword, PasswordError, Passwords, Verdict, WeakPassword};
use crate::store::office::OfficeError;
use crate::store::office::audit::By;
use crate::store::office::people::Person;
use crate::store::sign_in::guesses::Wait;
use crate::store::sign_in::refresh::{Refreshed, Reuse};
use crate::store::sign_in::secret::{Purpose, Secret};
use crate::store::sign_in::sessions::{NewSession, Session};
use crate::store::{Store, StoreError};
use crate::token::{Bearer, SESSION_LIFETIME_S, TokenError};

/// Longest e-mail address that is looked for, in bytes.
const EMAIL_BYTES_MAX: usize = 254;

/// Signs people in.
pub struct SignIn<'a> {
    /// What is kept.
    pub store: &'a Store,
    /// The server's keys.
    pub keys: &'a Keys,
    /// Hashes passwords, in turn.
    pub passwords: &'a Passwords,
    /// For which address access tokens are issued.
    pub issuer: &'a str,
}

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub struct From {
    /// The network address.
    pub address: IpAddr,
    /// What the client calls itself.
    pub client: Option<String>,
    /// The device to bind the session to, if to one.
    pub device: Option<DeviceId>,
}

/// A session with the tokens to go on with.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session and its refresh token.
    pub session: Session,
    /// The access token.
    pub access: String,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many guesses.
    #[error(transparent)]
    Wait(#[from] Wait),
    /// No such person, no password, the wrong one, or not active: the same for all.
    #[error("e-mail address and password do not fit")]
    Wrong,
    /// The provider vouches for an address that nobody has who works here.
    #[error("nobody who works here has the address {0}; ask an admin")]
    Stranger(String),
    /// The password that stands is another one.
    #[error("this is not your password")]
    WrongPassword,
    /// There is no password to change.
    #[error("you have no password yet; ask an admin for a link with which you choose one")]
    NoPassword,
    /// The link was used, ended by a newer one, or ran out.
    #[error(
        "this link was used or is too old; if you chose a password with it, sign in; else ask for a new one"
    )]
    LinkOver,
    /// The new password is not taken.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The session is over.
    #[error("this session is over; sign in again")]
    Over,
    /// A refresh token came again after its successor was used.
    #[error("this sign-in was used from two places and has been ended; sign in again")]
    Reused(Reuse),
    /// Passwords could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The device is not the person's, or the person's just left.
    #[error(transparent)]
    Office(#[from] OfficeError),
    /// No token could be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl std::convert::From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Office(error.into())
    }
}

/// Shorthand.
pub type Signed<T> = Result<T, SignInError>;

impl SignIn<'_> {
    /// Signs a person in by password. An unknown address takes as long and looks the same as a wrong password.
    ///
    /// # Errors
    /// [`SignInError::Wait`] before the password is looked at, [`SignInError::Wrong`] after.
    pub async fn by_password(
        &self,
        email: &str,
        password: &str,
        from: &From,
        now_ms: i64,
    ) -> Signed<SignedIn> {
        let email = email.trim();
        // What nobody can have is not looked for. It tells nothing: the lengths are no secret.
        if email.len() > EMAIL_BYTES_MAX || password.len() > BYTES_MAX || email.contains('\0') {
            return Err(SignInError::Wrong);
        }
        let guess = self.store.count_guess(email, from.address, now_ms).await??;
        let account = self.store.lookup_sign_in(email).await?;
        let kept = account.as_ref().and_then(|account| account.hash.clone());
        let verdict = self.passwords.compare(kept.clone(), password.to_owned()).await?;
        let person = match (account, verdict) {
            (Some(account), Verdict::Right) => account.person,
            (Some(account), Verdict::RightRehashed(new)) => {
                let old = kept.unwrap_or_default();
                self.store.rehash_password(account.person.id, &old, &new).await?;
                account.person
            }
            _ => {
                self.store.note_guess(&guess, email, from.address, now_ms).await?;
                return Err(SignInError::Wrong);
            }
        };
        self.store.forgive(&guess, email, from.address, now_ms).await?;
        self.begin(&person, from, now_ms).await
    }

    /// Signs in whom the organisation's provider vouches for: somebody who is here already and works here. Nobody is added by
    /// it.
    ///
    /// # Errors
    /// [`SignInError::Stranger`], also for who does not work here any more.
    pub async fn by_provider(&self, email: &str, from: &From, now_ms: i64) -> Signed<SignedIn> {
        let is_one = email.len() <= EMAIL_BYTES_MAX && !email.contains('\0');
        let account = if is_one { self.store.lookup_sign_in(email).await? } else { None };
        let account = account.ok_or_else(|| SignInError::Stranger(email.chars().take(100).collect()))?;
        self.begin(&account.person, from, now_ms).await
    }

    /// Uses a one-time link up: the person chooses a password with it and is signed in.
    ///
    /// # Errors
    /// [`SignInError::LinkOver`]; [`SignInError::Weak`], and then the link is still good.
    pub async fn by_link(&self, link: &str, password: &str, from: &From, now_ms: i64) -> Signed<SignedIn> {
        let secret = Secret::parse(Purpose::Link, link).ok_or(SignInError::LinkOver)?;
        let person = self.store.lookup_link(&secret, now_ms).await?.ok_or(SignInError::LinkOver)?;
        let password = NewPassword::admit(password, &person.name, &person.email)?;
        let hash = self.passwords.hash(password).await?;
        let by = By { person: person.id, role: person.role, address: Some(from.address) };
        if !self.store.use_link(&by, &secret, &hash, now_ms).await? {
            return Err(SignInError::LinkOver);
        }
        self.begin(&person, from, now_ms).await
    }

    /// Changes the password of who is signed in, who says the one that stands. Links and every other session of the
    /// person end.
    ///
    /// # Errors
    /// [`SignInError::Wait`] before it is looked at, [`SignInError::WrongPassword`], [`SignInError::NoPassword`],
    /// [`SignInError::Weak`].
    pub async fn change_password(
        &self,
        by: &By,
        session: Option<SessionId>,
        (current, new): (&str, &str),
        now_ms: i64,
    ) -> Signed<()> {
        let person = self.store.lookup_person_by_id(by.person).await?.ok_or(SignInError::Over)?;
        let kept = self.store.lookup_sign_in(&person.email).await?.and_then(|account| account.hash);
        let kept = kept.ok_or(SignInError::NoPassword)?;
        let chosen = NewPassword::admit(new, &person.name, &person.email)?;
        if current.len() > BYTES_MAX {
            return Err(SignInError::WrongPassword);
        }
        let address = by.address.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        let guess = self.store.count_guess(&person.email, address, now_ms).await??;
        if self.passwords.compare(Some(kept.clone()), current.to_owned()).await? == Verdict::Wrong {
            self.store.note_guess(&guess, &person.email, address, now_ms).await?;
            return Err(SignInError::WrongPassword);
        }
        self.store.forgive(&guess, &person.email, address, now_ms).await?;
        let hash = self.passwords.hash(chosen).await?;
        match self.store.change_password(by, session, (&kept, &hash), now_ms).await? {
            true => Ok(()),
            // Somebody changed it in between: what was said is not the password any more.
            false => Err(SignInError::WrongPassword),
        }
    }

    /// Exchanges a refresh token for new tokens. Safe to repeat when the answer was lost.
    ///
    /// # Errors
    /// [`SignInError::Over`] and [`SignInError::Reused`].
    pub async fn refresh(&self, refresh: &str, address: IpAddr, now_ms: i64) -> Signed<SignedIn> {
        let token = Secret::parse(Purpose::Refresh, refresh).ok_or(SignInError::Over)?;
        match self.store.refresh(&token, &self.keys.refresh, Some(address), now_ms).await? {
            Refreshed::Live(session) => self.with_access(*session),
            Refreshed::Over => Err(SignInError::Over),
            Refreshed::Reused(reuse) => Err(SignInError::Reused(reuse)),
        }
    }

    /// Begins a session of a person who has shown who that is.
    async fn begin(&self, person: &Person, from: &From, now_ms: i64) -> Signed<SignedIn> {
        let new = NewSession {
            person: person.id,
            device: from.device,
            address: Some(from.address),
            client: from.client.clone(),
        };
        let session = self.store.add_session(&new, now_ms).await?;
        self.with_access(session)
    }

    fn with_access(&self, session: Session) -> Signed<SignedIn> {
        let bearer =
            Bearer { person: session.person.id, role: session.person.role, session: Some(session.id) };
        let access = self.keys.token.issue(self.issuer, bearer, SESSION_LIFETIME_S)?;
        Ok(SignedIn { session, access })
    }
}
