//! The database that a tool works on: that of a running server, or the data folder's own, started for the while.

use std::future::Future;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use roadbook_server::serve::Database;
use roadbook_server::store::Store;

use crate::problem::Problem;
use crate::serve::LISTEN;

/// The data folder unless another is named.
pub const DATA: &str = "roadbook-data";

/// Where the organisation's database is.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// The data folder: the server's keys, and its private Postgres.
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub data: PathBuf,
    /// A database that others run, instead of the private one: postgresql://user:password@host:port/database
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

impl DatabaseArgs {
    /// Refuses a data folder that no server and no import ever made: a mistyped name is not to become an organisation.
    ///
    /// # Errors
    /// `no_data`.
    pub fn must_exist(&self) -> Result<()> {
        if self.database_url.is_some() || self.data.is_dir() {
            return Ok(());
        }
        let text = format!(
            "there is no data folder {}; name the server's with --data, or start one with `roadbook serve`",
            self.data.display()
        );
        Err(Problem::new("no_data", text).into())
    }

    /// The server's public address: as given, else as the server that runs on this data folder says, else the usual one.
    pub fn public_url(&self, given: Option<&str>) -> String {
        let announced = || roadbook_server::serve::announced_public(&self.data);
        let url = given.map(str::to_owned).or_else(announced);
        url.unwrap_or_else(|| format!("http://{LISTEN}")).trim_end_matches('/').to_owned()
    }

    /// Opens the store, does the work and closes everything in order, whatever came of it.
    ///
    /// # Errors
    /// When the store cannot be opened; what the work says.
    pub fn with_store<T, F: Future<Output = Result<T>>>(&self, work: impl FnOnce(Store) -> F) -> Result<T> {
        self.with_store_at(async |store, _| work(store).await)
    }

    /// The same for work that must know where the database is.
    ///
    /// # Errors
    /// As [`Self::with_store`].
    pub fn with_store_at<T>(&self, work: impl AsyncFnOnce(Store, &Database) -> Result<T>) -> Result<T> {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let database = Database::reach(&self.data, self.database_url.as_deref()).await?;
            let done = match Store::open(database.url()).await {
                Ok((store, background)) => {
                    let done = work(store, &database).await;
                    background.finish().await;
                    done
                }
                Err(error) => Err(error.into()),
            };
            database.close().await;
            done
        })
    }
}
