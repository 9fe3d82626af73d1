//! The organisation's own provider (OpenID Connect): the code flow with PKCE, from the address that a browser is sent to, to
//! the e-mail address that the provider vouches for. Who that is here, and the session, are `sign_in`'s matter.
//!
//! The protocol is `openidconnect`'s: discovery, keys, signatures, audience, issuer, times, nonce. Here is what it is
//! asked, over which road ([`road`]), and what each failure means.

mod road;

use std::sync::Arc;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndUserEmail,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
};
use tokio::sync::Mutex;
use tracing::{info, instrument, warn};

use self::road::Road;
pub use self::road::{RoadError, is_safe};
use crate::ambient;

/// The path of this server to which the provider sends browsers back.
pub const RETURN_PATH: &str = "/v1/session/oidc/return";
/// For how long what the provider says of itself is taken as it was read, in milliseconds.
const KNOWN_MS: i64 = 10 * 60 * 1000;
/// For how long a provider that did not answer is not asked again, in milliseconds.
const REST_MS: i64 = 5 * 1000;
/// Signatures that an ID token may have. None that is made with the client's secret, and never no signature.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How this server is known to the provider.
#[derive(Clone)]
pub struct OidcConfig {
    /// The provider's address, as it says it itself: `https://login.example.com`.
    pub issuer: String,
    /// The name under which this server is registered there.
    pub client_id: String,
    /// The secret that goes with it, if it has one.
    pub client_secret: Option<String>,
    /// What people call the provider.
    pub name: String,
    /// Whether an address counts as verified where the provider does not say that it is or is not.
    pub trusts_addresses: bool,
}

impl std::fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OidcConfig({} at {})", self.client_id, self.issuer)
    }
}

/// The configuration cannot be.
#[derive(Debug, thiserror::Error)]
pub enum OidcFault {
    /// The issuer's address.
    #[error(
        "{0} is not the address of a provider; it begins with https:// (http:// on this machine itself), as the provider \
         says it: https://login.example.com"
    )]
    Issuer(String),
    /// This server's address.
    #[error("{0} is no address that a provider could send browsers back to; set --public-url")]
    Return(String),
    /// Certificate authorities.
    #[error(transparent)]
    Road(#[from] RoadError),
}

/// Why a provider's word is not had.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// It cannot be reached, or answers what cannot be understood. It may be better later.
    #[error("the provider cannot be asked now: {0}")]
    Unavailable(String),
    /// It does not take the code: used, run out, or not for this server.
    #[error("the provider does not take the code that the browser brought: {0}")]
    Code(String),
    /// What it signed does not hold.
    #[error("what the provider signed does not hold: {0}")]
    Token(String),
}

/// Whom the provider says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The e-mail address, if it says one.
    pub email: Option<String>,
    /// Whether the provider made sure that the address is the person's.
    pub is_verified: bool,
}

/// A client that knows all that discovery says.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider.
pub struct Oidc {
    name: String,
    issuer: IssuerUrl,
    id: ClientId,
    secret: Option<ClientSecret>,
    back: RedirectUrl,
    trusts_addresses: bool,
    road: Road,
    known: Mutex<Known>,
}

/// What is known of the provider.
#[derive(Default)]
struct Known {
    /// What it says of itself, with its keys, and since when.
    metadata: Option<(CoreProviderMetadata, i64)>,
    /// When it last did not answer, and why.
    failed: Option<(String, i64)>,
}

impl Oidc {
    /// A client of the provider, for a server at this public address. Nobody is asked yet: a server starts whatever its
    /// provider does.
    ///
    /// # Errors
    /// When an address is none, or plain HTTP to another machine.
    pub fn new(config: &OidcConfig, public: &str) -> Result<Self, OidcFault> {
        let issuer = IssuerUrl::new(config.issuer.trim().to_owned());
        let issuer = issuer.ok().filter(|issuer| is_safe(issuer.url()));
        let issuer = issuer.ok_or_else(|| OidcFault::Issuer(config.issuer.clone()))?;
        let back = RedirectUrl::new(format!("{public}{RETURN_PATH}"));
        let back = back.map_err(|_| OidcFault::Return(public.to_owned()))?;
        Ok(Self {
            name: config.name.clone(),
            issuer,
            id: ClientId::new(config.client_id.clone()),
            secret: config.client_secret.clone().map(ClientSecret::new),
            back,
            trusts_addresses: config.trusts_addresses,
            road: Road::new()?,
            known: Mutex::default(),
        })
    }

    /// What people call the provider.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider's address.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where a browser is sent to sign in.
    ///
    /// # Errors
    /// [`OidcError::Unavailable`].
    #[instrument(name = "oidc.begin", skip_all, err(level = "debug"))]
    pub async fn authorization_url(
        &self,
        state: String,
        nonce: String,
        verifier: String,
    ) -> Result<String, OidcError> {
        let metadata = self.metadata(false).await?;
        if !is_safe(metadata.authorization_endpoint().url()) {
            let text = "the address of its sign-in page does not begin with https://";
            return Err(OidcError::Unavailable(text.to_owned()));
        }
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier));
        let (url, _, _) = self
            .client(metadata)
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(url.to_string())
    }

    /// Exchanges the code that a browser brought back for the provider's word on who that is.
    ///
    /// # Errors
    /// Any [`OidcError`].
    #[instrument(name = "oidc.exchange", skip_all, err(level = "debug"))]
    pub async fn exchange(
        &self,
        code: String,
        nonce: String,
        verifier: String,
    ) -> Result<Vouched, OidcError> {
        let client = self.client(self.metadata(false).await?);
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(unclear)?;
        let road = |request| self.road.send(request);
        let answer = request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&road).await;
        let answer = answer.map_err(|error| match &error {
            RequestTokenError::ServerResponse(said)
                if *said.error() == CoreErrorResponseType::InvalidGrant =>
            {
                OidcError::Code(error.to_string())
            }
            RequestTokenError::Request(source) => OidcError::Unavailable(source.to_string()),
            _ => unclear(error),
        })?;
        match self.vouched(&client, &answer, &nonce).await {
            // It may have new keys since it was asked for them.
            Err(Unvouched::UnknownKey) => {
                let client = self.client(self.metadata(true).await?);
                self.vouched(&client, &answer, &nonce).await.map_err(Unvouched::told)
            }
            vouched => vouched.map_err(Unvouched::told),
        }
    }

    /// Reads the ID token, and what it leaves out from the provider's list of claims.
    async fn vouched(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        nonce: &str,
    ) -> Result<Vouched, Unvouched> {
        let nothing = || Unvouched::Token("there is no ID token in its answer".to_owned());
        let token = answer.id_token().ok_or_else(nothing)?;
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(|| ambient::moment(ambient::now_ms()));
        let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned()))?;
        if claims.email().is_some() {
            return Ok(self.word(claims.email(), claims.email_verified()));
        }
        let Ok(request) = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()))
        else {
            return Ok(self.word(None, None));
        };
        let road = |request| self.road.send(request);
        let told: CoreUserInfoClaims = request.request_async(&road).await.map_err(|error| match error {
            openidconnect::UserInfoError::ClaimsVerification(error) => Unvouched::Token(error.to_string()),
            error => Unvouched::Unavailable(error.to_string()),
        })?;
        Ok(self.word(told.email(), told.email_verified()))
    }

    /// The provider's word on an address. Where it says nothing of its being verified, the office's trust stands in; that it
    /// is not verified is believed in any case.
    fn word(&self, email: Option<&EndUserEmail>, verified: Option<bool>) -> Vouched {
        let email = email.map(|email| email.as_str().to_owned());
        Vouched { email, is_verified: verified.unwrap_or(self.trusts_addresses) }
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Client {
        CoreClient::from_provider_metadata(metadata, self.id.clone(), self.secret.clone())
            .set_redirect_uri(self.back.clone())
    }

    /// What the provider says of itself: as it was read lately, or anew. One asks at a time.
    async fn metadata(&self, anew: bool) -> Result<CoreProviderMetadata, OidcError> {
        let mut known = self.known.lock().await;
        let now = ambient::now_ms();
        if let Some((metadata, at)) = &known.metadata
            && !anew
            && now - at < KNOWN_MS
        {
            return Ok(metadata.clone());
        }
        if let Some((why, at)) = &known.failed
            && now - at < REST_MS
        {
            return Err(OidcError::Unavailable(why.clone()));
        }
        let road = |request| self.road.send(request);
        match CoreProviderMetadata::discover_async(self.issuer.clone(), &road).await {
            Ok(metadata) => {
                info!(issuer = self.issuer.as_str(), "the provider was asked for its addresses and keys");
                *known = Known { metadata: Some((metadata.clone(), now)), failed: None };
                Ok(metadata)
            }
            Err(error) => {
                let why = chain(&error);
                warn!(issuer = self.issuer.as_str(), why, "the provider cannot be asked");
                known.failed = Some((why.clone(), now));
                Err(OidcError::Unavailable(why))
            }
        }
    }
}

/// Why an ID token is not believed.
enum Unvouched {
    /// It is signed by a key that is not known, or no longer.
    UnknownKey,
    Token(String),
    Unavailable(String),
}

impl Unvouched {
    fn told(self) -> OidcError {
        match self {
            Self::UnknownKey => OidcError::Token("no key of the provider made its signature".to_owned()),
            Self::Token(text) => OidcError::Token(text),
            Self::Unavailable(text) => OidcError::Unavailable(text),
        }
    }
}

impl From<ClaimsVerificationError> for Unvouched {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
            ) => Self::UnknownKey,
            error => Self::Token(chain(&error)),
        }
    }
}

/// What is nobody's fault who signs in: the log says more than the answer.
fn unclear(error: impl std::error::Error) -> OidcError {
    let why = chain(&error);
    warn!(why, "the provider's answer cannot be used");
    OidcError::Unavailable(why)
}

/// An error with what it comes from, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        text.push_str(": ");
        text.push_str(&next.to_string());
        source = next.source();
    }
    text
}

/// The provider of a server, if it has one.
pub type Provider = Option<Arc<Oidc>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_asked_over_tls_or_on_this_machine() {
        let fault = |issuer: &str, public: &str| {
            let config = OidcConfig {
                issuer: issuer.to_owned(),
                client_id: "roadbook".to_owned(),
                client_secret: None,
                name: "Sign-in".to_owned(),
                trusts_addresses: false,
            };
            Oidc::new(&config, public).err().map(|fault| fault.to_string())
        };
        let here = "https://sync.example.com";
        for good in [
            "https://login.example.com",
            "https://login.example.com/tenant/",
            "http://127.0.0.1:9",
            "http://[::1]:9",
            "http://localhost",
        ] {
            assert_eq!(fault(good, here), None, "{good}");
        }
        for bad in [
            "http://login.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://a",
            "login",
            "",
        ] {
            assert!(
                fault(bad, here).is_some_and(|text| text.contains("not the address of a provider")),
                "{bad}"
            );
        }
        assert!(
            fault("https://login.example.com", "nowhere").is_some_and(|text| text.contains("--public-url"))
        );
    }
}
