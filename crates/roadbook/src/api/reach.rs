//! Which server is asked, and in whose name. On the server's own machine the data folder says both: the server's address,
//! and the key by which a token for an admin is made. From anywhere else: `--server`, with a token from the environment or
//! the session that `roadbook sign-in` keeps.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use roadbook_model::PersonId;
use roadbook_replica::transport::{Address, TransportError, Trust};
use roadbook_server::keys::Keys;
use roadbook_server::serve::announced;
use roadbook_server::store::Store;
use roadbook_server::store::office::people::Person;
use roadbook_server::store::sign_in::links::FIRST_ID;
use roadbook_server::token::Bearer;
use sqlx::types::Uuid;

use super::Api;
use crate::database::{DATA, DatabaseArgs};
use crate::problem::Problem;
use crate::session;
use crate::user::person;

/// The environment's access token.
const TOKEN: &str = "ROADBOOK_TOKEN";
/// How long a token for one call is good, in seconds.
const LIFETIME_S: u64 = 10 * 60;

/// The server, given before or after the verb.
#[derive(Clone, Debug, Args)]
pub struct ServerArgs {
    /// The data folder of a server that runs on this machine.
    #[arg(long, global = true, value_name = "DIR", default_value = DATA)]
    data: PathBuf,
    /// Its database, if others run it, instead of the private one.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// A server anywhere, instead: in the name of whose token is in ROADBOOK_TOKEN, or of who signed in.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// The company's own certificate authority, PEM, to be trusted beside the system's.
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// On the server's own machine: in whose name; without it, the one admin there is.
    #[arg(long, global = true, value_name = "EMAIL")]
    by: Option<String>,
}

impl ServerArgs {
    /// The data folder and its database, for what is done without asking the server.
    pub fn database(&self) -> DatabaseArgs {
        DatabaseArgs { data: self.data.clone(), database_url: self.database_url.clone() }
    }

    /// The server, to be asked in somebody's name.
    ///
    /// # Errors
    /// `no_data`, `not_running`, `which_admin`; `not_signed_in`; `bad_server_address`, `bad_ca`.
    pub fn api(&self) -> Result<Api> {
        let trust = trust(self.ca.as_deref())?;
        match &self.server {
            Some(server) if self.by.is_none() => {
                let address = Address::parse(server)?;
                let token = match std::env::var(TOKEN).ok().filter(|token| !token.trim().is_empty()) {
                    Some(token) => token.trim().to_owned(),
                    None => session::renew(&address, &trust)?,
                };
                Api::new(&address, &trust, Some(token))
            }
            Some(_) => {
                let text = "with --server you act in your own name; leave --by out";
                Err(Problem::new("bad_arguments", text).into())
            }
            None => self.here(&trust),
        }
    }

    fn here(&self, trust: &Trust) -> Result<Api> {
        let database = self.database();
        if !self.data.is_dir() {
            database.must_exist()?;
        }
        let none = || {
            let text = format!(
                "no server runs on the data folder {}; start it with `roadbook serve`, or name one with --server",
                self.data.display()
            );
            Problem::new("not_running", text)
        };
        let origin = announced(&self.data).ok_or_else(none)?;
        let mut knock = Api::new(&Address::parse(&origin)?, trust, None)?.on_this_machine();
        // Asked first: a server that was killed left its address behind, and its database must not be started for a name.
        knock.get("/.well-known/jwks.json")?;
        let keys = Keys::open(&self.data)?;
        let by = database.with_store(|store| async move { admin(&store, self.by.as_deref()).await })?;
        let bearer = Bearer { person: by.id, role: by.role, session: None };
        let token = keys.token.issue(&origin, bearer, LIFETIME_S)?;
        Ok(Api::new(&Address::parse(&origin)?, trust, Some(token))?.on_this_machine())
    }
}

/// Whose certificates are believed.
///
/// # Errors
/// `bad_ca`.
pub fn trust(ca: Option<&std::path::Path>) -> Result<Trust> {
    let Some(path) = ca else { return Ok(Trust::default()) };
    let unread = |error| Problem::new("bad_ca", format!("{} cannot be read: {error}", path.display()));
    let pem = fs::read(path).map_err(unread)?;
    Ok(Trust::with_authority(&pem).map_err(TransportError::from)?)
}

/// The person in whose name an admin acts.
async fn admin(store: &Store, email: Option<&str>) -> Result<Person> {
    if let Some(email) = email {
        return person(store, email).await;
    }
    // The admin whom the first start made counts only where there is no other.
    let query = "
        with admin as (select id, external_id is not distinct from $1 as made
                       from org.person where role = 'admin' and active)
        select id from admin where not made or not exists (select from admin where not made) limit 2";
    let ids: Vec<Uuid> = sqlx::query_scalar(query).bind(FIRST_ID).fetch_all(store.pool()).await?;
    let [one] = ids.as_slice() else {
        return Err(Problem::new(
            "which_admin",
            "there is not exactly one admin; say in whose name with --by",
        )
        .into());
    };
    let found = store.lookup_person_by_id(PersonId::from(*one)).await?;
    Ok(found.ok_or_else(|| Problem::new("unknown_person", "the admin is gone"))?)
}
