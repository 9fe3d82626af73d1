//! Access tokens of people: short-lived JWTs, EdDSA and nothing else. Devices do not use them; they sign their hello.
//!
//! A token names its key (`kid`), so that keys can be exchanged while tokens are out; `crate::keys` keeps them. It names
//! its session (`sid`), so that it ends with the session; tokens from the command line have none.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use roadbook_model::permission::Role;
use roadbook_model::{PersonId, SessionId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ambient;

/// For whom tokens are meant.
const AUDIENCE: &str = "roadbook";
/// The media type of RFC 9068: an access token, not some other JWT signed by the same key.
const TYPE: &str = "at+jwt";
/// DER before the 32 bytes of an Ed25519 private key (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// Seconds by which clocks of servers may differ.
pub const LEEWAY_S: u64 = 5;
/// How long a token from the command line lasts unless asked otherwise, in seconds.
pub const LIFETIME_S: u64 = 12 * 60 * 60;
/// How long the access token of a session lasts, in seconds.
pub const SESSION_LIFETIME_S: u64 = 15 * 60;
/// Longest life of any token, in seconds; a retired key is kept so long.
pub const LIFETIME_S_MAX: u64 = 7 * 24 * 60 * 60;

/// Issues and checks tokens by one key pair.
#[derive(Clone)]
pub struct TokenKey {
    private: EncodingKey,
    public: PublicKey,
}

/// The public half of a key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

/// Who a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The person.
    pub person: PersonId,
    /// The person's role when the token was issued; the database has the present one.
    pub role: Role,
    /// The session that the token ends with; none for a token from the command line.
    pub session: Option<SessionId>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: PersonId,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
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
    /// Signed by no key of this server's, or by one that is over.
    #[error("the token names no key of this server's")]
    UnknownKey,
}

impl TokenKey {
    /// The key pair with this secret half.
    pub fn new(secret: [u8; 32]) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
        let private = [&PKCS8_PREFIX[..], &secret[..]].concat();
        Self { private: EncodingKey::from_ed_der(&private), public: PublicKey(public.to_bytes()) }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// A token for a person, good at this server for so many seconds.
    pub fn issue(&self, issuer: &str, bearer: Bearer, lifetime_s: u64) -> Result<String, TokenError> {
        let now_s = ambient::now_ms().unsigned_abs() / 1000;
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: bearer.person,
            role: bearer.role,
            sid: bearer.session,
            iat: now_s,
            exp: now_s + lifetime_s.min(LIFETIME_S_MAX),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.public.kid());
        Ok(jsonwebtoken::encode(&header, &claims, &self.private)?)
    }
}

impl PublicKey {
    /// The key's name: its thumbprint (RFC 7638).
    pub fn kid(&self) -> String {
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    /// Its one coordinate, as a JWK writes it.
    pub fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Who this token speaks for, if this key signed it and it was issued for one of these addresses.
    pub fn verify(&self, issuers: &[impl ToString], token: &str) -> Result<Bearer, TokenError> {
        // The algorithm is ours to say, whatever the token's header claims.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY_S;
        validation.set_issuer(issuers);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let token = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_ed_der(&self.0), &validation)?;
        if token.header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::WrongType);
        }
        let Claims { sub: person, role, sid: session, .. } = token.claims;
        Ok(Bearer { person, role, session })
    }
}

/// The name of the key that a token says it is signed by.
///
/// # Errors
/// When it is no JWT, or names none.
pub fn kid_of(token: &str) -> Result<String, TokenError> {
    jsonwebtoken::decode_header(token)?.kid.ok_or(TokenError::UnknownKey)
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.public.kid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "http://here";

    fn bearer() -> Bearer {
        let session = Some(SessionId::from_bytes([9; 16]));
        Bearer { person: PersonId::from_bytes([7; 16]), role: Role::Office, session }
    }

    fn claims() -> Claims {
        Claims {
            iss: HERE.into(),
            aud: AUDIENCE.into(),
            sub: bearer().person,
            role: Role::Admin,
            sid: None,
            iat: 0,
            exp: 4_000_000_000,
        }
    }

    fn header() -> Header {
        Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::EdDSA) }
    }

    #[test]
    fn a_token_speaks_for_its_person_at_its_issuer_only() {
        let key = TokenKey::new([1; 32]);
        let token = key.issue(HERE, bearer(), 60).unwrap();
        assert_eq!(key.public().verify(&[HERE], &token).unwrap(), bearer());
        assert_eq!(kid_of(&token).unwrap(), key.public().kid());
        assert!(key.public().verify(&["http://elsewhere"], &token).is_err());
        assert!(TokenKey::new([2; 32]).public().verify(&[HERE], &token).is_err());
    }

    #[test]
    fn only_a_whole_token_of_the_right_make_is_one() {
        let key = TokenKey::new([1; 32]);
        let by_key = |header: &Header, claims: &Claims| {
            let token = jsonwebtoken::encode(header, claims, &key.private).unwrap();
            key.public().verify(&[HERE], &token)
        };
        assert!(by_key(&header(), &claims()).is_ok(), "the others below fail for their own reason");
        assert!(by_key(&header(), &Claims { exp: 1_000_000_000, ..claims() }).is_err(), "over");
        assert!(by_key(&header(), &Claims { aud: "another".into(), ..claims() }).is_err(), "for another");
        assert!(
            by_key(&header(), &Claims { iss: "http://there".into(), ..claims() }).is_err(),
            "from another"
        );
        let other = Header { typ: Some("JWT".to_owned()), ..header() };
        assert!(matches!(by_key(&other, &claims()), Err(TokenError::WrongType)));
        assert!(matches!(by_key(&Header { typ: None, ..header() }, &claims()), Err(TokenError::WrongType)));
    }

    #[test]
    fn the_header_does_not_choose_the_algorithm() {
        let key = TokenKey::new([1; 32]);
        for secret in [&b"roadbook"[..], &key.public().0[..], key.public().x().as_bytes()] {
            let header = Header { alg: Algorithm::HS256, ..header() };
            let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
            assert!(key.public().verify(&[HERE], &token).is_err());
        }
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let body = part(serde_json::to_string(&claims()).unwrap());
        for alg in ["none", "None", "NONE", ""] {
            let token = format!("{}.{body}.", part(format!(r#"{{"alg":"{alg}","typ":"at+jwt"}}"#)));
            assert!(key.public().verify(&[HERE], &token).is_err(), "{alg:?}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        // The example of RFC 8037, appendix A.3.
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey(x.try_into().unwrap());
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
