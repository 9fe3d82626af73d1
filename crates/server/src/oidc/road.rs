//! The road to the provider: requests over TLS, or plain on this machine itself. No redirect is followed, no answer is read
//! beyond a bound, and nobody is waited for long.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{HttpRequest, HttpResponse};
use rustls::crypto::ring;
use tokio::task::spawn_blocking;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long one request may take.
const REQUEST_MAX: Duration = Duration::from_secs(10);
/// Most bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum RoadError {
    /// This machine knows no authority to believe.
    #[error("this machine knows no certificate authority; install the system's (ca-certificates)")]
    NoAuthorities,
    /// The address is none that is asked.
    #[error("{0} is not asked: it does not begin with https://")]
    Exposed(String),
    /// It did not answer.
    #[error("{0}")]
    Failed(#[from] Box<ureq::Error>),
    /// The thread of the request broke off.
    #[error("the request broke off")]
    Broken,
}

/// The road.
pub(super) struct Road {
    agent: Agent,
}

impl Road {
    /// Trust in the system's authorities.
    pub(super) fn new() -> Result<Self, RoadError> {
        let authorities: Vec<_> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|der| Certificate::from_der(der).to_owned())
            .collect();
        if authorities.is_empty() {
            return Err(RoadError::NoAuthorities);
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&authorities))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let config = Config::builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(REQUEST_MAX))
            .build();
        Ok(Self { agent: config.new_agent() })
    }

    /// Sends a request, on a thread that may wait.
    pub(super) fn send(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, RoadError>> + use<> {
        let agent = self.agent.clone();
        async move {
            let sent = spawn_blocking(move || send(&agent, request));
            sent.await.map_err(|_| RoadError::Broken)?
        }
    }
}

fn send(agent: &Agent, request: HttpRequest) -> Result<HttpResponse, RoadError> {
    let address = request.uri().to_string();
    if !Url::parse(&address).is_ok_and(|url| is_safe(&url)) {
        return Err(RoadError::Exposed(address));
    }
    let failed = |error: ureq::Error| RoadError::Failed(Box::new(error));
    let (parts, content) = request.into_parts();
    let sent = match content.is_empty() {
        true => agent.run(Request::from_parts(parts, ())),
        false => agent.run(Request::from_parts(parts, content)),
    };
    let (mut head, mut body) = sent.map_err(failed)?.into_parts();
    let bytes = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(failed)?;
    head.extensions.clear();
    Ok(HttpResponse::from_parts(head, bytes))
}

/// Whether what is said there is not said to the whole network: TLS, or this machine itself.
pub fn is_safe(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(host))) => host.is_loopback(),
        ("http", Some(Host::Ipv6(host))) => host.is_loopback(),
        ("http", Some(Host::Domain(host))) => host.eq_ignore_ascii_case("localhost"),
        _ => false,
    }
}
