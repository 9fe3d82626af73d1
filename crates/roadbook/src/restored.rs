//! `roadbook restored`: after the database came back from a backup, before the server starts again.

use std::net::{TcpStream, ToSocketAddrs};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::database::DatabaseArgs;
use crate::output::Output;
use crate::problem::Problem;

/// Begin a new epoch after a restore from a backup.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook restored --data /var/lib/roadbook
  roadbook restored --database-url postgresql://roadbook@db.example.com/roadbook

Run it once, after the backup is back in place and before the server starts. What the backup lacks may still be on devices:
each of them notices with its next sync and brings back what it captured. Nothing that was given out after the backup is
given out a second time: order numbers skip a block, the server writes under new actors, and everybody signs in again.")]
pub struct RestoredArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Begins the epoch.
///
/// # Errors
/// `server_runs`; `no_data`; what the database says.
pub fn run(args: &RestoredArgs, output: Output) -> Result<()> {
    args.database.must_exist()?;
    must_be_stopped(&args.database)?;
    let epoch = args.database.with_store(|store| async move { Ok(store.open_epoch().await?) })?;
    let epoch: String = epoch.0.iter().map(|byte| format!("{byte:02x}")).collect();
    output.show(&json!({ "epoch": epoch }), || {
        "a new epoch has begun; start the server now. Devices bring back what the backup lacks when they sync; look at\n\
         `roadbook admin held list` and the orders in the days after, and run `roadbook verify`"
            .to_owned()
    })
}

/// A running server would go on in the old epoch.
fn must_be_stopped(database: &DatabaseArgs) -> Result<()> {
    let announced = roadbook_server::serve::announced(&database.data);
    let runs = announced.is_some_and(|url| {
        let address = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).to_owned();
        let found = address.to_socket_addrs().ok().and_then(|mut found| found.next());
        found.is_some_and(|address| TcpStream::connect(address).is_ok())
    });
    match runs {
        false => Ok(()),
        true => {
            Err(Problem::new("server_runs", "the server runs; stop it first, then say that it was restored")
                .into())
        }
    }
}
