//! TLS without a proxy: the certificate from two files, handshakes beside each other, and a renewed certificate without a
//! restart. Connections that are open go on under the certificate that they began with.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::extract::Request;
use axum::extract::connect_info::Connected;
use axum::middleware::Next;
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;
use tracing::{debug, warn};

/// How long a handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Handshakes at a time; further connections wait.
const HANDSHAKES_MAX: usize = 1024;
/// How long to wait when the system has no more connections to give.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// Where the certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that lead to its authority, PEM, its own first.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Why the server cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file cannot be used.
    #[error("{path} cannot be used for TLS: {why}; give PEM files with --tls-cert and --tls-key", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The two do not belong together.
    #[error(
        "the certificate in {certificate} and the key in {key} cannot be used together: {why}",
        certificate = files.certificate.display(),
        key = files.key.display()
    )]
    Pair {
        /// The files.
        files: TlsFiles,
        /// What is wrong with them.
        why: String,
    },
}

impl TlsFiles {
    /// Reads both.
    pub(super) fn load(&self) -> Result<Arc<ServerConfig>, TlsFault> {
        let chain: Vec<_> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|error| unusable(&self.certificate, &error))?;
        if chain.is_empty() {
            return Err(unusable(&self.certificate, &pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unusable(&self.key, &error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        let mut config =
            config.map_err(|error| TlsFault::Pair { files: self.clone(), why: error.to_string() })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn unusable(path: &Path, error: &pem::Error) -> TlsFault {
    let why = match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "it holds nothing of the kind".to_owned(),
        error => error.to_string(),
    };
    TlsFault::File { path: path.to_owned(), why }
}

/// A certificate in use, and where it came from.
#[derive(Debug)]
pub(super) struct Certificate {
    files: TlsFiles,
    current: watch::Sender<Arc<ServerConfig>>,
}

impl Certificate {
    pub(super) fn load(files: &TlsFiles) -> Result<Self, TlsFault> {
        Ok(Self { files: files.clone(), current: watch::Sender::new(files.load()?) })
    }

    /// Reads the files again; what cannot be used changes nothing.
    pub(super) fn reload(&self) -> Result<(), TlsFault> {
        self.current.send_replace(self.files.load()?);
        Ok(())
    }

    /// Shakes hands with whoever comes to this listener.
    pub(super) fn listen(&self, listener: TcpListener) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (sender, shaken) = mpsc::channel(1);
        tokio::spawn(accept_all(listener, self.current.subscribe(), sender));
        Ok(TlsListener { address, shaken })
    }
}

/// Connections after their handshake. None waits for another's.
pub(super) struct TlsListener {
    address: SocketAddr,
    shaken: mpsc::Receiver<(TlsStream<TcpStream>, Peer)>,
}

/// The other end of a connection under TLS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(SocketAddr);

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.shaken.recv().await {
            Some(shaken) => shaken,
            // Nobody accepts any more: the runtime ends.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer(self.address))
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        *stream.remote_addr()
    }
}

/// Tells handlers the other end in the form that they know.
pub(super) async fn name_peer(mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(Peer(address))) = request.extensions().get::<ConnectInfo<Peer>>().copied() {
        request.extensions_mut().insert(ConnectInfo(address));
    }
    next.run(request).await
}

/// Accepts until nobody takes what was accepted.
async fn accept_all(
    listener: TcpListener,
    config: watch::Receiver<Arc<ServerConfig>>,
    sender: mpsc::Sender<(TlsStream<TcpStream>, Peer)>,
) {
    let mut shaking = JoinSet::new();
    loop {
        tokio::select! {
            () = sender.closed() => return,
            Some(_) = shaking.join_next() => {}
            accepted = listener.accept(), if shaking.len() < HANDSHAKES_MAX => match accepted {
                Ok((stream, peer)) => {
                    let acceptor = TlsAcceptor::from(Arc::clone(&config.borrow()));
                    shaking.spawn(shake_hands(acceptor, stream, peer, sender.clone()));
                }
                Err(error) if is_theirs(&error) => {}
                Err(error) => {
                    warn!(%error, "no connection can be taken");
                    sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }
}

/// Whether one connection failed, and not the taking of all of them.
fn is_theirs(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    peer: SocketAddr,
    sender: mpsc::Sender<(TlsStream<TcpStream>, Peer)>,
) {
    // Frames are small and answered at once; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
        // An error means that the server stops.
        Ok(Ok(stream)) => drop(sender.send((stream, Peer(peer))).await),
        Ok(Err(error)) => debug!(%peer, %error, "a handshake failed"),
        Err(_) => debug!(%peer, "a handshake took too long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let missing = Path::new("/nowhere/cert.pem").to_owned();
        for (certificate, word) in [(here.clone(), "nothing of the kind"), (missing, "No such file")] {
            let files = TlsFiles { certificate: certificate.clone(), key: here.clone() };
            let text = files.load().unwrap_err().to_string();
            assert!(text.contains(word) && text.contains(&certificate.display().to_string()), "{text}");
        }
    }
}
