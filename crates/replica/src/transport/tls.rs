//! TLS: whom a device believes to be its server, and the words for what is wrong when it does not. Nothing here falls
//! back to plain text, and no certificate problem can be waved through.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};
use thiserror::Error;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Address;
use super::stream::Counted;
use crate::edge;

/// Why there is no secure connection. Work stays on the device, as with every other failure of the road.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The company's own authority is not one.
    #[error(
        "the file of your company's certificate authority cannot be used ({0}); it should be PEM text that begins with \
         -----BEGIN CERTIFICATE-----, ask the office for it"
    )]
    BadAuthority(String),
    /// There is nobody to believe.
    #[error(
        "this machine has no list of certificate authorities that it trusts; install its package (ca-certificates), or \
         give your company's authority with --ca FILE"
    )]
    NoAuthorities,
    /// The certificate was issued by nobody whom this device knows.
    #[error(
        "the certificate of {origin} was issued by nobody whom this device trusts ({why}); if your company has an \
         authority of its own, give its certificate with --ca FILE; if this network asks you to sign in, do so in a \
         browser; otherwise somebody may be listening: tell the office. Your work is safe here"
    )]
    Untrusted {
        /// The server's origin.
        origin: String,
        /// What does not hold.
        why: String,
    },
    /// The certificate is somebody else's.
    #[error(
        "the certificate that {origin} shows is for another name ({why}); check the server's address, or ask the office \
         for a certificate with this name. Your work is safe here"
    )]
    Name {
        /// The server's origin.
        origin: String,
        /// Which names it holds.
        why: String,
    },
    /// The certificate has run out.
    #[error(
        "the certificate of {origin} has run out ({why}); check this device's clock; if it is right, the office must \
         renew the certificate. Your work is safe here"
    )]
    Expired {
        /// The server's origin.
        origin: String,
        /// Since when.
        why: String,
    },
    /// The certificate does not hold yet.
    #[error(
        "the certificate of {origin} does not hold yet ({why}); this device's clock may be slow: set it right. Your work \
         is safe here"
    )]
    TooEarly {
        /// The server's origin.
        origin: String,
        /// From when on.
        why: String,
    },
    /// The two could not agree.
    #[error(
        "no secure connection could be agreed with {origin} ({why}); check that its port speaks TLS, and that no device \
         in between cuts in. Your work is safe here"
    )]
    Failed {
        /// The server's origin.
        origin: String,
        /// What does not fit.
        why: String,
    },
}

impl TlsError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadAuthority(_) => "bad_ca",
            Self::NoAuthorities => "tls_no_authorities",
            Self::Untrusted { .. } => "tls_untrusted",
            Self::Name { .. } => "tls_name",
            Self::Expired { .. } => "tls_expired",
            Self::TooEarly { .. } => "tls_too_early",
            Self::Failed { .. } => "tls_failed",
        }
    }

    /// Whether the same attempt may go well later: in another network, after a renewal, with the clock set right.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::BadAuthority(_) | Self::NoAuthorities)
    }

    /// What a failed handshake says.
    pub(super) fn of(origin: &str, error: &rustls::Error) -> Self {
        let origin = origin.to_owned();
        let rustls::Error::InvalidCertificate(fault) = error else {
            return Self::Failed { origin, why: error.to_string() };
        };
        let why = fault.to_string();
        match fault {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Self::Expired { origin, why }
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::TooEarly { origin, why }
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::Name { origin, why }
            }
            _ => Self::Untrusted { origin, why },
        }
    }
}

/// Whose certificates a device believes: the system's authorities, and perhaps one of the company's own. They are read
/// when the first secure connection needs them.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    own: Vec<CertificateDer<'static>>,
    known: OnceLock<Known>,
}

/// What was read.
#[derive(Clone, Debug)]
struct Known {
    authorities: Vec<CertificateDer<'static>>,
    config: Arc<ClientConfig>,
}

impl Trust {
    /// Trust in the system's authorities and in those of this PEM text as well.
    ///
    /// # Errors
    /// `bad_ca` when there is none in it, or one that cannot be read.
    pub fn with_authority(pem: &[u8]) -> Result<Self, TlsError> {
        let own: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError::BadAuthority(error.to_string()))?;
        if own.is_empty() {
            return Err(TlsError::BadAuthority("there is no certificate in it".to_owned()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &own {
            roots.add(certificate.clone()).map_err(|error| TlsError::BadAuthority(error.to_string()))?;
        }
        Ok(Self { own, known: OnceLock::new() })
    }

    /// A client's half of a secure connection to this server.
    pub(super) fn connection(&self, address: &Address) -> Result<ClientConnection, TlsError> {
        let failed = |why: String| TlsError::Failed { origin: address.origin().to_owned(), why };
        let name = ServerName::try_from(address.socket().0.to_owned());
        let name = name.map_err(|error| failed(error.to_string()))?;
        let config = Arc::clone(&self.known()?.config);
        ClientConnection::new(config, name).map_err(|error| failed(error.to_string()))
    }

    /// The same trust, for single requests.
    pub(super) fn requests(&self) -> Result<TlsConfig, TlsError> {
        let known = self.known()?;
        let authorities: Vec<_> =
            known.authorities.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        Ok(TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&authorities))
            .unversioned_rustls_crypto_provider(provider())
            .build())
    }

    fn known(&self) -> Result<&Known, TlsError> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let mut authorities = rustls_native_certs::load_native_certs().certs;
        authorities.extend(self.own.iter().cloned());
        let mut roots = RootCertStore::empty();
        // Systems ship some that nobody can read any more; the others count.
        let (added, _ignored) = roots.add_parsable_certificates(authorities.iter().cloned());
        if added == 0 {
            return Err(TlsError::NoAuthorities);
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::BadAuthority(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.known.get_or_init(|| Known { authorities, config: Arc::new(config) }))
    }
}

/// The cryptography of secure connections. Named wherever it is needed: there is no default to set, or to forget.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// How a handshake ended that did not go well.
pub(super) enum Unshaken {
    /// The other end is not whom the device believes.
    Tls(rustls::Error),
    /// The connection broke, or nothing came in time.
    Io(io::Error),
}

/// Shakes hands, within a time in all: an other end that says one byte now and then does not hold a device up.
pub(super) fn shake_hands(
    connection: &mut ClientConnection,
    stream: &mut Counted,
    wait: Duration,
) -> Result<(), Unshaken> {
    let until = edge::instant() + wait;
    while connection.is_handshaking() {
        if edge::instant() >= until {
            return Err(Unshaken::Io(io::ErrorKind::TimedOut.into()));
        }
        while connection.wants_write() {
            connection.write_tls(stream).map_err(Unshaken::Io)?;
        }
        if connection.is_handshaking() && connection.read_tls(stream).map_err(Unshaken::Io)? == 0 {
            return Err(Unshaken::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        if let Err(error) = connection.process_new_packets() {
            // The other end is told why; whether it still listens does not matter.
            let _told = connection.write_tls(stream);
            return Err(Unshaken::Tls(error));
        }
    }
    Ok(())
}
