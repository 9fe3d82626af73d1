//! `roadbook serve`: the server, until it is told to stop.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Result;
use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use roadbook_server::oidc::OidcConfig;
use roadbook_server::serve::{Config, Server, TlsFiles, stop_signal};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use crate::database::DATA;
use crate::edge;
use crate::import;
use crate::output::{self, Output};
use crate::problem::Problem;

/// Where a server listens unless told otherwise.
pub const LISTEN: &str = "127.0.0.1:7878";

const EXAMPLES: &str = "\
Examples:
  roadbook serve
  roadbook serve --data /var/lib/roadbook --listen 0.0.0.0:7878 --public-url https://sync.example.com
  roadbook serve --listen 0.0.0.0:443 --public-url https://sync.example.com --tls-cert fullchain.pem --tls-key key.pem
  roadbook serve --public-url https://sync.example.com --oidc-issuer https://login.example.com --oidc-client-id roadbook
  roadbook serve --database-url postgresql://roadbook@db.example.com/roadbook --data /etc/roadbook

While no admin can sign in, each start prints a one-time link with which the first one chooses a password.

Without --database-url the server runs its own private Postgres in the data folder; only PostgreSQL itself must be
installed. SIGTERM or Ctrl-C stops it in order. RUST_LOG sets what is logged, such as RUST_LOG=roadbook_server=debug.";

/// Run the sync server.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The data folder: the server's keys, and its private Postgres.
    #[arg(long, value_name = "DIR", default_value = DATA)]
    data: PathBuf,
    /// A database that others run, instead of the private one.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Where to listen. Port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    listen: String,
    /// The address by which devices reach the server, if it is not the one it listens on.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The server's certificate and those that lead to its authority, PEM: the server then speaks
    /// TLS itself. SIGHUP takes up renewed files.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    oidc: OidcArgs,
    /// Stop, in order, when standard input ends: so that a server ends with the program that
    /// started it, whatever ends that one.
    #[arg(long)]
    until_stdin_ends: bool,
    /// How the log is written, to standard error.
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    log: LogForm,
}

/// The organisation's own provider (OpenID Connect), with which people sign in beside their passwords.
#[derive(Debug, Args)]
struct OidcArgs {
    /// The provider's address, as it says it itself.
    #[arg(long, value_name = "URL", env = "ROADBOOK_OIDC_ISSUER", requires = "oidc_client_id")]
    oidc_issuer: Option<String>,
    /// The name under which this server is registered there, with the address /v1/session/oidc/return.
    #[arg(long, value_name = "ID", env = "ROADBOOK_OIDC_CLIENT_ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,
    /// A file with the secret that goes with it; or the secret itself in ROADBOOK_OIDC_CLIENT_SECRET.
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    oidc_client_secret_file: Option<PathBuf>,
    /// What people call the provider.
    #[arg(long, value_name = "NAME", env = "ROADBOOK_OIDC_NAME", default_value = "Single sign-on")]
    oidc_name: String,
    /// An e-mail address counts as verified where the provider says nothing of it, as Entra does. Only for a provider that
    /// your organisation alone runs: whoever can set an address there comes in as that person.
    #[arg(long, env = "ROADBOOK_OIDC_TRUST_ADDRESSES", value_parser = FalseyValueParser::new())]
    oidc_trust_addresses: bool,
}

/// Where the client secret is if it is in no file. No argument: everybody on the machine sees those.
const SECRET: &str = "ROADBOOK_OIDC_CLIENT_SECRET";

impl OidcArgs {
    fn config(&self) -> Result<Option<OidcConfig>> {
        let Some((issuer, client_id)) = self.oidc_issuer.clone().zip(self.oidc_client_id.clone()) else {
            return Ok(None);
        };
        let secret = match &self.oidc_client_secret_file {
            Some(file) => Some(std::fs::read_to_string(file).map_err(|error| {
                Problem::new("bad_oidc", format!("cannot read {}: {error}", file.display()))
            })?),
            None => std::env::var(SECRET).ok(),
        };
        let client_secret = secret.map(|secret| secret.trim().to_owned()).filter(|secret| !secret.is_empty());
        let name = self.oidc_name.clone();
        let trusts_addresses = self.oidc_trust_addresses;
        Ok(Some(OidcConfig { issuer, client_id, client_secret, name, trusts_addresses }))
    }
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogForm {
    /// Lines for people.
    Text,
    /// JSON lines for machines.
    Json,
}

/// Serves until a signal. The first line on standard output says where, when it answers.
///
/// # Errors
/// Why it does not run, with what to do.
pub fn run(args: &ServeArgs, output: Output) -> Result<()> {
    log_to_stderr(args.log);
    let config = Config {
        database_url: args.database_url.clone(),
        listen: args.listen.clone(),
        data: args.data.clone(),
        public_url: args.public_url.clone(),
        tls: args
            .tls_cert
            .clone()
            .zip(args.tls_key.clone())
            .map(|(certificate, key)| TlsFiles { certificate, key }),
        oidc: args.oidc.config()?,
        sample: import::bundled,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let server = Server::start(config).await?;
        let (url, address) = (server.origin().to_owned(), server.address().to_string());
        let postgres = server.database().cluster().and_then(roadbook_server::cluster::Cluster::pid);
        let first = server.store().first_link(edge::now_ms()).await?;
        let first = first.map(|(admin, link)| (admin.email, link.url(&url)));
        let value = serde_json::json!({
            "url": url,
            "office_url": format!("{url}/office/"),
            "app_url": format!("{url}/app/"),
            "listening": address,
            "pid": std::process::id(),
            "postgres_pid": postgres,
            "first_link": first.as_ref().map(|(email, url)| serde_json::json!({ "email": email, "url": url })),
        });
        match output.json {
            true => output::line(&value.to_string())?,
            false => {
                // In one piece: whoever waits for the first line may go away with it.
                output::line(&format!(
                    "Roadbook serves at {url}\n  the office's console: {url}/office/\n  the reps' app:        {url}/app/"
                ))?;
                if let Some((email, url)) = first {
                    output::line(&format!("No admin can sign in yet. {email} chooses a password here, once: {url}"))?;
                }
            }
        }
        tokio::select! {
            told = stop_signal() => told?,
            () = stdin_ended(), if args.until_stdin_ends => {}
            told = renew_certificates(&server), if args.tls_cert.is_some() => told?,
        }
        server.stop().await;
        Ok(())
    })
}

/// Takes up a renewed certificate at each SIGHUP. Ends only when signals cannot be waited for.
async fn renew_certificates(server: &Server) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    while hangup.recv().await.is_some() {
        match server.renew_certificate() {
            Ok(()) => info!("the certificate was read anew"),
            Err(error) => warn!(%error, "the certificate stays the one that was read before"),
        }
    }
    Ok(())
}

/// Waits for the end of standard input. On a thread of its own, which ends with the process.
async fn stdin_ended() {
    let (told, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Input that cannot be read has ended too.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = told.send(());
    });
    let _ = ended.await;
}

fn log_to_stderr(form: LogForm) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that is already being written is as good.
    let _ = match form {
        LogForm::Text => log.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogForm::Json => log.json().try_init(),
    };
}
