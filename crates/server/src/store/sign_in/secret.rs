//! Secrets that are handed out once and kept as a hash: refresh tokens, one-time links, and the two of a sign-in by way of
//! the organisation's provider.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ambient;
use crate::keys::RefreshKey;

/// A secret: 32 bytes that nobody can guess.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    purpose: Purpose,
    bytes: [u8; 32],
}

/// What a secret is for. It shows in its text, so that one found in the wrong place can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A refresh token.
    Refresh,
    /// A one-time link.
    Link,
    /// The state of a sign-in by way of a provider.
    State,
    /// The browser that began such a sign-in.
    Browser,
}

impl Purpose {
    fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "rbr_",
            Self::Link => "rbl_",
            Self::State => "rbs_",
            Self::Browser => "rbb_",
        }
    }
}

impl Secret {
    /// A new one.
    pub fn fresh(purpose: Purpose) -> Self {
        Self { purpose, bytes: ambient::random() }
    }

    /// The one with this text; `None` when it is not the text of one.
    pub fn parse(purpose: Purpose, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(purpose.prefix())?).ok()?;
        Some(Self { purpose, bytes: bytes.try_into().ok()? })
    }

    /// The one that follows from this one: the same each time, and nobody without the key can tell.
    pub fn successor(&self, key: &RefreshKey) -> Self {
        Self { purpose: self.purpose, bytes: key.follow(&self.bytes) }
    }

    /// A word that follows from it, another for each use: 43 letters and digits that do not tell the secret.
    pub fn derived(&self, label: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"roadbook derived 1\0");
        hasher.update(label);
        hasher.update(b"\0");
        hasher.update(self.bytes);
        URL_SAFE_NO_PAD.encode(hasher.finalize())
    }

    /// Its text, to hand out.
    pub fn text(&self) -> String {
        format!("{}{}", self.purpose.prefix(), URL_SAFE_NO_PAD.encode(self.bytes))
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"roadbook secret 1\0");
        hasher.update(self.purpose.prefix());
        hasher.update(self.bytes);
        hasher.finalize().into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({:?})", self.purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_text_for_its_purpose() {
        let secret = Secret::fresh(Purpose::Refresh);
        let text = secret.text();
        assert_eq!(Secret::parse(Purpose::Refresh, &text), Some(secret.clone()));
        assert_eq!(Secret::parse(Purpose::Link, &text), None);
        let link = Secret { purpose: Purpose::Link, ..secret.clone() };
        assert_ne!(link.hash(), secret.hash());
        for wrong in ["", "rbr_", &text[..text.len() - 1], &format!("{text}A"), &text[4..], "rbr_ÄÄ"] {
            assert_eq!(Secret::parse(Purpose::Refresh, wrong), None, "{wrong}");
        }
        assert!(!format!("{secret:?}").contains(&text[4..]), "a log does not tell it");
    }

    #[test]
    fn what_is_derived_differs_by_use_and_secret() {
        let (one, other) = (Secret::fresh(Purpose::Browser), Secret::fresh(Purpose::Browser));
        assert_eq!(one.derived("nonce"), one.derived("nonce"));
        assert_ne!(one.derived("nonce"), one.derived("verifier"));
        assert_ne!(one.derived("nonce"), other.derived("nonce"));
        assert_eq!(one.derived("nonce").len(), 43, "as long as a PKCE verifier has to be");
        assert!(!one.text().contains(&one.derived("nonce")));
    }

    #[test]
    fn the_successor_follows_from_secret_and_key() {
        let (secret, key) = (Secret::fresh(Purpose::Refresh), RefreshKey::new([1; 32]));
        let next = secret.successor(&key);
        assert_eq!(next, secret.successor(&key));
        assert_ne!(next, secret);
        assert_ne!(next, secret.successor(&RefreshKey::new([2; 32])));
        assert_ne!(next.successor(&key), next);
    }
}
