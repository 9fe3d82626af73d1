//! The program's life: database, store, HTTP; then a signal, and all of it back in order.
//!
//! [`serve`] is all of it for the command line. [`Server`] is the same in pieces, for programs that do something else
//! meanwhile (the demo, tests).

mod address;
mod database;
mod due;
mod importing;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use self::address::Announced;
pub use self::address::{announced, announced_public};
pub use self::database::{Database, DatabaseError};
use self::tls::Certificate;
pub use self::tls::{TlsFault, TlsFiles};
use crate::http::{self, App};
use crate::keys::{KeyError, Keys};
use crate::oidc::{Oidc, OidcConfig, OidcFault};
use crate::password::Passwords;
use crate::store::office::sample::Source;
use crate::store::open::{Background, OpenError};
use crate::store::{Store, StoreError};

/// How long sockets, streams and requests get to end when the server stops.
const GOODBYE_MAX: Duration = Duration::from_secs(10);

/// What a server needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// An organisation's database; without one the server runs its own private Postgres in the data folder.
    pub database_url: Option<String>,
    /// Where to listen: address and port, such as `127.0.0.1:7878`. Port 0 takes any free one.
    pub listen: String,
    /// The data folder: the server's keys, and the private Postgres if there is one.
    pub data: PathBuf,
    /// The address by which devices reach the server, if it is not the one it listens on: `https://sync.example.com`.
    pub public_url: Option<String>,
    /// The certificate, if the server speaks TLS itself.
    pub tls: Option<TlsFiles>,
    /// The organisation's own provider, if people sign in with one.
    pub oidc: Option<OidcConfig>,
    /// Where sample data comes from.
    pub sample: Source,
}

/// Why the server does not run, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The private Postgres.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something that is settled in the store at each start.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The provider.
    #[error(transparent)]
    Oidc(#[from] OidcFault),
    /// The port is taken.
    #[error("another program already listens on {0}; stop it, or choose another address with --listen")]
    PortInUse(String),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {listen}: {source}; give an address and port of this machine, such as 127.0.0.1:7878"
    )]
    Listen {
        /// The address.
        listen: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The public address is not one.
    #[error("{0} is not a public address; it should look like https://sync.example.com")]
    PublicUrl(String),
    /// Signals cannot be waited for.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    app: Arc<App>,
    certificate: Option<Certificate>,
    serving: JoinHandle<()>,
    stop: watch::Sender<bool>,
    open: mpsc::Receiver<()>,
    background: Background,
    database: Database,
    announced: Announced,
}

/// Runs a server until it is told to stop (SIGINT or SIGTERM).
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let server = Server::start(config).await?;
    info!(address = %server.address(), origin = server.origin(), "Roadbook serves");
    stop_signal().await.map_err(ServeError::Signals)?;
    info!("stopping; devices keep what they have not sent");
    server.stop().await;
    Ok(())
}

impl Server {
    /// Starts a server; returns when it answers.
    pub async fn start(config: Config) -> Result<Self, ServeError> {
        let listener = listen(&config.listen).await?;
        let address = listener
            .local_addr()
            .map_err(|source| ServeError::Listen { listen: config.listen.clone(), source })?;
        let certificate = config.tls.as_ref().map(Certificate::load).transpose()?;
        let origins = origins(address, config.public_url.as_deref(), certificate.is_some())?;
        let public = origins.first().map_or("", String::as_str);
        let oidc = config.oidc.as_ref().map(|oidc| Oidc::new(oidc, public)).transpose()?.map(Arc::new);
        let database = Database::open(&config.data, config.database_url.as_deref()).await?;
        let keys = Keys::open(&config.data)?;
        let (store, background) = Store::open(database.url()).await?;
        store.publish_names().await?;
        store.publish_departments().await?;
        store.publish_tree().await?;
        let announced =
            Announced::new(&config.data, &local(address, &origins, certificate.is_some()), public);
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(due::run(store.clone(), stopping.clone()));
        tokio::spawn(importing::run(store.clone(), stopping.clone()));
        let (opened, open) = mpsc::channel(1);
        let app = Arc::new(App {
            store,
            keys,
            origins,
            stopping,
            open: opened,
            passwords: Passwords::default(),
            oidc,
            wrong_codes: http::enrol::WrongCodes::default(),
            sample: config.sample,
        });
        let serving = match &certificate {
            None => tokio::spawn(run(listener, Arc::clone(&app))),
            Some(certificate) => {
                let listener = certificate
                    .listen(listener)
                    .map_err(|source| ServeError::Listen { listen: config.listen.clone(), source })?;
                tokio::spawn(run_secure(listener, Arc::clone(&app)))
            }
        };
        Ok(Self { address, app, certificate, serving, stop, open, background, database, announced })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for devices and browsers.
    pub fn origin(&self) -> &str {
        self.app.public_origin()
    }

    /// Takes up a renewed certificate from the same files. Without TLS there is nothing to do.
    ///
    /// # Errors
    /// When the files cannot be used; the server goes on with the certificate that it has.
    pub fn renew_certificate(&self) -> Result<(), TlsFault> {
        self.certificate.as_ref().map_or(Ok(()), Certificate::reload)
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// Its keys: to issue tokens.
    pub fn keys(&self) -> &Keys {
        &self.app.keys
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Stops it: sockets get their goodbye, what was queued is answered, the private Postgres ends last.
    pub async fn stop(self) {
        let Self { app, mut serving, stop, mut open, background, database, announced, .. } = self;
        drop(announced);
        stop.send_replace(true);
        drop(app);
        let ended = tokio::time::timeout(GOODBYE_MAX, async {
            // Every socket and stream holds a sender; nothing is ever sent.
            let (_, _) = tokio::join!(&mut serving, open.recv());
            background.finish().await;
        });
        if ended.await.is_err() {
            warn!("some connections did not end in time; they are cut");
            serving.abort();
        }
        database.close().await;
    }
}

async fn run(listener: TcpListener, app: Arc<App>) {
    let router = http::router(Arc::clone(&app));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|stream| {
        // Frames are small and answered at once; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
    });
    let stopped = async move { app.stopped().await };
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
        warn!(%error, "the HTTP listener failed");
    }
}

async fn run_secure(listener: tls::TlsListener, app: Arc<App>) {
    let router = http::router(Arc::clone(&app)).layer(from_fn(tls::name_peer));
    let service = router.into_make_service_with_connect_info::<tls::Peer>();
    let stopped = async move { app.stopped().await };
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
        warn!(%error, "the HTTPS listener failed");
    }
}

async fn listen(address: &str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortInUse(address.to_owned()),
        _ => ServeError::Listen { listen: address.to_owned(), source },
    })
}

/// The address by which a program on this machine reaches the server: directly, unless its certificate is for a name.
fn local(address: SocketAddr, origins: &[String], secure: bool) -> String {
    match (secure, address.ip().is_unspecified()) {
        (true, _) => origins.first().cloned().unwrap_or_default(),
        (false, true) => format!("http://127.0.0.1:{}", address.port()),
        (false, false) => origin_of(&format!("http://{address}")).unwrap_or_default(),
    }
}

fn scheme(secure: bool) -> &'static str {
    if secure { "https" } else { "http" }
}

/// The addresses by which this server may be meant, the public one first.
fn origins(address: SocketAddr, public_url: Option<&str>, secure: bool) -> Result<Vec<String>, ServeError> {
    let mut origins = Vec::new();
    let scheme = scheme(secure);
    if let Some(url) = public_url {
        origins.push(origin_of(url).ok_or_else(|| ServeError::PublicUrl(url.to_owned()))?);
    }
    let port = address.port();
    if !address.ip().is_unspecified() {
        origins.push(origin_of(&format!("{scheme}://{address}")).unwrap_or_default());
    }
    if address.ip().is_unspecified() || address.ip().is_loopback() {
        let names = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{scheme}://{host}:{port}"));
        origins.extend(names.iter().filter_map(|name| origin_of(name)));
    }
    let mut seen = std::collections::BTreeSet::new();
    origins.retain(|origin| seen.insert(origin.clone()));
    Ok(origins)
}

/// Scheme, host and port of an address; a usual port is left out, as in a `Host` header.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().trim_end_matches('/').split_once("://")?;
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    if rest.is_empty() || rest.contains(['/', '?', '#', '@', ' ']) {
        return None;
    }
    let host = rest.strip_suffix(usual).unwrap_or(rest).to_ascii_lowercase();
    Some(format!("{scheme}://{host}"))
}

/// Waits until the process is told to stop: SIGINT or SIGTERM.
pub async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_unusual_port() {
        for (url, origin) in [
            ("https://Sync.Example.com/", Some("https://sync.example.com")),
            ("https://a:443", Some("https://a")),
            ("http://a:8080", Some("http://a:8080")),
            ("ftp://a", None),
            ("https://a/b", None),
            ("a", None),
        ] {
            assert_eq!(origin_of(url).as_deref(), origin, "{url}");
        }
    }

    #[test]
    fn a_server_on_loopback_is_meant_by_its_names() {
        let origins =
            super::origins(([127, 0, 0, 1], 7878).into(), Some("https://road.example"), false).unwrap();
        assert_eq!(
            origins,
            ["https://road.example", "http://127.0.0.1:7878", "http://localhost:7878", "http://[::1]:7878"]
        );
        let origins = super::origins(([127, 0, 0, 1], 443).into(), None, true).unwrap();
        assert_eq!(origins, ["https://127.0.0.1", "https://localhost", "https://[::1]"]);
    }
}
