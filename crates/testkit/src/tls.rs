//! A throw-away certificate authority, and something that speaks TLS before a server that does not.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

/// An authority whom nobody trusts unless told to.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// Certificate and key of a server, PEM.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// When a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Now.
    Now,
    /// Until a day that is past.
    Past,
    /// From a day on that is to come.
    Future,
}

impl Authority {
    /// A fresh one.
    ///
    /// # Panics
    /// When no certificate can be made.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Throw-away authority");
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its own certificate, PEM: what a device is to trust.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a server of this name.
    ///
    /// # Panics
    /// When no certificate can be made.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn issue(&self, name: &str, span: Span) -> Issued {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        let (from, to) = match span {
            Span::Now => (2020, 2090),
            Span::Past => (2020, 2021),
            Span::Future => (2089, 2090),
        };
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Issued { certificate, key: key.serialize_pem() }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// Speaks TLS to whoever comes, and plain text to a server behind.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    behind: Arc<Mutex<Option<String>>>,
}

impl TlsFront {
    /// One that leads nowhere yet: it shakes hands, then closes.
    ///
    /// # Panics
    /// When there is no port to listen on.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn new(issued: &Issued) -> Self {
        let config = config(issued);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let behind = Arc::new(Mutex::new(None));
        let theirs = Arc::clone(&behind);
        thread::spawn(move || {
            for device in listener.incoming().flatten() {
                let (config, behind) = (Arc::clone(&config), Arc::clone(&theirs));
                // A connection that fails is the device's to tell.
                thread::spawn(move || drop(carry(config, device, &behind)));
            }
        });
        Self { address, behind }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Leads to a server.
    pub fn lead_to(&self, address: &str) {
        *self.behind.lock().unwrap_or_else(PoisonError::into_inner) = Some(address.to_owned());
    }
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn config(issued: &Issued) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

/// One connection: the handshake, then both directions, one thread each.
fn carry(config: Arc<ServerConfig>, mut device: TcpStream, behind: &Mutex<Option<String>>) -> io::Result<()> {
    let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut device)?;
    }
    let address = behind.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(address) = address else { return device.shutdown(Shutdown::Both) };
    let server = TcpStream::connect(address)?;
    let tls = Arc::new(Mutex::new(tls));
    let (up, down) = (Arc::clone(&tls), (server.try_clone()?, device.try_clone()?));
    thread::spawn(move || {
        let (server, device) = down;
        let _ended = pass_down(&tls, &server, &device);
        let _ = device.shutdown(Shutdown::Both);
    });
    let ended = pass_up(&up, &device, &server);
    server.shutdown(Shutdown::Both)?;
    ended
}

/// What the device sends, out of TLS.
fn pass_up(tls: &Mutex<ServerConnection>, mut device: &TcpStream, mut server: &TcpStream) -> io::Result<()> {
    let mut bytes = [0; 16_384];
    loop {
        // Handshake and first words may have come together: what is there already goes first.
        let plain = {
            let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
            let state = tls.process_new_packets().map_err(io::Error::other)?;
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            tls.reader().read_exact(&mut plain)?;
            plain
        };
        server.write_all(&plain)?;
        let read = device.read(&mut bytes)?;
        if read == 0 {
            return Ok(());
        }
        let mut rest = &bytes[..read];
        let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
        while !rest.is_empty() {
            tls.read_tls(&mut rest)?;
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

/// What the server sends, under TLS.
fn pass_down(
    tls: &Mutex<ServerConnection>,
    mut server: &TcpStream,
    mut device: &TcpStream,
) -> io::Result<()> {
    let mut bytes = [0; 16_384];
    loop {
        let read = server.read(&mut bytes)?;
        if read == 0 {
            return Ok(());
        }
        let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
        tls.writer().write_all(&bytes[..read])?;
        while tls.wants_write() {
            tls.write_tls(&mut device)?;
        }
    }
}
