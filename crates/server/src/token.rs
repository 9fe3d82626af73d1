//! Access tokens of people: short-lived JWTs, EdDSA and nothing else. Devices do not use them; they sign their hello.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use serde::{Deserialize, Serialize};

use crate::ambient;

/// For whom tokens are meant.
const AUDIENCE: &str = "roadbook";
/// The media type of RFC 9068: an access token, not some other JWT signed by the same key.
const TYPE: &str = "at+jwt";
/// DER before the 32 bytes of an Ed25519 private key (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// How long a token lasts unless asked otherwise, in seconds.
pub const LIFETIME_S: u64 = 12 * 60 * 60;

/// Issues and checks tokens.
#[derive(Clone)]
pub struct TokenKey {
    private: EncodingKey,
    public: DecodingKey,
}

/// Who a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The person.
    pub person: PersonId,
    /// The person's role when the token was issued; the database has the present one.
    pub role: Role,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: PersonId,
    role: Role,
    iat: u64,
    exp: u64,
}

/// Why a token is not good. Says nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Signed otherwise, by somebody else, for something else, or malformed.
    #[error("the token does not hold: {0}")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// Another kind of JWT.
    #[error("the token is not an access token")]
    WrongType,
}

impl TokenKey {
    /// The key pair with this secret half.
    pub fn new(secret: [u8; 32]) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
        let private = [&PKCS8_PREFIX[..], &secret[..]].concat();
        Self {
            private: EncodingKey::from_ed_der(&private),
            public: DecodingKey::from_ed_der(public.as_bytes()),
        }
    }

    /// A token for a person, good at this server for so many seconds.
    pub fn issue(&self, issuer: &str, bearer: Bearer, lifetime_s: u64) -> Result<String, TokenError> {
        let now_s = ambient::now_ms().unsigned_abs() / 1000;
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: bearer.person,
            role: bearer.role,
            iat: now_s,
            exp: now_s + lifetime_s,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        Ok(jsonwebtoken::encode(&header, &claims, &self.private)?)
    }

    /// Who this token speaks for, if it was issued for one of these addresses.
    pub fn verify(&self, issuers: &[impl ToString], token: &str) -> Result<Bearer, TokenError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = 5;
        validation.set_issuer(issuers);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let token = jsonwebtoken::decode::<Claims>(token, &self.public, &validation)?;
        if token.header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::WrongType);
        }
        Ok(Bearer { person: token.claims.sub, role: token.claims.role })
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "http://here";

    fn bearer() -> Bearer {
        Bearer { person: PersonId::from_bytes([7; 16]), role: Role::Office }
    }

    #[test]
    fn a_token_speaks_for_its_person_at_its_issuer_only() {
        let key = TokenKey::new([1; 32]);
        let token = key.issue(HERE, bearer(), 60).unwrap();
        assert_eq!(key.verify(&[HERE], &token).unwrap(), bearer());
        assert!(key.verify(&["http://elsewhere"], &token).is_err());
        assert!(TokenKey::new([2; 32]).verify(&[HERE], &token).is_err());
    }

    #[test]
    fn another_algorithm_or_type_is_no_access_token() {
        let key = TokenKey::new([1; 32]);
        let claims = Claims {
            iss: HERE.into(),
            aud: AUDIENCE.into(),
            sub: bearer().person,
            role: Role::Admin,
            iat: 0,
            exp: 4_000_000_000,
        };
        let by_secret = EncodingKey::from_secret(b"roadbook");
        let hmac = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &by_secret).unwrap();
        assert!(key.verify(&[HERE], &hmac).is_err());
        let plain = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key.private).unwrap();
        assert!(matches!(key.verify(&[HERE], &plain), Err(TokenError::WrongType)));
    }
}
